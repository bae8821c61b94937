/** Servers that move between hosts, what administrators see of that, and hosts that die. */

import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  type EmbeddedOpenStack,
  startEmbeddedOpenStack,
} from '../../../../providers/openstack/embedded/index.ts'
import { at, gone, type Json, list, NOVA, pick } from './rest.ts'
import { act, said, serverIn, settled, show, type Users, usersOf } from './server-states.ts'

let cloud: EmbeddedOpenStack
let users: Users
beforeAll(async () => {
  cloud = await startEmbeddedOpenStack({ buildMillis: 10, deleteMillis: 10 })
  users = await usersOf(cloud)
})
afterAll(() => cloud.close())

const LIVE = { 'os-migrateLive': { host: null, block_migration: 'auto' } }

const hostOf = async (id: string, by = users) => (await show(by.admin, id))['OS-EXT-SRV-ATTR:host']

async function migrationsOf(id: string, version = '2.93', by = users): Promise<Json[]> {
  const path = `${NOVA}/os-migrations?instance_uuid=${id}`
  return list((await by.admin.get(path, at(version))).body, 'migrations')
}

/** Declares a host dead, or alive. */
async function setDown(host: string, down: boolean, { admin } = users): Promise<void> {
  const services = await admin.get(`${NOVA}/os-services?host=${host}`, at('2.53'))
  const path = `${NOVA}/os-services/${String(pick(services.body, 'services', 0, 'id'))}`
  const answer = await admin.put(path, { forced_down: down }, at('2.53'))
  expect(answer.body.service).toMatchObject({ host, state: down ? 'down' : 'up', forced_down: down })
}

it('are resized to another host, and confirmed or reverted', async () => {
  const { demo, admin } = users
  const id = await serverIn(users, 'resized')
  const [moved] = await migrationsOf(id)
  expect(moved).toMatchObject({
    status: 'finished',
    migration_type: 'resize',
    old_instance_type_id: 1,
    new_instance_type_id: 2,
    dest_compute: await hostOf(id),
  })
  expect(moved?.source_compute).not.toBe(moved?.dest_compute)
  await act(demo, id, { revertResize: null })
  await settled(demo, id, 'ACTIVE')
  expect(await hostOf(id)).toBe(moved?.source_compute)
  const host = String(moved?.source_compute)
  expect(said(await act(admin, id, { migrate: { host } }))).toBe(
    '400 Cannot migrate to the host where the server exists.',
  )
  expect(said(await act(admin, id, { migrate: { host: 'nope' } }))).toBe(
    '400 Compute host nope could not be found.',
  )
  await act(admin, id, { migrate: { host: 'cn-az3-2' } })
  await settled(demo, id, 'VERIFY_RESIZE')
  await act(demo, id, { confirmResize: null })
  await settled(demo, id, 'ACTIVE')
  expect(await hostOf(id)).toBe('cn-az3-2')
  expect((await migrationsOf(id)).map((each) => [each.migration_type, each.status])).toEqual([
    ['migration', 'confirmed'],
    ['resize', 'reverted'],
  ])
  expect((await migrationsOf(id, '2.22'))[0]).not.toHaveProperty('migration_type')
})

