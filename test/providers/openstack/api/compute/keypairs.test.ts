import { inspect } from 'node:util'
import { NotSupportedError, NotValidError, Secret } from 'cloud-environs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Keypairs } from '../../../../../providers/openstack/api/index.ts'
import { CloudDouble, failure } from '../cloud-double.ts'

let cloud: CloudDouble
beforeEach(async () => {
  cloud = await CloudDouble.start()
})
afterEach(() => cloud[Symbol.asyncDispose]())

const PATH = '/compute/v2.1/os-keypairs'
const keypair = { name: 'k', type: 'ssh', public_key: 'ssh-ed25519 AAAA', fingerprint: 'aa:bb' }

/** Key pairs of a cloud that has the microversions up to this one. */
const keypairsOf = (newest: string): Keypairs => {
  cloud.handler = ({ method, path }) => {
    if (path === '/compute/v2.1/') return { json: { version: { version: newest, min_version: '2.1' } } }
    if (!path.startsWith(PATH)) return undefined
    if (method === 'DELETE') return { status: 204, text: '' }
    return { json: path === PATH && method === 'GET' ? { keypairs: [{ keypair }] } : { keypair } }
  }
  return cloud.connect().compute.keypairs
}
const sent = () => cloud.requests().filter(({ path }) => path.startsWith(PATH))
const versions = () => sent().map(({ headers }) => headers['openstack-api-version'])

describe('a key pair', () => {
  test('is listed in pages, nested as it comes', async () => {
    cloud.handler = ({ path, query }) => {
      if (path === '/compute/v2.1/') return { json: { version: { version: '2.90', min_version: '2.1' } } }
      if (path !== PATH) return undefined
      if (query.includes('marker')) return { json: { keypairs: [{ keypair: { ...keypair, name: 'l' } }] } }
      const next = `http://elsewhere${PATH}?limit=1&marker=k`
      return { json: { keypairs: [{ keypair }], keypairs_links: [{ rel: 'next', href: next }] } }
    }
    const all = await cloud.connect().compute.keypairs.all({ limit: 1 })
    expect(all.map(({ name }) => name)).toEqual(['k', 'l'])
    expect(all[0]).toEqual({
      name: 'k',
      type: 'ssh',
      publicKey: 'ssh-ed25519 AAAA',
      fingerprint: 'aa:bb',
      userId: undefined,
      createdAt: undefined,
    })
    expect(versions()).toEqual(['compute 2.35', 'compute 2.35'])
  })

  test('that the cloud makes has its private half once, as a secret', async () => {
    cloud.handler = ({ path, method }) => {
      if (path === '/compute/v2.1/') return { json: { version: { version: '2.90', min_version: '2.1' } } }
      return path === PATH && method === 'POST'
        ? { status: 201, json: { keypair: { ...keypair, user_id: 'u', private_key: 'PEM of it' } } }
        : undefined
    }
    const created = await cloud.connect().compute.keypairs.create({ name: 'k' })
    expect(created).toMatchObject({ name: 'k', userId: 'u' })
    expect(created.privateKey).toBeInstanceOf(Secret)
    expect(created.privateKey?.reveal()).toBe('PEM of it')
    expect(inspect(created) + JSON.stringify(created)).not.toContain('PEM of it')
    expect(sent()[0]?.body).toEqual({ keypair: { name: 'k' } })
    expect(versions()).toEqual(['compute 2.2'])
  })

  test('is imported at the lowest microversion for what is asked', async () => {
    const keypairs = keypairsOf('2.93')
    const publicKey = 'ssh-ed25519 AAAA'
    const created = await keypairs.create({ name: 'k', publicKey })
    expect(created.privateKey).toBeUndefined()
    await keypairs.create({ name: 'k@x', publicKey })
    await keypairs.create({ name: 'k', publicKey: 'PEM', type: 'x509', userId: 'u' })
    expect(sent().at(-1)?.body).toEqual({
      keypair: { name: 'k', public_key: 'PEM', type: 'x509', user_id: 'u' },
    })
    expect(versions()).toEqual(['compute 2.2', 'compute 2.92', 'compute 2.10'])
  })

  test('of another user is named in the query', async () => {
    const keypairs = keypairsOf('2.93')
    await keypairs.all({ userId: 'u' })
    await keypairs.get('k', { userId: 'u' })
    expect(await keypairs.delete('k', { userId: 'u' })).toBe(true)
    expect(sent().map(({ query }) => query)).toEqual(['user_id=u', 'user_id=u', 'user_id=u'])
    expect(versions()).toEqual(['compute 2.35', 'compute 2.10', 'compute 2.10'])
  })

  test('that is gone already is deleted', async () => {
    const message = 'Keypair k not found for user u'
    cloud.handler = ({ path }) =>
      path === `${PATH}/k%20k` ? { status: 404, json: { itemNotFound: { code: 404, message } } } : undefined
    expect(await cloud.connect().compute.keypairs.delete('k k')).toBe(false)
  })
})

describe('old clouds', () => {
  test('are asked for what they have', async () => {
    const keypairs = keypairsOf('2.1')
    await keypairs.all()
    await keypairs.get('k')
    await keypairs.create({ name: 'k' })
    expect(versions()).toEqual(['compute 2.1', 'compute 2.1', 'compute 2.1'])
  })

  test.each<[string, (keypairs: Keypairs) => Promise<unknown>, string]>([
    ['another user', (keypairs) => keypairs.get('k', { userId: 'u' }), '2.10'],
    ['a type', (keypairs) => keypairs.create({ name: 'k', publicKey: 'p', type: 'ssh' }), '2.2'],
    ['a name with a dot', (keypairs) => keypairs.create({ name: 'k.x', publicKey: 'p' }), '2.92'],
  ])('are not asked for %s', async (_, call, needed) => {
    const error = await failure(call(keypairsOf('2.1')))
    expect(error).toBeInstanceOf(NotSupportedError)
    expect(String(error)).toContain(`needs compute microversion ${needed}`)
    expect(sent()).toEqual([])
  })
})

test('what no cloud can do is refused before anything is sent', async () => {
  const keypairs = keypairsOf('2.93')
  for (const call of [
    keypairs.create({ name: '' }),
    keypairs.create({ name: 'k.x' }),
    keypairs.get('..'),
    keypairs.delete(''),
  ]) {
    expect(await failure(call)).toBeInstanceOf(NotValidError)
  }
  expect(sent()).toEqual([])
})
