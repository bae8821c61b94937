import { inspect } from 'node:util'
import { Secret } from 'cloud-environs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CachedToken, TokenCache } from '../../../../../providers/openstack/api/index.ts'
import { CloudDouble } from '../cloud-double.ts'

let cloud: CloudDouble
let kept: Map<string, CachedToken>
let cache: TokenCache

beforeEach(async () => {
  cloud = await CloudDouble.start()
  kept = new Map()
  cache = {
    get: async (key) => kept.get(key),
    set: async (key, token) => void kept.set(key, token),
    delete: async (key) => void kept.delete(key),
  }
})
afterEach(() => cloud[Symbol.asyncDispose]())

const user = { name: 'demo', domain: { id: 'default' } }
const password = (text: string) => ({ method: 'password', user, password: new Secret(text) }) as const

describe('a token cache', () => {
  test('saves the next connection from authenticating', async () => {
    await cloud.connect({ tokenCache: cache }).identity.authenticate()
    const { expiresAt } = await cloud.connect({ tokenCache: cache }).identity.authenticate()
    expect(cloud.tokens).toBe(1)
    expect(expiresAt.getTime()).toBe(cloud.clock.time + 3_600_000)
  })

  test('never gives a token to another credential, scope or place', async () => {
    const one = { tokenCache: cache, credential: password('a') }
    await cloud.connect(one).identity.authenticate()
    await cloud.connect({ ...one, credential: password('b') }).identity.authenticate()
    await cloud.connect({ ...one, scope: { system: 'all' } }).identity.authenticate()
    await cloud.connect({ ...one, authUrl: `${cloud.origin}/v3/` }).identity.authenticate()
    expect(cloud.tokens).toBe(4)
    expect(kept.size).toBe(4)
    for (const key of kept.keys()) expect(key).toMatch(/^[0-9a-f]{64}$/)
  })

  test('is not asked for one that is about to end, nor for one that was refused', async () => {
    await cloud.connect({ tokenCache: cache }).identity.authenticate()
    cloud.clock.time += (3600 - 60) * 1000
    await cloud.connect({ tokenCache: cache }).identity.authenticate()
    expect(cloud.tokens).toBe(2)

    cloud.handler = ({ path, headers }) =>
      path.startsWith('/compute')
        ? { status: headers['x-auth-token'] === 'token-2' ? 401 : 200, json: { flavors: [] } }
        : undefined
    await cloud.connect({ tokenCache: cache }).compute.flavors.all()
    expect(cloud.tokens).toBe(3)
    expect([...kept.values()].map(({ id }) => id)).toEqual(['token-3'])
  })

  test('that fails is as good as none', async () => {
    const broken = {
      get: () => Promise.reject(new Error('disk')),
      set: () => Promise.reject(new Error('disk')),
      delete: async () => undefined,
    }
    const { user: who } = await cloud.connect({ tokenCache: broken }).identity.authenticate()
    expect(who.name).toBe('demo')
    expect(inspect(cloud.connect({ tokenCache: cache }), { depth: 9 })).not.toContain('hunter2')
  })
})
