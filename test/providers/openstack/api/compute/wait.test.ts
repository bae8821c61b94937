import { NotFoundError, TimeoutError } from 'cloud-environs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ServerStatusError } from '../../../../../providers/openstack/api/index.ts'
import { CloudDouble, failure, type Reply, wireServer } from '../cloud-double.ts'

let cloud: CloudDouble
beforeEach(async () => {
  cloud = await CloudDouble.start()
})
afterEach(() => cloud[Symbol.asyncDispose]())

const is = (status: string, over: object = {}): Reply => ({
  json: { server: wireServer('s', { status, ...over }) },
})
const gone: Reply = { status: 404, json: { itemNotFound: { message: 'no' } } }
/** Nova answers these one after the other, and the last one for ever. */
const servers = (...replies: Reply[]) => {
  cloud.handler = ({ path }, count) =>
    path === '/compute/v2.1/servers/s' ? replies[Math.min(count, replies.length) - 1] : undefined
  return cloud.connect().compute.servers
}

describe('waiting for a status', () => {
  test('looks at once, then ever more seldom up to five seconds', async () => {
    const waiting = servers(...Array<Reply>(12).fill(is('BUILD')), is('ACTIVE'))
    expect(await waiting.waitForStatus('s')).toMatchObject({ status: 'ACTIVE' })
    expect(cloud.clock.slept.slice(0, 4)).toEqual([0, 300, 450, 675])
    expect(Math.max(...cloud.clock.slept)).toBe(5000)
  })

  test('fails at once on ERROR, with the fault', async () => {
    const fault = { code: 500, message: 'No valid host was found.', created: 'x' }
    const error = await failure(servers(is('BUILD'), is('ERROR', { fault })).waitForStatus('s'))
    expect(error).toBeInstanceOf(ServerStatusError)
    expect(error).toMatchObject({
      message: 'server s is in status ERROR: No valid host was found.',
      server: { id: 's', fault: { message: 'No valid host was found.' } },
    })
  })

  test('waits a little for the fault, which Nova writes after the status', async () => {
    const fault = { code: 500, message: 'No valid host was found.', created: 'x' }
    const late = await failure(servers(is('ERROR'), is('ERROR', { fault })).waitForStatus('s'))
    expect(late).toMatchObject({ message: 'server s is in status ERROR: No valid host was found.' })
    const none = await failure(servers(is('ERROR')).waitForStatus('s'))
    expect(none).toMatchObject({ message: 'server s is in status ERROR' })
  })

  test('ends on any status that is wanted, ERROR too', async () => {
    const server = await servers(is('ERROR')).waitForStatus('s', { accept: ['SHUTOFF', 'ERROR'] })
    expect(server.status).toBe('ERROR')
  })

  test('gives up after the time allowed, and says how far it came', async () => {
    const waiting = servers(is('BUILD', { 'OS-EXT-STS:task_state': 'spawning' }))
    const error = await failure(waiting.waitForStatus('s', { timeoutMs: 10_000 }))
    expect(error).toBeInstanceOf(TimeoutError)
    expect(error).toMatchObject({ message: 'server s was not ACTIVE after 10 s; it is BUILD (spawning)' })
    expect(cloud.clock.slept.reduce((sum, ms) => sum + ms)).toBe(10_000)
  })

  test('lives through a cloud that fails now and then', async () => {
    const down: Reply = { status: 500, json: {} }
    const waiting = servers(down, down, down, down, is('BUILD'), down, is('ACTIVE'))
    expect(await waiting.waitForStatus('s')).toMatchObject({ status: 'ACTIVE' })
  })

  test('ends when the cloud fails five times in a row', async () => {
    const error = await failure(servers({ status: 500, json: {} }).waitForStatus('s'))
    expect(error).toMatchObject({ code: 'UNAVAILABLE' })
    expect(cloud.requests('GET')).toHaveLength(5)
  })

  test('fails when the server is gone', async () => {
    expect(await failure(servers(is('BUILD'), gone).waitForStatus('s'))).toBeInstanceOf(NotFoundError)
  })

  test('tells of each look', async () => {
    const seen: string[] = []
    await servers(is('BUILD'), is('ACTIVE')).waitForStatus('s', {
      onStatus: ({ status }) => seen.push(status),
    })
    expect(seen).toEqual(['BUILD', 'ACTIVE'])
  })

  test("stops with the caller's reason", async () => {
    const abort = new AbortController()
    const { signal } = abort
    const waiting = servers(is('BUILD'))
    const error = await failure(waiting.waitForStatus('s', { signal, onStatus: () => abort.abort('enough') }))
    expect(error).toBe('enough')
  })
})

describe('waiting for the end', () => {
  test.each([
    ['it is not found', gone],
    ['it is DELETED', is('DELETED')],
    ['it is SOFT_DELETED', is('SOFT_DELETED')],
  ])('succeeds when %s', async (_, last) => {
    await servers(is('ACTIVE', { 'OS-EXT-STS:task_state': 'deleting' }), last).waitForDelete('s')
    expect(cloud.requests('GET')).toHaveLength(2)
  })

  test('of a server that was in ERROR before goes on', async () => {
    await servers(is('ERROR'), is('ERROR', { 'OS-EXT-STS:task_state': 'deleting' }), gone).waitForDelete('s')
    expect(cloud.requests('GET')).toHaveLength(3)
  })

  test('fails when the deletion failed', async () => {
    expect(await failure(servers(is('ERROR')).waitForDelete('s'))).toBeInstanceOf(ServerStatusError)
  })
})

test('waits for many servers share their looks: one list, whatever they wait for', async () => {
  let looks = 0
  cloud.handler = ({ path }) => {
    if (path !== '/compute/v2.1/servers/detail') return undefined
    const status = ++looks < 3 ? 'BUILD' : 'ACTIVE'
    return { json: { servers: Array.from({ length: 100 }, (_, n) => wireServer(`s${n}`, { status })) } }
  }
  const { servers: waited } = cloud.connect().compute
  const ids = Array.from({ length: 100 }, (_, n) => `s${n}`)
  const active = await Promise.all(ids.map((id) => waited.waitForStatus(id)))
  expect(active.map(({ id }) => id)).toEqual(ids)
  expect(cloud.requests('GET').map(({ path }) => path)).toEqual(Array(3).fill('/compute/v2.1/servers/detail'))
})
