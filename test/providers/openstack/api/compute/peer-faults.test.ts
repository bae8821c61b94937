/** What other clients get wrong about servers, and this one does not. The newest cloud of today is at 2.103. */

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Servers } from '../../../../../providers/openstack/api/index.ts'
import { CloudDouble, wireServer } from '../cloud-double.ts'

let cloud: CloudDouble
let servers: Servers
beforeAll(async () => {
  cloud = await CloudDouble.start()
  servers = cloud.connect().compute.servers
  cloud.handler = ({ method, path, query }) => {
    if (path === '/compute/v2.1/') return { json: { version: { version: '2.103', min_version: '2.1' } } }
    if (path === '/compute/v2.1/servers/detail') {
      const link = { rel: 'next', href: `${cloud.origin}/compute/v2.1/servers/detail?marker=a` }
      return query === ''
        ? { json: { servers: [wireServer('a')], servers_links: [link] } }
        : { json: { servers: [wireServer('b')] } }
    }
    if (path.endsWith('/topology')) return { json: { nodes: [] } }
    if (path.endsWith('/remote-consoles')) return { json: { remote_console: { type: 'novnc', url: 'u' } } }
    return method === 'POST' && path.startsWith('/compute/')
      ? { status: 202, json: { server: { id: 's' } } }
      : undefined
  }
})
beforeEach(() => {
  cloud.received.length = 0
})
afterAll(() => cloud[Symbol.asyncDispose]())

const create = { name: 's', flavor: '1' }

test.each<[string, () => Promise<unknown>, string, unknown]>([
  [
    'openstacksdk: fixed addresses at a version that has none',
    () => servers.addFixedIp('s', 'n'),
    '2.1',
    { addFixedIp: { networkId: 'n' } },
  ],
  [
    'openstacksdk: floating addresses at a version that has none',
    () => servers.addFloatingIp('s', 'a'),
    '2.1',
    { addFloatingIp: { address: 'a' } },
  ],
  [
    'openstacksdk: the old console action at a version that has none',
    () => servers.getConsoleUrl('s', 'novnc'),
    '2.6',
    { remote_console: { protocol: 'vnc', type: 'novnc' } },
  ],
  ['openstacksdk: topology without a version', () => servers.fetchTopology('s'), '2.78', undefined],
  [
    'openstacksdk: force at a version that refuses it',
    () => servers.evacuate('s', { host: 'h', force: true }),
    '2.29',
    { evacuate: { host: 'h', force: true } },
  ],
  [
    'gophercloud: evacuate with onSharedStorage, always',
    () => servers.evacuate('s'),
    '2.14',
    { evacuate: {} },
  ],
  [
    'gophercloud: user data left alone or encoded, as it looks',
    () => servers.create({ ...create, image: 'i', userData: 'bm90IGJhc2U2NA==' }),
    '2.1',
    { server: { name: 's', flavorRef: '1', imageRef: 'i', user_data: 'bm90IGJhc2U2NA==' } },
  ],
  [
    'gophercloud: a disk that is not to boot from becomes the first',
    () => servers.create({ ...create, image: 'i', blockDevices: [{ sourceType: 'volume', uuid: 'v' }] }),
    '2.1',
    {
      server: {
        name: 's',
        flavorRef: '1',
        imageRef: 'i',
        block_device_mapping_v2: [{ source_type: 'volume', uuid: 'v' }],
      },
    },
  ],
  [
    'pkgcloud: no server without an image',
    () => servers.create({ ...create, blockDevices: [{ sourceType: 'volume', uuid: 'v', bootIndex: 0 }] }),
    '2.1',
    {
      server: {
        name: 's',
        flavorRef: '1',
        block_device_mapping_v2: [{ source_type: 'volume', uuid: 'v', boot_index: 0 }],
      },
    },
  ],
])('%s', async (_, call, microversion, body) => {
  await call()
  const sent = cloud.requests().filter(({ path }) => path.startsWith('/compute/v2.1/servers'))
  expect(sent).toHaveLength(1)
  expect(sent[0]?.headers['openstack-api-version']).toBe(`compute ${microversion}`)
  expect(sent[0]?.headers['accept']).toBe('application/json')
  expect(sent[0]?.body).toEqual(body)
})

test('pkgcloud: a list ends after its first page', async () => {
  expect((await servers.all()).map(({ id }) => id)).toEqual(['a', 'b'])
})