it('migrate live, watched, aborted and forced', async () => {
  // Nothing ends here by itself.
  await using slow = await startEmbeddedOpenStack({ buildMillis: 10, deleteMillis: 600_000 })
  const here = await usersOf(slow)
  const { demo, admin } = here
  const id = await serverIn(here, 'active')
  const source = await hostOf(id, here)
  const path = `${NOVA}/servers/${id}/migrations`
  await act(admin, id, LIVE)
  expect((await show(demo, id)).status).toBe('MIGRATING')
  const running = await admin.get(path, at('2.80'))
  expect(running.body.migrations).toMatchObject([
    { server_uuid: id, status: 'running', source_compute: source, memory_total_bytes: 0 },
  ])
  const first = String(pick(running.body, 'migrations', 0, 'id'))
  expect((await migrationsOf(id, '2.93', here))[0]).toHaveProperty('links')
  expect((await admin.get(`${path}/${first}`, at('2.23'))).body.migration).not.toHaveProperty('uuid')
  expect((await demo.get(path, at('2.23'))).status).toBe(403)
  expect((await admin.delete(`${path}/${first}`, at('2.23'))).status).toBe(404)
  expect((await admin.delete(`${path}/${first}`, at('2.24'))).status).toBe(202)
  expect(await show(demo, id)).toMatchObject({ status: 'ACTIVE', 'OS-EXT-STS:task_state': null })
  expect(await hostOf(id, here)).toBe(source)
  expect(said(await admin.get(`${path}/${first}`, at('2.23')))).toBe(
    `404 Live migration ${first} for server ${id} is not in progress.`,
  )
  expect(said(await admin.delete(`${path}/${first}`, at('2.24')))).toBe(
    `409 Instance ${id} is in an invalid state for 'abort live migration'`,
  )
  await act(admin, id, LIVE)
  const [second] = await migrationsOf(id, '2.93', here)
  const forced = `${path}/${String(second?.id)}/action`
  expect(said(await admin.post(forced, { fly: null }, at('2.22')))).toBe('400 There is no such action: fly')
  expect((await admin.post(forced, { force_complete: null }, at('2.22'))).status).toBe(202)
  expect(await hostOf(id, here)).toBe(second?.dest_compute)
  expect((await migrationsOf(id, '2.93', here)).map(({ status }) => status)).toEqual([
    'completed',
    'cancelled',
  ])
  expect(said(await admin.post(forced, { force_complete: null }, at('2.22')))).toContain('invalid state')
  const last = String(await hostOf(id, here))
  await setDown(last, true, here)
  await act(admin, id, { evacuate: {} })
  expect(await show(demo, id)).toMatchObject({ status: 'REBUILD', 'OS-EXT-STS:task_state': 'rebuilding' })
})

it('do not migrate to where they are, which shows late from 2.34', async () => {
  const { admin, demo } = users
  const id = await serverIn(users, 'active')
  const host = await hostOf(id)
  const message = `Unable to migrate instance (${id}) to current host (${String(host)}).`
  const old = { 'os-migrateLive': { host, block_migration: false, disk_over_commit: false } }
  expect(said(await act(admin, id, old, '2.24'))).toBe(`400 ${message}`)
  const late = { 'os-migrateLive': { host, block_migration: 'auto' } }
  expect((await act(admin, id, late, '2.34')).status).toBe(202)
  await settled(demo, id, 'ACTIVE')
  expect((await migrationsOf(id)).map(({ status }) => status)).toEqual(['error', 'error'])
  const actions = await demo.get(`${NOVA}/servers/${id}/os-instance-actions`)
  expect(list(actions.body, 'instanceActions')[0]).toMatchObject({
    action: 'live-migration',
    message: 'Error',
  })
  const force = (version: string) =>
    act(admin, id, { 'os-migrateLive': { host: null, block_migration: true, force: true } }, version)
  expect(said(await force('2.30'))).toBe("400 Can't force to a non-provided destination")
  expect(said(await force('2.68'))).toContain("('force' was unexpected)")
})

it('are evacuated from a dead host only', async () => {
  const { admin, demo } = users
  const id = await serverIn(users, 'stopped')
  const source = String(await hostOf(id))
  const evacuate = (value: Json, version = '2.93') => act(admin, id, { evacuate: value }, version)
  expect(said(await evacuate({}))).toBe(`400 Compute service of ${source} is still in use.`)
  expect(said(await evacuate({ host: 'nope' }))).toBe('404 Compute host nope not found.')
  expect(said(await evacuate({ host: source }))).toBe("400 The target host can't be the same one.")
  expect(said(await evacuate({}, '2.13'))).toContain("'onSharedStorage' is a required property")
  await setDown(source, true)
  expect(await show(admin, id)).toMatchObject({ host_status: 'DOWN' })
  expect(said(await act(admin, id, { migrate: null }))).toBe('409 Service is unavailable at this time.')
  const answer = await evacuate({ adminPass: 'pw', onSharedStorage: false }, '2.13')
  expect([answer.status, answer.body]).toEqual([200, { adminPass: 'pw' }])
  await settled(demo, id, 'SHUTOFF')
  expect(await hostOf(id)).not.toBe(source)
  const next = String(await hostOf(id))
  await setDown(next, true)
  expect(await evacuate({})).toMatchObject({ status: 200, text: '' })
  await settled(demo, id, 'SHUTOFF')
  expect((await migrationsOf(id)).map((each) => [each.migration_type, each.status])).toEqual([
    ['evacuation', 'done'],
    ['evacuation', 'done'],
  ])
  await setDown(source, false)
  await setDown(next, false)
})

