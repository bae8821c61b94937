/** What the driver of faults finds in a client that treats them wrongly, and what each kind of fault looks like. */

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { EnvironsError } from 'cloud-environs'
import {
  FAULTS,
  type Fault,
  type FaultFailure,
  type FaultFlow,
  type FaultServices,
  faultyDispatcher,
  formatFaultReports,
  injectFaults,
} from 'cloud-environs/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from 'vitest'

const SECRET = 'c4n4ry-of-things'

/** What the server has, each thing by the name of whoever asked for it. */
let things: string[] = []
let server: Server
let origin: string

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.method === 'POST') things.push('0')
    if (request.method === 'DELETE') things = []
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ things }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
beforeEach(() => {
  things = []
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

type Send = (method: 'GET' | 'POST' | 'DELETE') => Promise<unknown>

/** Asks once; a failure of the network or of the cloud is one error of the family. */
const sender =
  ({ dispatcher }: Pick<FaultServices, 'dispatcher'>): Send =>
  async (method) => {
    const headers = { authorization: `Bearer ${SECRET}` }
    try {
      const { statusCode, body } = await dispatcher.request({ origin, path: '/things', method, headers })
      const text = await body.text()
      if (statusCode !== 200) throw new Error(`status ${statusCode}`)
      return JSON.parse(text) as unknown
    } catch (cause) {
      throw new EnvironsError('the things do not answer', { cause })
    }
  }

/** Makes a thing in two requests. */
const flowOf = (
  make: (send: Send, services: FaultServices) => Promise<unknown>,
  cleanup: (send: Send) => Promise<unknown> = (send) => send('DELETE'),
): FaultFlow => ({
  name: 'things',
  world: async (services) => {
    const send = sender(services)
    return {
      steps: [
        { name: 'look', run: () => send('GET') },
        { name: 'make', run: () => make(send, services) },
      ],
      cleanup: () => cleanup(send),
      inventory: () => things,
      machines: () => things,
      [Symbol.asyncDispose]: async () => {
        things = []
      },
    }
  },
})

const kinds = { 503: FAULTS[503] as Fault, 'reset after': 'reset-after' } as const
const options = { kinds, atOnce: 1, settleTimeout: 0, timeout: 500, secrets: [SECRET] }

/** The kinds of failure that are found, each once. */
async function found(flow: FaultFlow): Promise<readonly FaultFailure['kind'][]> {
  const { failures } = await injectFaults(flow, options)
  return [...new Set(failures.map(({ kind }) => kind))].sort()
}

describe('a client that', () => {
  it('does all well is found to: two requests, of two kinds each', async () => {
    const report = await injectFaults(
      flowOf((send) => send('POST')),
      options,
    )
    expect(report).toEqual({ flow: 'things', requests: 2, kinds: 2, cases: 4, failures: [] })
    expect(formatFaultReports([report])).toMatch(/^things: 2 requests × 2 kinds, 4 cases: 0 leaks, /)
  })

  it('leaves what it made leaks', async () => {
    expect(
      await found(
        flowOf(
          (send) => send('POST'),
          async () => undefined,
        ),
      ),
    ).toEqual(['leak'])
  })

  it('makes a thing again when the answer is lost makes it twice', async () => {
    expect(await found(flowOf((send) => send('POST').catch(() => send('POST'))))).toEqual(['duplicate'])
  })

  it('throws what it caught throws no error of the family', async () => {
    const raw = (send: Send) =>
      send('POST').catch((error: Error) => {
        throw error.cause
      })
    expect(await found(flowOf(raw))).toEqual(['untyped'])
  })

  it('logs its headers shows a secret', async () => {
    const telling = (send: Send, { logger }: FaultServices) =>
      send('POST').catch((error: unknown) => {
        logger.warn('failed', { headers: { authorization: `Bearer ${SECRET}` } })
        throw error
      })
    expect(await found(flowOf(telling))).toEqual(['secret'])
  })

  it('waits for ever hangs', async () => {
    const waiting = (send: Send) => send('POST').catch(() => new Promise(() => undefined))
    expect(await found(flowOf(waiting))).toEqual(['hang'])
  })

  it('forgets a promise is told of it', async () => {
    const listeners = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection')
    try {
      const forgetting = async (send: Send): Promise<void> => {
        void send('POST')
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
      expect(await found(flowOf(forgetting))).toEqual(['unhandled'])
    } finally {
      for (const listener of listeners) process.on('unhandledRejection', listener)
    }
  })

  it('fails where nothing is wrong is told of it', async () => {
    const failing = () => Promise.reject(new EnvironsError('no'))
    expect(await found(flowOf(failing))).toEqual(['failed'])
  })
})

test.each(Object.entries(FAULTS))(
  '%s: what the caller meets, and what the cloud did',
  async (kind, fault) => {
    await using faulty = await faultyDispatcher()
    const { dispatcher } = faulty
    faulty.plant(fault, 1)
    const post = () => dispatcher.request({ origin, path: '/things', method: 'POST' })
    const first = await post()
    await first.body.text()
    const met = await post().then(
      async ({ statusCode, headers, body }) => {
        const text = await body.text().catch(() => 'cut off')
        return { statusCode, after: headers['retry-after'], text }
      },
      (error: { code: string }) => error.code,
    )
    expect(faulty.hit).toBe('POST /things')
    const acts = ['reset after', 'truncated'].includes(kind)
    expect(things).toHaveLength(acts ? 2 : 1)
    const limited = kind === '413' || kind === '429'
    expect(met).toEqual(
      {
        refused: 'ECONNREFUSED',
        'reset before': 'UND_ERR_SOCKET',
        'reset after': 'UND_ERR_SOCKET',
        silence: 'UND_ERR_HEADERS_TIMEOUT',
        truncated: { statusCode: 200, after: undefined, text: 'cut off' },
        html: { statusCode: 502, after: undefined, text: expect.stringContaining('<html>') as string },
      }[kind] ?? {
        statusCode: Number(kind),
        after: limited ? '1' : undefined,
        text: JSON.stringify({ error: { code: Number(kind), message: 'no' } }),
      },
    )
    // One fault at a time: the next request is answered.
    const { statusCode, body } = await post()
    await body.text()
    expect(statusCode).toBe(200)
  },
)

test('time passes only while no request is under way', async () => {
  await using faulty = await faultyDispatcher()
  const { clock, dispatcher } = faulty
  const began = clock.now()
  await clock.sleep(3_600)
  expect(clock.now() - began).toBe(3_600)
  const abort = new AbortController()
  const reason = new Error('enough')
  const late = clock.sleep(60_000, { signal: abort.signal })
  const { body } = await dispatcher.request({ origin, path: '/things', method: 'GET' })
  await body.text()
  expect(clock.now() - began).toBe(3_600)
  abort.abort(reason)
  await expect(late).rejects.toBe(reason)
})
