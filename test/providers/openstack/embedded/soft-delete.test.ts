/** A cloud that keeps deleted servers for a while. */

import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  type EmbeddedOpenStack,
  startEmbeddedOpenStack,
} from '../../../../providers/openstack/embedded/index.ts'
import { at, gone, list, NOVA, pick } from './rest.ts'
import { act, said, serverIn, settled, show, type Users, usersOf } from './server-states.ts'

let cloud: EmbeddedOpenStack
let users: Users
beforeAll(async () => {
  const quotas = { instances: 2 }
  cloud = await startEmbeddedOpenStack({ buildMillis: 10, deleteMillis: 10, reclaimMillis: 600_000, quotas })
  users = await usersOf(cloud)
})
afterAll(() => cloud.close())

it('a server is restored, or deleted for good', async () => {
  const { demo, admin } = users
  const id = await serverIn(users, 'active')
  expect((await demo.delete(`${NOVA}/servers/${id}`)).status).toBe(204)
  await settled(demo, id, 'SOFT_DELETED')
  expect(list((await demo.get(`${NOVA}/servers`)).body, 'servers')).toEqual([])
  const found = await admin.get(`${NOVA}/servers/detail?all_tenants=1&deleted=true`, at('2.93'))
  expect(list(found.body, 'servers')).toMatchObject([{ id, status: 'SOFT_DELETED' }])
  expect(said(await act(demo, id, { 'os-start': null }))).toBe(
    `409 Cannot 'start' instance ${id} while it is in vm_state soft-delete`,
  )
  expect((await act(demo, id, { restore: null })).status).toBe(202)
  await settled(demo, id, 'ACTIVE')
  await demo.delete(`${NOVA}/servers/${id}`)
  await settled(demo, id, 'SOFT_DELETED')
  const others = [await serverIn(users, 'active'), await serverIn(users, 'active')]
  expect(said(await act(demo, id, { restore: null }))).toBe(
    '403 Quota exceeded for instances: Requested 1, but already used 2 of 2 instances',
  )
  for (const each of [id, ...others]) {
    expect((await act(demo, each, { forceDelete: null })).status).toBe(202)
    await gone(demo, each)
  }
  expect(said(await act(demo, id, { forceDelete: null }))).toBe(`404 Instance ${id} could not be found.`)
})

it('a server shows that it is on the way', async () => {
  await using slow = await startEmbeddedOpenStack({
    buildMillis: 10,
    deleteMillis: 600_000,
    reclaimMillis: 1,
  })
  const here = await usersOf(slow)
  const id = await serverIn(here, 'active')
  await here.demo.delete(`${NOVA}/servers/${id}`)
  expect(await show(here.demo, id)).toMatchObject({
    status: 'ACTIVE',
    'OS-EXT-STS:task_state': 'soft-deleting',
  })
})

it('a server is reclaimed in the end', async () => {
  await using hasty = await startEmbeddedOpenStack({ buildMillis: 10, deleteMillis: 10, reclaimMillis: 60 })
  const here = await usersOf(hasty)
  const id = await serverIn(here, 'active')
  await here.demo.delete(`${NOVA}/servers/${id}`)
  await gone(here.demo, id)
  const past = await here.demo.get(`${NOVA}/servers/${id}/os-instance-actions`, at('2.21'))
  expect(pick(past.body, 'instanceActions', 0, 'action')).toBe('delete')
})
