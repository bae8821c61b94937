/** What other clients get wrong about tokens and the catalog. */

import { NotFoundError, NotValidError, Secret, UnauthorizedError } from 'cloud-environs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { CachedToken, Credential } from '../../../../providers/openstack/api/index.ts'
import { CloudDouble, failure, type Reply } from '../api/cloud-double.ts'

let cloud: CloudDouble
beforeEach(async () => {
  cloud = await CloudDouble.start()
})
afterEach(() => cloud[Symbol.asyncDispose]())

const FLAVORS = '/compute/v2.1/flavors/detail'
const flavors: Reply = { json: { flavors: [] } }
/** Nova, which refuses these tokens. */
const refusing = (isRefused: (token: string) => boolean): void => {
  cloud.handler = ({ path, headers }) => {
    if (path !== FLAVORS) return undefined
    return isRefused(String(headers['x-auth-token'])) ? { status: 401, json: {} } : flavors
  }
}
const user = { name: 'demo', domain: { id: 'default' } }
const application: Credential = { method: 'applicationCredential', id: 'ac', secret: new Secret('s') }

test('gophercloud#1182, #1745, rackspace/gophercloud#498: authenticates again and again when every token is refused', async () => {
  refusing(() => true)
  const error = await failure(cloud.connect().compute.flavors.all())
  expect(error).toBeInstanceOf(UnauthorizedError)
  expect([cloud.tokens, cloud.requests().length]).toEqual([2, 2])
})

test('gophercloud#1407, #645, #1074: all callers authenticate at once, block each other, or send an empty token meanwhile', async () => {
  refusing((token) => token === 'token-1')
  const { compute } = cloud.connect()
  await Promise.all(Array.from({ length: 50 }, () => compute.flavors.all()))
  expect(cloud.tokens).toBe(2)
  const sent = cloud.requests('GET', FLAVORS).map(({ headers }) => headers['x-auth-token'])
  expect(new Set(sent)).toEqual(new Set(['token-1', 'token-2']))
})

test.each<[string, Credential | undefined]>([
  ['a password', undefined],
  ['an application credential', application],
])(
  'gophercloud#2611, hashicorp/packer#2928, cluster-api-provider-openstack#132: ends after an hour, with %s',
  async (_, credential) => {
    refusing(() => false)
    const { compute } = cloud.connect(credential ? { credential, scope: undefined } : {})
    await compute.flavors.all()
    cloud.clock.time += 4_000_000
    refusing((token) => token === 'token-1')
    expect(await compute.flavors.all()).toEqual([])
    expect([cloud.tokens, cloud.requests().length]).toEqual([2, 2])
  },
)

test('fog-openstack#189: takes a token that was given for one that can be renewed, or uses it when it has ended', async () => {
  const given: Credential = { method: 'token', token: new Secret('given') }
  refusing(() => true)
  cloud.handler = (
    (inner) => (request, count) =>
      request.path === '/v3/auth/tokens' && count > 1 ? { status: 401, json: {} } : inner(request, count)
  )(cloud.handler)
  const error = await failure(cloud.connect({ credential: given }).compute.flavors.all())
  expect(error).toMatchObject({
    code: 'UNAUTHORIZED',
    hint: expect.stringContaining('the given token'),
  })
  expect(cloud.requests('GET', FLAVORS)).toHaveLength(1)
})

test('fog-openstack#189, grycap/im#808: a token kept for one credential, place or scope is used for another', async () => {
  refusing(() => false)
  const kept = new Map<string, CachedToken>()
  const tokenCache = {
    get: (key: string) => Promise.resolve(kept.get(key)),
    set: (key: string, token: CachedToken) => Promise.resolve(void kept.set(key, token)),
    delete: (key: string) => Promise.resolve(void kept.delete(key)),
  }
  const password = (secret: string): Credential => ({
    method: 'password',
    user,
    password: new Secret(secret),
  })
  const others = [
    {},
    { credential: password('other') },
    { credential: password('other'), scope: { system: 'all' } as const },
    { credential: application, scope: undefined },
  ]
  for (const each of [...others, ...others])
    await cloud.connect({ tokenCache, ...each }).compute.flavors.all()
  expect([kept.size, cloud.tokens]).toEqual([4, 4])
  cloud.clock.time += 3_600_000
  await cloud.connect({ tokenCache }).compute.flavors.all()
  expect(cloud.tokens).toBe(5)
})

