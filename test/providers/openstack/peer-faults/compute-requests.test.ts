/** What other clients cannot ask of Nova, or ask wrongly: what this one sends. The newest cloud of today is at 2.103. */

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Servers } from '../../../../providers/openstack/api/index.ts'
import { CloudDouble, wireServer } from '../api/cloud-double.ts'

let cloud: CloudDouble
let servers: Servers
let newest: string
beforeAll(async () => {
  cloud = await CloudDouble.start()
  cloud.handler = ({ method, path }) => {
    if (!path.startsWith('/compute/')) return undefined
    if (path === '/compute/v2.1/') return { json: { version: { version: newest, min_version: '2.1' } } }
    if (path.endsWith('/topology')) return { json: { nodes: [] } }
    if (path.endsWith('/remote-consoles')) return { json: { remote_console: { type: 'novnc', url: 'u' } } }
    if (path.includes('/os-console-auth-tokens/'))
      return { json: { console: { instance_uuid: 's', host: 'h', port: 5900 } } }
    if (path.endsWith('/os-interface')) return { json: { interfaceAttachment: card } }
    if (path.endsWith('/detail') || (method === 'GET' && path.endsWith('/servers')))
      return { json: { servers: [] } }
    return {
      status: 202,
      json: { server: wireServer('s'), image_id: 'img', adminPass: 'seekr3t', reservation_id: 'r-1' },
    }
  }
})
beforeEach(() => {
  newest = '2.103'
  servers = cloud.connect().compute.servers
  cloud.received.length = 0
})
afterAll(() => cloud[Symbol.asyncDispose]())

const card = { port_id: 'p', net_id: 'n', mac_addr: 'm', port_state: 'ACTIVE', fixed_ips: [] }
const create = { name: 's', flavor: '1', image: 'i' }
const wire = { name: 's', flavorRef: '1', imageRef: 'i' }

/** Peer and fault, the call, and what it sends: path below the compute service, microversion, body, decoded query. */
type Row = [
  title: string,
  call: (servers: Servers) => Promise<unknown>,
  sends: [path: string, microversion: string, body?: unknown, query?: string],
]

/** A create with more than name, flavor and image. */
const creates = (title: string, more: object, sent: object, microversion = '2.1'): Row => [
  title,
  (s) => s.create({ ...create, ...more }),
  ['POST /servers', microversion, { server: { ...wire, ...networksAt(microversion), ...sent } }],
]
/** What has to be said from 2.37 on. */
const networksAt = (microversion: string): object =>
  Number(microversion.slice(2)) < 37 ? {} : { networks: 'auto' }
const rebuilds = (title: string, more: object, sent: object, microversion = '2.1'): Row => [
  title,
  (s) => s.rebuild('s', { image: 'i', ...more }),
  ['POST /servers/s/action', microversion, { rebuild: { imageRef: 'i', ...sent } }],
]
const acts = (title: string, call: Row[1], body: object, microversion = '2.1'): Row => [
  title,
  call,
  ['POST /servers/s/action', microversion, body],
]
const updates = (title: string, update: object, sent: object, microversion = '2.1'): Row => [
  title,
  (s) => s.update('s', update),
  ['PUT /servers/s', microversion, { server: sent }],
]

