/** Consoles, figures of the host, passwords, and the addresses that Nova once managed. */

import { Secret } from 'cloud-environs'
import { connect } from 'cloud-environs/providers/openstack'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type EmbeddedOpenStack,
  startEmbeddedOpenStack,
} from '../../../../providers/openstack/embedded/index.ts'
import { at, built, createServer, type Json, NEUTRON, NOVA, pick, seedOf, until } from './rest.ts'
import { act, said, serverIn, settled, show, type Users, usersOf } from './server-states.ts'

let cloud: EmbeddedOpenStack
let users: Users
let id: string
beforeAll(async () => {
  cloud = await startEmbeddedOpenStack({ buildMillis: 10, deleteMillis: 10 })
  users = await usersOf(cloud)
  id = await createServer(users.demo)
  await built(users.demo, id)
})
afterAll(() => cloud.close())

describe('consoles', () => {
  const open = (protocol: string, type: string, version = '2.93') =>
    users.demo.post(
      `${NOVA}/servers/${id}/remote-consoles`,
      { remote_console: { protocol, type } },
      at(version),
    )

  it.each([
    ['vnc', 'novnc'],
    ['spice', 'spice-html5'],
    ['serial', 'serial'],
  ])('of %s have a URL, whose token administrators look up', async (protocol, type) => {
    const { body } = await open(protocol, type, '2.6')
    expect(body).toMatchObject({ remote_console: { protocol, type } })
    const token = /[0-9a-f-]{36}$/.exec(String(pick(body, 'remote_console', 'url')))?.[0] ?? ''
    const path = `${NOVA}/os-console-auth-tokens/${token}`
    expect((await users.admin.get(path, at('2.31'))).body.console).toMatchObject({ instance_uuid: id })
    expect((await users.admin.get(path, at('2.30'))).status).toBe(401)
    expect((await users.demo.get(path, at('2.31'))).status).toBe(403)
  })

  it('are refused when there are none', async () => {
    expect(said(await open('vnc', 'xvpvnc'))).toBe('400 Invalid console type xvpvnc')
    expect(said(await open('mks', 'webmks'))).toBe('400 Unavailable console type webmks.')
    expect(said(await open('mks', 'webmks', '2.7'))).toContain("'mks' is not one of")
    expect((await open('vnc', 'novnc', '2.5')).status).toBe(404)
    const unknown = await users.admin.get(`${NOVA}/os-console-auth-tokens/nope`, at('2.31'))
    expect(said(unknown)).toBe('404 Token not found')
    const old = await act(users.demo, id, { 'os-getVNCConsole': { type: 'novnc' } }, '2.5')
    expect(old.body.console).toMatchObject({ type: 'novnc', url: expect.stringContaining('token') })
  })

  it('are not there for a server without a host', async () => {
    const shelved = await serverIn(users, 'active')
    await act(users.demo, shelved, { shelve: null })
    await settled(users.demo, shelved, 'SHELVED_OFFLOADED')
    const console = { remote_console: { protocol: 'vnc', type: 'novnc' } }
    const path = `${NOVA}/servers/${shelved}`
    const notReady = `409 Instance ${shelved} is not ready`
    expect(said(await users.demo.post(`${path}/remote-consoles`, console, at('2.6')))).toBe(notReady)
    expect(said(await act(users.demo, shelved, { 'os-getConsoleOutput': {} }))).toBe(notReady)
    expect(said(await users.admin.get(`${path}/diagnostics`))).toBe(notReady)
  })
})

it('figures are for administrators, and have one form from 2.48', async () => {
  const path = `${NOVA}/servers/${id}/diagnostics`
  expect((await users.demo.get(path)).status).toBe(403)
  expect((await users.admin.get(path)).body).toMatchObject({ memory: 524_288, cpu0_time: expect.any(Number) })
  expect((await users.admin.get(path, at('2.48'))).body).toMatchObject({
    state: 'running',
    num_cpus: 1,
    num_nics: 1,
    memory_details: { maximum: 524_288 },
  })
})

it('topology and password are empty', async () => {
  const path = `${NOVA}/servers/${id}`
  expect((await users.demo.get(`${path}/topology`, at('2.77'))).status).toBe(404)
  expect((await users.demo.get(`${path}/topology`, at('2.78'))).body).toEqual({
    nodes: [],
    pagesize_kb: null,
  })
  expect((await users.demo.get(`${path}/os-server-password`)).body).toEqual({ password: '' })
  expect((await users.demo.delete(`${path}/os-server-password`)).status).toBe(204)
})

