import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { RateLimitedError, TimeoutError, UnavailableError } from 'cloud-environs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { outcomeUnknown } from '../../../../../providers/openstack/api/index.ts'
import { parseRetryAfter } from '../../../../../providers/openstack/api/transport/retry.ts'
import { CloudDouble, failure } from '../cloud-double.ts'

let cloud: CloudDouble
beforeEach(async () => {
  cloud = await CloudDouble.start()
})
afterEach(() => cloud[Symbol.asyncDispose]())

const networks = '/network/v2.0/networks'

describe('a read', () => {
  test.each([502, 503, 504, 429])(
    'is repeated after %i until it succeeds, each time later',
    async (status) => {
      cloud.handler = ({ path }, count) => {
        if (path !== networks) return undefined
        return count < 3 ? { status, json: {} } : { json: { networks: [] } }
      }
      expect(await cloud.connect().network.networks.all()).toEqual([])
      expect(cloud.requests('GET', networks)).toHaveLength(3)
      expect(cloud.clock.slept).toEqual([375, 750])
    },
  )

  test.each([
    [503, UnavailableError],
    [429, RateLimitedError],
  ])('gives up after three answers of %i with a typed error', async (status, type) => {
    cloud.handler = ({ path }) => (path === networks ? { status, json: {} } : undefined)
    const error = await failure(cloud.connect().network.networks.all())
    expect(error).toBeInstanceOf(type)
    expect(error).toMatchObject({ status })
    expect(cloud.requests('GET', networks)).toHaveLength(3)
  })

  test('is repeated when the connection breaks', async () => {
    cloud.handler = ({ path }, count) => {
      if (path !== networks) return undefined
      return count < 2 ? 'reset' : { json: { networks: [] } }
    }
    expect(await cloud.connect().network.networks.all()).toEqual([])
  })

  test('is repeated when the answer is cut off', async () => {
    cloud.handler = ({ path }, count) => {
      if (path !== networks) return undefined
      return count < 2 ? { text: '{"networks": [{"id": "a' } : { json: { networks: [] } }
    }
    expect(await cloud.connect().network.networks.all()).toEqual([])
  })

  test.each([500, 501, 400, 404])('is not repeated after %i', async (status) => {
    cloud.handler = ({ path }) => (path === networks ? { status, json: {} } : undefined)
    await failure(cloud.connect().network.networks.all())
    expect(cloud.requests('GET', networks)).toHaveLength(1)
  })

  test.each([
    ['7', 7_000],
    ['3600', 60_000],
    ['Thu, 01 Jan 2026 00:00:09 GMT', 9_000],
    ['0', 375],
    ['soon', 375],
  ])('waits as long as "Retry-After: %s" says, within bounds', async (value, delay) => {
    cloud.handler = ({ path }, count) => {
      if (path !== networks) return undefined
      return count < 2
        ? { status: 429, headers: { 'retry-after': value }, json: {} }
        : { json: { networks: [] } }
    }
    await cloud.connect().network.networks.all()
    expect(cloud.clock.slept).toEqual([delay])
  })

  test('does not wait for a try that the deadline would not allow', async () => {
    cloud.handler = ({ path }) =>
      path === networks ? { status: 503, headers: { 'retry-after': '30' }, json: {} } : undefined
    const error = await failure(cloud.connect().network.networks.all({}, { deadlineMs: 20_000 }))
    expect(error).toBeInstanceOf(UnavailableError)
    expect(cloud.clock.slept).toEqual([])
  })
})

describe('a create', () => {
  const create = (options = {}) => cloud.connect().network.networks.create({ name: 'n' }, options)

  test.each([500, 502, 503, 504])(
    'is not repeated after %i, and says that it may have happened',
    async (status) => {
      cloud.handler = ({ path }) =>
        path === networks ? { status, headers: { 'retry-after': '1' }, json: {} } : undefined
      const error = await failure(create())
      expect(error).toBeInstanceOf(UnavailableError)
      expect(outcomeUnknown(error)).toBe(true)
      expect(cloud.requests('POST', networks)).toHaveLength(1)
    },
  )

  test('is not repeated when the connection breaks', async () => {
    cloud.handler = ({ path }) => (path === networks ? 'reset' : undefined)
    const error = await failure(create())
    expect(error).toBeInstanceOf(UnavailableError)
    expect(outcomeUnknown(error)).toBe(true)
    expect(cloud.requests('POST', networks)).toHaveLength(1)
  })

  test('is not repeated when its answer cannot be read', async () => {
    cloud.handler = ({ path }) => (path === networks ? { status: 201, json: { network: {} } } : undefined)
    const error = await failure(create())
    expect(outcomeUnknown(error)).toBe(true)
    expect(cloud.requests('POST', networks)).toHaveLength(1)
  })

  test.each([
    ['429', { status: 429, json: {} }],
    ['413 with a time to wait', { status: 413, headers: { 'retry-after': '2' }, json: {} }],
  ])('is repeated after %s, which turns it away unread', async (_, reply) => {
    cloud.handler = ({ path }, count) => {
      if (path !== networks) return undefined
      return count < 2 ? reply : { status: 201, json: { network: { id: 'n' } } }
    }
    expect(await create()).toMatchObject({ id: 'n' })
  })

  test('may have happened when the deadline passes without an answer', async () => {
    cloud.handler = ({ path }) => (path === networks ? 'silence' : undefined)
    const error = await failure(create({ deadlineMs: 100 }))
    expect(error).toBeInstanceOf(TimeoutError)
    expect(outcomeUnknown(error)).toBe(true)
  })

  test('surely has not happened, and is repeated, when no connection was made', async () => {
    const probe = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => probe.once('listening', resolve))
    const { port } = probe.address() as AddressInfo
    await new Promise((resolve) => probe.close(resolve))
    const connection = cloud.connect({ endpointOverrides: { network: `http://127.0.0.1:${port}` } })
    const error = await failure(connection.network.networks.create({ name: 'n' }))
    expect(error).toBeInstanceOf(UnavailableError)
    expect(error).toMatchObject({
      message: `cannot create network: http://127.0.0.1:${port} refused the connection`,
      hint: expect.stringContaining(`http://127.0.0.1:${port} runs`),
    })
    expect(outcomeUnknown(error)).toBe(false)
    expect(cloud.clock.slept).toHaveLength(2)
  })
})

test('Retry-After in the past means at once', () => {
  expect(parseRetryAfter('Thu, 01 Jan 2015 00:00:00 GMT', Date.now())).toBe(0)
  expect(parseRetryAfter(undefined, 0)).toBeUndefined()
})