test('pkgcloud#367, #477, #532: Keystone v3 and application credentials are not there, or only by hand', async () => {
  const versions = { values: [{ id: 'v3.14', status: 'stable', links: [] }] }
  cloud.handler = ({ method, path }) =>
    method === 'GET' && path === '/' ? { status: 300, json: { versions } } : undefined
  await cloud
    .connect({ authUrl: cloud.origin, credential: application, scope: undefined })
    .identity.authenticate()
  expect(cloud.received.at(-1)).toMatchObject({
    path: '/v3/auth/tokens',
    body: { auth: { identity: { methods: ['application_credential'] } } },
  })
})

/** A catalog of other entries than usual. */
const withCatalog = (catalog: readonly object[]): void => {
  cloud.handler = ({ path }) => {
    if (path === FLAVORS) return flavors
    if (path.endsWith('/volumes/detail')) return { json: { volumes: [] } }
    if (path !== '/v3/auth/tokens') return undefined
    const token = { issued_at: '2026-01-01T00:00:00Z', expires_at: '2026-01-01T01:00:00Z', catalog }
    return {
      status: 201,
      headers: { 'x-subject-token': 't' },
      json: { token: { ...token, user: { id: 'u' }, project: { id: 'p' } } },
    }
  }
}
const service = (type: string, path: string, ...regions: object[]) => ({
  type,
  endpoints: regions.map((region) => ({ url: cloud.origin + path, interface: 'public', ...region })),
})

test.each(['volumev3', 'block-storage', 'volume', 'block-store'])(
  'packer-plugin-openstack#162, openstack-exporter#446: finds volumes only under the type it expects, and not %s',
  async (type) => {
    withCatalog([service(type, '/volume/v3', { region_id: 'R' })])
    expect(await cloud.connect().blockStorage.volumes.all()).toEqual([])
  },
)

test('gophercloud#1307, cloud-provider-openstack#312: takes any region when several have the service and none is chosen', async () => {
  withCatalog([service('compute', '/compute/v2.1', { region_id: 'West' }, { region_id: 'East' })])
  const error = await failure(cloud.connect().compute.flavors.all())
  expect(error).toBeInstanceOf(NotValidError)
  expect(error).toMatchObject({ message: expect.stringContaining('East, West') })
})

test('hashicorp/terraform#1374: says "no endpoint" and not what there is', async () => {
  withCatalog([service('compute', '/compute/v2.1', { region_id: 'West' }), service('dns', '/dns')])
  const error = await failure(cloud.connect({ region: 'Nord' }).compute.flavors.all())
  expect(error).toBeInstanceOf(NotFoundError)
  expect(error).toMatchObject({ message: expect.stringMatching(/"Nord"; it has: West$/) })
  expect(await failure(cloud.connect().network.networks.all())).toMatchObject({
    message: expect.stringMatching(/no network service; it has: compute, dns$/),
  })
})

test.each([
  ['id', { region_id: 'West' }],
  ['name', { region: 'West' }],
  ['id, with another name', { region_id: 'West', region: 'Wild West' }],
  ['name, with another id', { region_id: 'w-1', region: 'West' }],
])('gophercloud#343: does not see a region by its %s', async (_, region) => {
  withCatalog([service('compute', '/compute/v2.1', region, { region_id: 'East' })])
  expect(await cloud.connect({ region: 'West' }).compute.flavors.all()).toEqual([])
})