it('addresses are added and removed up to 2.43', async () => {
  const { demo } = users
  const { network, external } = await seedOf(demo)
  const addresses = async () => {
    const server = await show(demo, id)
    return ((pick(server, 'addresses', 'private') ?? []) as Json[]).map(({ addr }) => String(addr))
  }
  const [fixed = ''] = await addresses()
  await act(demo, id, { addFixedIp: { networkId: network } }, '2.43')
  const [, second = ''] = await until(addresses, (all) => all.length === 2)
  await act(demo, id, { removeFixedIp: { address: second } }, '2.43')
  await until(addresses, (all) => all.length === 1)

  const made = await demo.post(`${NEUTRON}/floatingips`, { floatingip: { floating_network_id: external } })
  const address = String(pick(made.body, 'floatingip', 'floating_ip_address'))
  const add = (value: Json) => act(demo, id, { addFloatingIp: value }, '2.43')
  const remove = async (value: Json) => act(demo, id, { removeFloatingIp: value }, '2.43')
  expect(said(await remove({ address }))).toBe(
    `409 Floating IP ${address} is not associated with instance ${id}.`,
  )
  expect(said(await add({ address: '203.0.113.1' }))).toBe('404 floating IP not found')
  expect(said(await add({ address, fixed_address: '203.0.113.1' }))).toBe(
    '400 Specified fixed address not assigned to instance',
  )
  expect((await add({ address })).status).toBe(202)
  expect(await addresses()).toEqual([fixed, address])
  expect((await remove({ address })).status).toBe(202)
  expect(await addresses()).toEqual([fixed])
  expect(said(await remove({ address: '203.0.113.1' }))).toBe(
    '404 Floating IP not found for address 203.0.113.1.',
  )
})

it('the typed client does all of it', async () => {
  await using demo = client('demo')
  await using admin = client('admin')
  const { servers } = demo.compute
  const server = await serverIn(users, 'active', { name: 'typed' })
  const reach = (status: string) => settled(users.demo, server, status)
  await servers.pause(server)
  await reach('PAUSED')
  await servers.unpause(server)
  await reach('ACTIVE')
  expect((await servers.rescue(server, { adminPassword: 'pw' }))?.reveal()).toBe('pw')
  await reach('RESCUE')
  await servers.unrescue(server)
  await reach('ACTIVE')
  await servers.resize(server, '2')
  await reach('VERIFY_RESIZE')
  await servers.confirmResize(server)
  await reach('ACTIVE')
  const { image } = await seedOf(users.demo)
  const rebuilt = await servers.rebuild(server, { image, name: 'again' })
  expect(rebuilt).toMatchObject({ name: 'again', status: 'REBUILD' })
  await reach('ACTIVE')
  await servers.changePassword(server, 'pw')
  await reach('ACTIVE')
  expect(await servers.getConsoleUrl(server, 'novnc')).toMatchObject({ protocol: 'vnc', type: 'novnc' })
  await servers.shelve(server)
  await reach('SHELVED_OFFLOADED')
  await servers.unshelve(server, { availabilityZone: 'az2' })
  await reach('ACTIVE')
  const actions = await servers.instanceActions(server)
  expect(actions.map(({ action }) => action)).toEqual(
    'unshelve shelve changePassword rebuild confirmResize resize unrescue rescue unpause pause create'.split(
      ' ',
    ),
  )
  const [last] = actions
  expect((await servers.getInstanceAction(server, last?.requestId ?? '')).events).toHaveLength(3)
  await admin.compute.servers.liveMigrate(server)
  await reach('ACTIVE')
  expect(await admin.compute.servers.migrations(server)).toEqual([])
  expect(await admin.compute.servers.diagnostics(server)).toMatchObject({ state: 'running' })
  expect(await servers.forceDelete(server)).toBe(true)
})

function client(name: string) {
  return connect({
    authUrl: cloud.authUrl,
    credential: {
      method: 'password',
      user: { name, domain: { name: 'Default' } },
      password: new Secret('secret'),
    },
    scope: { project: { name: 'demo', domain: { name: 'Default' } } },
  })
}
