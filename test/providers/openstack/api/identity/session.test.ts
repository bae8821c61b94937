import { Secret, UnauthorizedError } from 'cloud-environs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { connect } from '../../../../../providers/openstack/api/index.ts'
import { CloudDouble, failure } from '../cloud-double.ts'

let cloud: CloudDouble
beforeEach(async () => {
  cloud = await CloudDouble.start()
})
afterEach(() => cloud[Symbol.asyncDispose]())

const flavors = '/compute/v2.1/flavors/detail'
const answer = { json: { flavors: [] } }
/** Nova, with the tokens that it refuses. */
const refusing =
  (...tokens: string[]) =>
  ({ path, headers }: { path: string; headers: Record<string, unknown> }) => {
    if (path !== flavors) return undefined
    return tokens.includes(String(headers['x-auth-token'])) ? { status: 401, json: {} } : answer
  }

describe('tokens', () => {
  test('are got once for fifty calls at the same time', async () => {
    cloud.handler = refusing()
    const { compute } = cloud.connect()
    await Promise.all(Array.from({ length: 50 }, () => compute.flavors.all()))
    expect(cloud.tokens).toBe(1)
    expect(cloud.requests('GET', flavors)).toHaveLength(50)
  })

  test('are renewed once when fifty calls find theirs refused', async () => {
    cloud.handler = refusing('token-1')
    const { compute } = cloud.connect()
    await Promise.all(Array.from({ length: 50 }, () => compute.flavors.all()))
    expect(cloud.tokens).toBe(2)
  })

  test('that are refused although new end the call, after two tries', async () => {
    cloud.handler = refusing('token-1', 'token-2', 'token-3')
    const error = await failure(cloud.connect().compute.flavors.all())
    expect(error).toBeInstanceOf(UnauthorizedError)
    expect(cloud.requests('GET', flavors)).toHaveLength(2)
    expect(cloud.tokens).toBe(2)
  })

  test('are renewed two minutes before they end', async () => {
    cloud.handler = refusing()
    const { compute } = cloud.connect()
    await compute.flavors.all()
    cloud.clock.time += (3600 - 121) * 1000
    await compute.flavors.all()
    expect(cloud.tokens).toBe(1)
    cloud.clock.time += 2_000
    await compute.flavors.all()
    expect(cloud.tokens).toBe(2)
  })

  test('are used to their end while Keystone is away', async () => {
    const { compute } = cloud.connect()
    cloud.handler = refusing()
    await compute.flavors.all()
    cloud.clock.time += 3500 * 1000
    cloud.handler = (request) =>
      request.path === '/v3/auth/tokens' ? { status: 503, json: {} } : refusing()(request)
    await compute.flavors.all()
    cloud.clock.time += 200 * 1000
    expect(await failure(compute.flavors.all())).toMatchObject({ code: 'UNAVAILABLE' })
  })

  test('of a very short life are used all the same', async () => {
    cloud.tokenLife = 60
    cloud.handler = refusing()
    const { compute } = cloud.connect()
    await compute.flavors.all()
    await compute.flavors.all()
    expect(cloud.tokens).toBe(1)
  })

  test('are waited for by others when one caller gives up', async () => {
    const abort = new AbortController()
    let release = () => {}
    cloud.handler = async (request) => {
      if (request.path === '/v3/auth/tokens') await new Promise<void>((resolve) => (release = resolve))
      return refusing()(request)
    }
    const { compute } = cloud.connect()
    const impatient = failure(compute.flavors.all({}, { signal: abort.signal }))
    const patient = compute.flavors.all()
    await expect.poll(() => cloud.received.length).toBe(1)
    abort.abort('enough')
    expect(await impatient).toBe('enough')
    release()
    expect(await patient).toEqual([])
    expect(cloud.tokens).toBe(1)
  })
})

describe('a refused credential', () => {
  test('is an UnauthorizedError that names user, project and URL, and not the password', async () => {
    cloud.handler = () => ({ status: 401, json: { error: { message: 'Not you.', title: 'Unauthorized' } } })
    const error = await failure(cloud.connect().compute.flavors.all())
    expect(error).toBeInstanceOf(UnauthorizedError)
    expect(error).toMatchObject({
      message: 'cannot authenticate user "demo" of domain default: Not you',
      hint: expect.stringMatching(/user "demo".*project "demo".*127\.0\.0\.1.*\/v3/),
    })
    expect(JSON.stringify(error)).not.toContain('hunter2')
    expect(cloud.received).toHaveLength(1)
  })

  test('is tried again by the next call', async () => {
    cloud.handler = (request, count) =>
      request.path === '/v3/auth/tokens' && count === 1 ? { status: 401, json: {} } : refusing()(request)
    const { compute } = cloud.connect()
    await failure(compute.flavors.all())
    expect(await compute.flavors.all()).toEqual([])
  })
})