it('are not finished by an attempt that was given up', async () => {
  await using slow = await startEmbeddedOpenStack({ buildMillis: 10, deleteMillis: 400 })
  const here = await usersOf(slow)
  const id = await serverIn(here, 'active')
  const resize = { resize: { flavorRef: '2' } }
  await act(here.demo, id, resize)
  await act(here.admin, id, { 'os-resetState': { state: 'active' } })
  await act(here.demo, id, resize)
  await settled(here.demo, id, 'VERIFY_RESIZE')
  expect((await migrationsOf(id, '2.93', here)).map(({ status }) => status)).toEqual([
    'finished',
    'migrating',
  ])
})

it('stay where they are when no host has room', async () => {
  await using small = await startEmbeddedOpenStack({
    buildMillis: 10,
    deleteMillis: 20,
    zones: [{ name: 'az1', hosts: 1 }],
  })
  const here = await usersOf(small)
  const id = await serverIn(here, 'active')
  await act(here.demo, id, { resize: { flavorRef: '2' } })
  expect(await settled(here.demo, id, 'ACTIVE')).toMatchObject({ flavor: { original_name: 'm1.tiny' } })
  const actions = await here.demo.get(`${NOVA}/servers/${id}/os-instance-actions`)
  expect(list(actions.body, 'instanceActions')[0]).toMatchObject({ action: 'resize', message: 'Error' })
})

it('give back all their room when they are deleted on the way', async () => {
  await using tight = await startEmbeddedOpenStack({
    buildMillis: 10,
    deleteMillis: 10,
    zones: [{ name: 'az1', hosts: 2, vcpus: 1 }],
  })
  const here = await usersOf(tight)
  for (const resting of [false, true]) {
    const id = await serverIn(here, 'active')
    await act(here.admin, id, { migrate: null })
    if (resting) await settled(here.demo, id, 'VERIFY_RESIZE')
    await here.demo.delete(`${NOVA}/servers/${id}`)
    await gone(here.demo, id)
  }
  const ids = await Promise.all([serverIn(here, 'active'), serverIn(here, 'active')])
  const servers = await Promise.all(ids.map((id) => show(here.demo, id)))
  expect(servers.map(({ status }) => status)).toEqual(['ACTIVE', 'ACTIVE'])
})

it('are listed in pages from 2.59, for administrators', async () => {
  const { admin, demo } = users
  const path = `${NOVA}/os-migrations`
  expect((await demo.get(path)).status).toBe(403)
  const all = list((await admin.get(path, at('2.59'))).body, 'migrations')
  const first = await admin.get(`${path}?limit=2`, at('2.59'))
  expect(first.body.migrations).toEqual(all.slice(0, 2))
  const second = await admin.get(String(pick(first.body, 'migrations_links', 0, 'href')), at('2.59'))
  expect(second.body.migrations).toEqual(all.slice(2, 4))
  expect(list((await admin.get(path)).body, 'migrations')).toHaveLength(all.length)
  const evacuated = await admin.get(`${path}?migration_type=evacuation&status=done`, at('2.93'))
  expect(evacuated.body.migrations).toHaveLength(2)
  expect(said(await admin.get(`${path}?wings=1`, at('2.59')))).toContain("('wings' was unexpected)")
  expect(said(await admin.get(`${path}?user_id=x`, at('2.79')))).toContain("('user_id' was unexpected)")
})

it('are kept away from a disabled host', async () => {
  const { admin } = users
  const services = await admin.get(`${NOVA}/os-services?binary=nova-compute`, at('2.53'))
  const put = async (id: unknown, body: Json) =>
    said(await admin.put(`${NOVA}/os-services/${String(id)}`, body, at('2.53')))
  const all = list(services.body, 'services')
  expect(all).toHaveLength(6)
  for (const { id } of all) await put(id, { status: 'disabled', disabled_reason: 'why' })
  const [first] = list((await admin.get(`${NOVA}/os-services`, at('2.53'))).body, 'services')
  expect(first).toMatchObject({ status: 'disabled', disabled_reason: 'why', state: 'up' })
  await expect(serverIn(users, 'stopped')).rejects.toThrow('is not ready')
  for (const { id } of all) await put(id, { status: 'enabled' })
  expect(await put('nope', { status: 'enabled' })).toBe('400 Invalid uuid nope')
  expect(await put(first?.id, { status: 'enabled', disabled_reason: 'x' })).toMatch(/^400 Specifying/)
  expect(await put(first?.id, {})).toMatch(/^400 No updates were requested/)
})