test.each<Row>([
  creates('gophercloud: no description', { description: 'd' }, { description: 'd' }, '2.19'),
  creates(
    'gophercloud: no trusted certificates',
    { trustedImageCertificates: ['c'] },
    { trusted_image_certificates: ['c'] },
    '2.63',
  ),
  creates('gophercloud: no host to be on', { host: 'h' }, { host: 'h' }, '2.74'),
  creates(
    'gophercloud: no hypervisor to be on',
    { hypervisorHostname: 'n' },
    { hypervisor_hostname: 'n' },
    '2.74',
  ),
  [
    'gophercloud: no reservation of several servers',
    (s) => s.createMany({ ...create, minCount: 2, maxCount: 3 }),
    [
      'POST /servers',
      '2.1',
      { server: { ...wire, min_count: 2, max_count: 3, return_reservation_id: true } },
    ],
  ],
  creates(
    'gophercloud: user data left alone or encoded, as it looks',
    { userData: 'bm90IGJhc2U2NA==' },
    { user_data: 'bm90IGJhc2U2NA==' },
  ),
  creates(
    'gophercloud: a disk that is not to boot from becomes the first',
    { blockDevices: [{ sourceType: 'volume', uuid: 'v' }] },
    { block_device_mapping_v2: [{ source_type: 'volume', uuid: 'v' }] },
  ),
  acts(
    'gophercloud: no reason of a lock',
    (s) => s.lock('s', { reason: 'audit' }),
    { lock: { locked_reason: 'audit' } },
    '2.73',
  ),
  acts(
    'gophercloud: no host to migrate to',
    (s) => s.migrate('s', { host: 'h' }),
    { migrate: { host: 'h' } },
    '2.56',
  ),
  acts(
    'gophercloud: no host to unshelve on',
    (s) => s.unshelve('s', { host: 'h' }),
    { unshelve: { host: 'h' } },
    '2.91',
  ),
  acts(
    'gophercloud: no way out of the zone a shelved server is pinned to',
    (s) => s.unshelve('s', { availabilityZone: null }),
    { unshelve: { availability_zone: null } },
    '2.91',
  ),
  acts(
    'gophercloud: no backup',
    (s) => s.backup('s', { name: 'b', type: 'daily', rotation: 2 }),
    { createBackup: { name: 'b', backup_type: 'daily', rotation: 2 } },
    '2.45',
  ),
  acts('gophercloud: no restore', (s) => s.restore('s'), { restore: null }),
  acts('gophercloud: no crash dump', (s) => s.triggerCrashDump('s'), { trigger_crash_dump: null }, '2.17'),
  [
    'gophercloud: no clearing of the password',
    (s) => s.clearPassword('s'),
    ['DELETE /servers/s/os-server-password', '2.1'],
  ],
  ['gophercloud: no topology', (s) => s.fetchTopology('s'), ['GET /servers/s/topology', '2.78']],
  [
    'gophercloud: no end of a migration',
    (s) => s.abortMigration('s', 7),
    ['DELETE /servers/s/migrations/7', '2.65'],
  ],
  [
    'gophercloud: no completion of a migration',
    (s) => s.forceCompleteMigration('s', 7),
    ['POST /servers/s/migrations/7/action', '2.22', { force_complete: null }],
  ],
  [
    'gophercloud: no check of console tokens',
    (s) => s.validateConsoleToken('t'),
    ['GET /os-console-auth-tokens/t', '2.99'],
  ],
  rebuilds('gophercloud: no key of a rebuild', { keyName: 'k' }, { key_name: 'k' }, '2.54'),
  rebuilds('gophercloud: no user data of a rebuild', { userData: 'QQ==' }, { user_data: 'QQ==' }, '2.57'),
  rebuilds('gophercloud: no description of a rebuild', { description: 'd' }, { description: 'd' }, '2.19'),
  rebuilds('gophercloud: no hostname of a rebuild', { hostname: 'hh' }, { hostname: 'hh' }, '2.90'),
  rebuilds(
    'gophercloud: no ephemeral disk that outlives a rebuild',
    { preserveEphemeral: true },
    { preserve_ephemeral: true },
  ),
  updates('gophercloud: no update of the description', { description: 'd' }, { description: 'd' }, '2.19'),
  updates(
    'gophercloud: no update of the disk configuration',
    { diskConfig: 'AUTO' },
    { 'OS-DCF:diskConfig': 'AUTO' },
  ),
  [
    'gophercloud: no tag of an interface',
    (s) => s.createInterface('s', { network: 'n', tag: 't' }),
    ['POST /servers/s/os-interface', '2.49', { interfaceAttachment: { net_id: 'n', tag: 't' } }],
  ],
  [
    'gophercloud: no update of an attachment',
    (s) => s.updateVolumeAttachment('s', 'v', { deleteOnTermination: true }),
    [
      'PUT /servers/s/os-volume_attachments/v',
      '2.85',
      { volumeAttachment: { volumeId: 'v', delete_on_termination: true } },
    ],
  ],
  acts(
    'gophercloud: evacuate with onSharedStorage, always',
    (s) => s.evacuate('s'),
    { evacuate: {} },
    '2.14',
  ),

  acts('openstacksdk: fixed addresses at a version that has none', (s) => s.addFixedIp('s', 'n'), {
    addFixedIp: { networkId: 'n' },
  }),
  acts('openstacksdk: floating addresses at a version that has none', (s) => s.addFloatingIp('s', 'a'), {
    addFloatingIp: { address: 'a' },
  }),
  [
    'openstacksdk: the old console action at a version that has none',
    (s) => s.getConsoleUrl('s', 'novnc'),
    ['POST /servers/s/remote-consoles', '2.6', { remote_console: { protocol: 'vnc', type: 'novnc' } }],
  ],
  [
    'openstacksdk: topology without a version',
    (s) => s.fetchTopology('s'),
    ['GET /servers/s/topology', '2.78'],
  ],
  acts(
    'openstacksdk: force at a version that refuses it',
    (s) => s.evacuate('s', { host: 'h', force: true }),
    { evacuate: { host: 'h', force: true } },
    '2.29',
  ),
  acts(
    'openstacksdk: every live migration at one version',
    (s) => s.liveMigrate('s'),
    { 'os-migrateLive': { host: null, block_migration: 'auto' } },
    '2.25',
  ),
  updates(
    'openstacksdk: an update as strict as the newest version of the cloud',
    { name: 'new name' },
    { name: 'new name' },
  ),
  [
    'openstacksdk: tags as filters, and each server of the list asked for again',
    (s) => s.all({ tags: ['a', 'b'] }),
    ['GET /servers/detail', '2.26', undefined, 'tags=a,b'],
  ],

  [
    'pkgcloud: a list by seven filters and no other',
    (s) => s.all({ ip: '10.0.0.4', reservationId: 'r-1', sortKey: 'created_at', sortDir: 'asc' }),
    [
      'GET /servers/detail',
      '2.1',
      undefined,
      'ip=10.0.0.4&reservation_id=r-1&sort_key=created_at&sort_dir=asc',
    ],
  ],
  [
    'pkgcloud: no server without an image',
    (s) =>
      s.create({ name: 's', flavor: '1', blockDevices: [{ sourceType: 'volume', uuid: 'v', bootIndex: 0 }] }),
    [
      'POST /servers',
      '2.1',
      {
        server: {
          name: 's',
          flavorRef: '1',
          block_device_mapping_v2: [{ source_type: 'volume', uuid: 'v', boot_index: 0 }],
        },
      },
    ],
  ],
  creates(
    'pkgcloud: user data not in base64, and a config drive with it',
    { userData: 'I2Nsb3VkLWNvbmZpZwo=' },
    { user_data: 'I2Nsb3VkLWNvbmZpZwo=' },
  ),
  creates('pkgcloud: no zone', { availabilityZone: 'az1' }, { availability_zone: 'az1' }),
  creates('pkgcloud: no tags', { tags: ['a'] }, { tags: ['a'] }, '2.52'),
  [
    'pkgcloud: no scheduler hints',
    (s) => s.create({ ...create, schedulerHints: { differentHost: ['a'] }, serverGroup: 'g' }),
    ['POST /servers', '2.1', { server: wire, 'os:scheduler_hints': { group: 'g', different_host: ['a'] } }],
  ],
  creates(
    'Unikorn: one port on one network',
    { networks: [{ port: 'p' }, { network: 'n', fixedIp: '10.0.0.4' }] },
    { networks: [{ port: 'p' }, { uuid: 'n', fixed_ip: '10.0.0.4' }] },
  ),
])('%s', async (_, call, [path, microversion, body, query]) => {
  await call(servers)
  const sent = cloud.requests().filter((each) => each.path !== '/compute/v2.1/')
  expect(sent.map((each) => `${each.method} ${each.path.replace('/compute/v2.1', '')}`)).toEqual([path])
  expect(sent[0]?.headers['openstack-api-version']).toBe(`compute ${microversion}`)
  // openstacksdk: an action that accepts nothing.
  expect(sent[0]?.headers['accept']).toBe('application/json')
  expect(sent[0]?.body).toEqual(body)
  expect(decodeURIComponent(sent[0]?.query ?? '')).toBe(query ?? '')
})

test.each([
  ['2.103', '2.30'],
  ['2.40', '2.30'],
  ['2.12', '2.1'],
])(
  'gophercloud: one version for all calls, whatever the cloud; this one at %s sends %s',
  async (has, sent) => {
    newest = has
    await servers.liveMigrate('s', { host: 'h' })
    expect(cloud.received.at(-1)?.headers['openstack-api-version']).toBe(`compute ${sent}`)
  },
)

test('openstacksdk: two requests to find a server by its name; Unikorn: a list of all that resemble it', async () => {
  expect(await servers.find('web.1')).toBeUndefined()
  expect(cloud.requests().map(({ path, query }) => `${path} ${decodeURIComponent(query)}`)).toEqual([
    String.raw`/compute/v2.1/servers name=^web\.1$`,
  ])
})