describe('what is sent to Keystone', () => {
  const sent = async (options: Parameters<CloudDouble['connect']>[0]) => {
    await cloud.connect(options).identity.authenticate()
    return cloud.received.at(-1)?.body
  }

  test('user and project by name', async () => {
    expect(await sent({})).toEqual({
      auth: {
        identity: {
          methods: ['password'],
          password: { user: { name: 'demo', domain: { id: 'default' }, password: 'hunter2' } },
        },
        scope: { project: { name: 'demo', domain: { id: 'default' } } },
      },
    })
  })

  test('an application credential, which has no scope', async () => {
    const credential = { method: 'applicationCredential', id: 'ac', secret: new Secret('s') } as const
    expect(await sent({ credential, scope: undefined })).toEqual({
      auth: {
        identity: { methods: ['application_credential'], application_credential: { id: 'ac', secret: 's' } },
      },
    })
  })

  test('a passcode beside the password, or alone, for a trust', async () => {
    const user = { name: 'demo', domain: { id: 'default' } }
    const both = {
      method: 'password',
      user,
      password: new Secret('p'),
      passcode: new Secret('123456'),
    } as const
    expect(await sent({ credential: both, scope: { trust: { id: 'tr' } } })).toEqual({
      auth: {
        identity: {
          methods: ['password', 'totp'],
          password: { user: { ...user, password: 'p' } },
          totp: { user: { ...user, passcode: '123456' } },
        },
        scope: { 'OS-TRUST:trust': { id: 'tr' } },
      },
    })
    const alone = { method: 'totp', user, passcode: new Secret('123456') } as const
    expect(await sent({ credential: alone, scope: undefined })).toEqual({
      auth: { identity: { methods: ['totp'], totp: { user: { ...user, passcode: '123456' } } } },
    })
  })

  test('a token, for the whole system', async () => {
    expect(
      await sent({ credential: { method: 'token', token: new Secret('t') }, scope: { system: 'all' } }),
    ).toEqual({
      auth: { identity: { methods: ['token'], token: { id: 't' } }, scope: { system: { all: true } } },
    })
  })
})

describe('options that cannot work are refused at once', () => {
  const credential = { method: 'applicationCredential', id: 'ac', secret: new Secret('s') } as const
  test.each([
    ['a scope with an application credential', { scope: { system: 'all' } as const }, /takes no scope/],
    ['an auth URL that is none', { authUrl: 'keystone:5000' }, /auth URL/],
    ['a password in the auth URL', { authUrl: 'https://demo:hunter2@keystone/v3' }, /contains a user name/],
    ['an override that is no URL', { endpointOverrides: { compute: 'nova' } }, /override for compute/],
  ])('%s', (_, options, message) => {
    const attempt = () => connect({ authUrl: 'https://keystone/v3', credential, ...options })
    expect(attempt).toThrow(message)
    expect(attempt).not.toThrow(/hunter2/)
  })
})

describe('the auth URL', () => {
  const version = (id: string, href: string) => ({ id, status: 'stable', links: [{ rel: 'self', href }] })
  const root = (path: string, json: unknown, status = 300) => {
    cloud.handler = (request) => {
      if (request.method === 'GET' && request.path === path) return { status, json }
      if (request.method === 'POST' && request.path.endsWith('/v3/auth/tokens')) {
        return { status: 201, headers: { 'x-subject-token': 't' }, json: { token: minimal } }
      }
      return undefined
    }
  }
  const minimal = {
    issued_at: '2026-01-01T00:00:00Z',
    expires_at: '2026-01-01T01:00:00Z',
    user: { id: 'u', name: 'demo' },
  }
  const posted = () => cloud.received.find(({ method }) => method === 'POST')?.path

  test('with /v3 is used as it is', async () => {
    await cloud.connect().identity.authenticate()
    expect(cloud.received.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /v3/auth/tokens'])
  })

  test.each([
    ['a list with status 300', '/', '', 300, (v: unknown) => ({ versions: { values: [v] } })],
    [
      'a list with status 200 below a path',
      '/identity/',
      '/identity',
      200,
      (v: unknown) => ({ versions: [v] }),
    ],
    ['the document of the version', '/', '/', 200, (v: unknown) => ({ version: v })],
  ])('without a version leads to v3 by %s', async (_, path, asked, status, document) => {
    const prefix = asked.replace(/\/$/, '')
    root(path, document(version('v3.14', `http://internal.example:35357${prefix}/v3/`)), status)
    await cloud.connect({ authUrl: cloud.origin + asked }).identity.authenticate()
    expect(posted()).toBe(`${prefix}/v3/auth/tokens`)
  })

  test('keeps a path that only the proxy knows', async () => {
    root('/identity/', { versions: { values: [version('v3.14', 'http://internal/v3/')] } })
    await cloud.connect({ authUrl: `${cloud.origin}/identity` }).identity.authenticate()
    expect(posted()).toBe('/identity/v3/auth/tokens')
  })

  test('of a cloud with v2.0 only fails and says that v3 is needed', async () => {
    root('/', { versions: { values: [version('v2.0', 'http://internal/v2.0/')] } })
    const error = await failure(cloud.connect({ authUrl: `${cloud.origin}/v2.0` }).identity.authenticate())
    expect(error).toMatchObject({
      code: 'NOT_SUPPORTED',
      message: expect.stringContaining('offers only v2.0; v3 is needed'),
    })
  })

  test('is tried with /v3 when the cloud shows no versions', async () => {
    root('/elsewhere', {})
    await cloud.connect({ authUrl: cloud.origin }).identity.authenticate()
    expect(posted()).toBe('/v3/auth/tokens')
  })

  test('can be looked at without a credential', async () => {
    root('/', { versions: { values: [version('v3.14', 'http://internal/v3/')] } })
    expect(await cloud.connect({ authUrl: cloud.origin }).identity.discover()).toEqual({
      url: `${cloud.origin}/v3`,
      version: '3.14',
    })
    expect(posted()).toBeUndefined()
  })
})
