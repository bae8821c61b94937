/** What was done to a server, told while it lives and after. */

import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  type EmbeddedOpenStack,
  startEmbeddedOpenStack,
} from '../../../../providers/openstack/embedded/index.ts'
import { at, createServer, gone, type Json, list, NOVA, pick } from './rest.ts'
import { act, said, serverIn, settled, type Users, usersOf } from './server-states.ts'

let cloud: EmbeddedOpenStack
let users: Users
beforeAll(async () => {
  cloud = await startEmbeddedOpenStack({ buildMillis: 10, deleteMillis: 10 })
  users = await usersOf(cloud)
})
afterAll(() => cloud.close())

const pathOf = (id: string) => `${NOVA}/servers/${id}/os-instance-actions`

async function actionsOf(id: string, query = '', version = '2.66'): Promise<Json[]> {
  return list((await users.demo.get(`${pathOf(id)}${query}`, at(version))).body, 'instanceActions')
}

it('are recorded for the create and for each action, the youngest first', async () => {
  const { demo, admin } = users
  const id = await serverIn(users, 'active')
  const stop = await act(demo, id, { 'os-stop': null })
  await settled(demo, id, 'SHUTOFF')
  await act(admin, id, { lock: null })
  const actions = await actionsOf(id)
  expect(actions.map(({ action }) => action)).toEqual(['lock', 'stop', 'create'])
  expect(actions[1]).toMatchObject({
    instance_uuid: id,
    request_id: stop.headers.get('x-compute-request-id'),
    message: null,
    updated_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]+\.\d{6}$/),
  })
  expect(actions[0]?.user_id).not.toBe(actions[1]?.user_id)
  expect((await actionsOf(id, '', '2.57'))[0]).not.toHaveProperty('updated_at')
})

it('are under way until they end', async () => {
  await using slow = await startEmbeddedOpenStack({ buildMillis: 10, deleteMillis: 600_000 })
  const here = await usersOf(slow)
  const id = await serverIn(here, 'active')
  const stop = await act(here.demo, id, { 'os-stop': null })
  const request = String(stop.headers.get('x-compute-request-id'))
  const going = await here.demo.get(`${pathOf(id)}/${request}`, at('2.58'))
  expect(going.body.instanceAction).toMatchObject({
    action: 'stop',
    updated_at: null,
    events: [{ event: 'compute_stop_instance', finish_time: null, result: null }],
  })
})

it('have their steps, told to administrators and from 2.51 to owners', async () => {
  const { demo, admin } = users
  const id = await serverIn(users, 'resized')
  const [resize] = await actionsOf(id)
  const path = `${pathOf(id)}/${String(resize?.request_id)}`
  const eventsFor = async (rest: Users['demo'], version: string) =>
    pick((await rest.get(path, at(version))).body, 'instanceAction', 'events') as Json[]
  expect(await eventsFor(demo, '2.50')).toBeUndefined()
  expect(await eventsFor(admin, '2.1')).toHaveLength(5)
  const [plain] = await eventsFor(demo, '2.51')
  expect(Object.keys(plain ?? {})).toEqual(['event', 'start_time', 'finish_time', 'result'])
  expect(plain).toMatchObject({ event: 'compute_finish_resize', result: 'Success' })
  const [hosted] = await eventsFor(demo, '2.84')
  expect(hosted).toHaveProperty('hostId')
  expect(hosted).not.toHaveProperty('host')
  expect((await eventsFor(admin, '2.84'))[0]).toMatchObject({
    host: expect.stringMatching(/^cn-/),
    details: null,
    traceback: null,
  })
})

it('tell that one failed, and why', async () => {
  const { demo, admin } = users
  const id = await createServer(demo, { networks: 'none', metadata: { loopback_build_fault: 'abort' } })
  await settled(demo, id, 'ERROR')
  const [create] = await actionsOf(id)
  expect(create).toMatchObject({ action: 'create', message: 'Error' })
  const shown = await admin.get(`${pathOf(id)}/${String(create?.request_id)}`, at('2.84'))
  expect(pick(shown.body, 'instanceAction', 'events', 0)).toMatchObject({
    result: 'Error',
    details: expect.stringContaining('aborted'),
  })
})

it('come in pages from 2.58', async () => {
  const { demo } = users
  const id = await serverIn(users, 'stopped')
  await act(demo, id, { 'os-start': null })
  await settled(demo, id, 'ACTIVE')
  const first = await demo.get(`${pathOf(id)}?limit=2`, at('2.58'))
  expect(list(first.body, 'instanceActions').map(({ action }) => action)).toEqual(['start', 'stop'])
  const second = await demo.get(String(pick(first.body, 'links', 0, 'href')), at('2.58'))
  expect(list(second.body, 'instanceActions').map(({ action }) => action)).toEqual(['create'])
  expect(second.body).not.toHaveProperty('links')
  expect(await actionsOf(id, '?limit=1', '2.57')).toHaveLength(3)
  expect(await actionsOf(id, '?changes-since=2100-01-01T00:00:00Z')).toEqual([])
  const refused = async (query: string, version: string) =>
    said(await demo.get(`${pathOf(id)}?${query}`, at(version)))
  expect(await refused('marker=nope', '2.58')).toBe('400 Marker nope could not be found.')
  expect(await refused('wings=1', '2.58')).toContain("('wings' was unexpected)")
  expect(await refused('changes-before=2020-01-01T00:00:00Z', '2.65')).toContain('unexpected')
  expect(
    await refused('changes-since=2021-01-01T00:00:00Z&changes-before=2020-01-01T00:00:00Z', '2.66'),
  ).toContain('must be less than or equal to')
  expect(said(await demo.get(`${pathOf(id)}/req-nope`))).toBe('404 Action req-nope not found')
})

it('outlive the server, from 2.21', async () => {
  const { demo } = users
  const id = await serverIn(users, 'active')
  await demo.delete(`${NOVA}/servers/${id}`)
  await gone(demo, id)
  expect((await actionsOf(id)).map(({ action }) => action)).toEqual(['delete', 'create'])
  expect((await demo.get(pathOf(id), at('2.20'))).status).toBe(404)
})
