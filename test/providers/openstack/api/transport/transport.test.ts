import { TimeoutError, UnavailableError } from 'cloud-environs'
import { MockAgent } from 'undici'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { silentLogger } from '../../../../../providers/openstack/api/standalone.ts'
import { Transport } from '../../../../../providers/openstack/api/transport/transport.ts'
import { CloudDouble, failure, middle } from '../cloud-double.ts'

let cloud: CloudDouble
beforeEach(async () => {
  cloud = await CloudDouble.start()
})
afterEach(() => cloud[Symbol.asyncDispose]())

const networks = '/network/v2.0/networks'

test('the deadline ends a call that is never answered', async () => {
  cloud.handler = ({ path }) => (path === networks ? 'silence' : undefined)
  const { identity, network } = cloud.connect()
  await identity.authenticate()
  const error = await failure(network.networks.all({}, { deadlineMs: 100 }))
  expect(error).toBeInstanceOf(TimeoutError)
  expect(error).toMatchObject({ message: 'cannot list networks: no answer before the deadline' })
})

test("an abort throws the caller's own reason, while waiting for an answer", async () => {
  const abort = new AbortController()
  const reason = new Error('enough')
  cloud.handler = ({ path }) => {
    if (path !== networks) return undefined
    abort.abort(reason)
    return 'silence'
  }
  const { signal } = abort
  expect(await failure(cloud.connect().network.networks.all({}, { signal }))).toBe(reason)
})

test("an abort throws the caller's own reason, between two tries", async () => {
  const abort = new AbortController()
  cloud.handler = ({ path }) => (path === networks ? { status: 503, json: {} } : undefined)
  cloud.clock.sleep = () => {
    abort.abort('enough')
    return Promise.reject(abort.signal.reason)
  }
  const { signal } = abort
  expect(await failure(cloud.connect().network.networks.all({}, { signal }))).toBe('enough')
})

test('an abort before the call sends nothing', async () => {
  const signal = AbortSignal.abort('enough')
  expect(await failure(cloud.connect().network.networks.all({}, { signal }))).toBe('enough')
  expect(cloud.received).toEqual([])
})

test('a page for people is told from an answer, and is not asked for again', async () => {
  cloud.handler = ({ path }) =>
    path === networks
      ? { headers: { 'content-type': 'text/html' }, text: '<html><body>Log in</body></html>' }
      : undefined
  const error = await failure(cloud.connect().network.networks.all())
  expect(error).toBeInstanceOf(UnavailableError)
  expect(error).toMatchObject({ message: 'cannot list networks: the answer is HTML' })
  expect(cloud.requests('GET', networks)).toHaveLength(1)
})

test('an answer cut off says so when it stays so', async () => {
  cloud.handler = ({ path }) => (path === networks ? { text: '{"networks": [' } : undefined)
  const error = await failure(cloud.connect().network.networks.all())
  expect(error).toMatchObject({
    message: 'cannot list networks: the answer is JSON that is cut off or broken',
  })
})

test.each([
  ['announced', { 'content-length': '5000' }],
  ['unannounced', { 'transfer-encoding': 'chunked' }],
])('an answer of %s length over the limit is refused', async (_, headers) => {
  cloud.handler = () => ({ headers, text: 'x'.repeat(5000) })
  const transport = new Transport({
    maxResponseBytes: 4999,
    clock: cloud.clock,
    random: middle,
    logger: silentLogger,
  })
  const request = {
    method: 'GET',
    url: cloud.origin,
    operation: 'get',
    resource: 'it',
    service: 'compute',
  } as const
  const error = await failure(transport.request({ ...request, deadline: cloud.clock.now() + 5000 }))
  expect(error).toMatchObject({ message: 'cannot get it: the answer is larger than 4999 bytes' })
  await transport.close()
})

test('redirects are not followed, so a token stays where it belongs', async () => {
  await using other = await CloudDouble.start()
  cloud.handler = ({ path }) =>
    path === networks ? { status: 302, headers: { location: `${other.origin}/steal` } } : undefined
  const error = await failure(cloud.connect().network.networks.all())
  expect(error).toBeInstanceOf(UnavailableError)
  expect(error).toMatchObject({ hint: expect.stringContaining(`redirects to ${other.origin}/steal`) })
  expect(other.received).toEqual([])
})

test('an injected dispatcher sends everything, and is left open', async () => {
  const mock = new MockAgent()
  mock.disableNetConnect()
  const site = mock.get('https://keystone.example')
  site
    .intercept({ path: '/v3/auth/tokens', method: 'POST' })
    .reply(401, { error: { message: 'no' } })
    .times(2)
  const options = { authUrl: 'https://keystone.example/v3', dispatcher: mock }
  const first = cloud.connect(options)
  expect(await failure(first.identity.authenticate())).toMatchObject({ code: 'UNAUTHORIZED' })
  await first.close()
  expect(await failure(cloud.connect(options).identity.authenticate())).toMatchObject({
    code: 'UNAUTHORIZED',
  })
  await mock.close()
})

test('a call after close fails, and says why', async () => {
  const connection = cloud.connect()
  await connection.identity.authenticate()
  await connection.close()
  const error = await failure(connection.compute.servers.all())
  expect(error).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('was closed') })
})

test('requests name the program', async () => {
  await cloud.connect({ userAgent: 'orchestrator/1.2' }).identity.authenticate()
  expect(cloud.received[0]?.headers['user-agent']).toBe('orchestrator/1.2 cloud-environs')
})

test('making a connection sends nothing, and closing it twice is fine', async () => {
  const connection = cloud.connect()
  await connection.close()
  await connection.close()
  expect(cloud.received).toEqual([])
})
