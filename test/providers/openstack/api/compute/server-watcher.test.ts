import { NotFoundError, TimeoutError, UnavailableError } from 'cloud-environs'
import type { Clock } from 'cloud-environs/provider'
import type { Server } from 'cloud-environs/providers/openstack'
import { beforeEach, describe, expect, it } from 'vitest'
import { ServerWatcher } from '../../../../../providers/openstack/api/compute/server-watcher.ts'

const server = (id: string, status: string): Server => ({
  id,
  name: `juju-${id}`,
  status,
  metadata: {},
  addresses: {},
  flavor: {},
  configDrive: false,
  securityGroups: [],
  attachedVolumes: [],
})

const whenActive = (seen: Server | undefined): Server | undefined =>
  seen?.status === 'ACTIVE' ? seen : undefined
const whenGone = (seen: Server | undefined): true | undefined => (seen === undefined ? true : undefined)

/** A Nova of which a test says what it shows, and a clock on which every pause is over at once. */
class Nova {
  readonly shown = new Map<string, Server>()
  readonly requests: string[] = []
  readonly pauses: number[] = []
  /** Called before each look. */
  beforeLook: () => void = () => undefined
  #now = 0

  readonly clock: Clock = {
    now: () => this.#now,
    sleep: async (ms, { signal } = {}) => {
      await new Promise((resolve) => setImmediate(resolve))
      signal?.throwIfAborted()
      this.#now += ms
      this.pauses.push(ms)
    },
  }

  readonly watcher = new ServerWatcher(
    {
      get: async (id: string) => {
        this.beforeLook()
        this.requests.push(`get ${id}`)
        const found = this.shown.get(id)
        if (!found) throw new NotFoundError(`no server ${id}`)
        return found
      },
      list: async function* (this: void) {
        nova.beforeLook()
        nova.requests.push('list')
        yield* nova.shown.values()
      },
    },
    this.clock,
  )
}

let nova: Nova

beforeEach(() => {
  nova = new Nova()
})

describe('watching servers', () => {
  it('gets one, and lists many with one request at a time', async () => {
    nova.shown.set('a', server('a', 'ACTIVE'))
    await nova.watcher.until('a', whenActive, { goal: 'ACTIVE' })
    expect(nova.requests).toEqual(['get a'])

    nova.requests.length = 0
    const ids = Array.from({ length: 50 }, (_, n) => `s${n}`)
    for (const id of ids) nova.shown.set(id, server(id, 'BUILD'))
    let looks = 0
    nova.beforeLook = () => {
      if (++looks === 3) for (const id of ids) nova.shown.set(id, server(id, 'ACTIVE'))
    }
    const active = await Promise.all(ids.map((id) => nova.watcher.until(id, whenActive, { goal: 'ACTIVE' })))
    expect(active.map(({ id }) => id)).toEqual(ids)
    expect(nova.requests).toEqual(['list', 'list', 'list'])
  })

  it('takes a server for gone only when asking for it says so', async () => {
    nova.shown.set('stays', server('stays', 'BUILD'))
    nova.shown.set('goes', server('goes', 'ACTIVE'))
    nova.beforeLook = () => {
      if (nova.requests.length === 2) nova.shown.delete('goes')
      if (nova.requests.length > 4) nova.shown.set('stays', server('stays', 'ACTIVE'))
    }
    const [gone] = await Promise.all([
      nova.watcher.until('goes', whenGone, { goal: 'deleted' }),
      nova.watcher.until('stays', whenActive, { goal: 'ACTIVE' }),
    ])
    expect(gone).toBe(true)
    expect(nova.requests).toContain('get goes')
  })

  it('pauses longer and longer, up to five seconds, and anew for a new server', async () => {
    nova.shown.set('slow', server('slow', 'BUILD'))
    nova.shown.set('new', server('new', 'ACTIVE'))
    const slow = nova.watcher.until('slow', whenActive, { goal: 'ACTIVE' })
    while (nova.pauses.length < 12) await new Promise((resolve) => setImmediate(resolve))
    expect(nova.pauses.slice(0, 3)).toEqual([300, 450, 675])
    expect(Math.max(...nova.pauses)).toBe(5_000)
    nova.pauses.length = 0
    await nova.watcher.until('new', whenActive, { goal: 'ACTIVE' })
    expect(nova.pauses).toContain(300)
    nova.shown.set('slow', server('slow', 'ACTIVE'))
    expect((await slow).status).toBe('ACTIVE')
  })

  it('forgives a failed look, and gives up when the cloud keeps failing', async () => {
    nova.shown.set('a', server('a', 'ACTIVE'))
    let failures = 4
    nova.beforeLook = () => {
      if (failures-- > 0) throw new UnavailableError('a gateway')
    }
    await nova.watcher.until('a', whenActive, { goal: 'ACTIVE' })
    failures = Number.POSITIVE_INFINITY
    const failed = nova.watcher.until('a', whenActive, { goal: 'ACTIVE' })
    await expect(failed).rejects.toBeInstanceOf(UnavailableError)
  })

  it('ends when it takes too long, saying the last status, or when its signal is aborted', async () => {
    nova.shown.set('a', server('a', 'BUILD'))
    const late = nova.watcher.until('a', whenActive, { goal: 'ACTIVE', timeoutMs: 30_000 })
    const error: unknown = await late.catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(TimeoutError)
    expect((error as Error).message).toBe('server a was not ACTIVE after 30 s; it is BUILD')

    const abort = new AbortController()
    const watching = nova.watcher.until('a', whenActive, { goal: 'ACTIVE', signal: abort.signal })
    const reason = new Error('enough')
    abort.abort(reason)
    await expect(watching).rejects.toBe(reason)
    const before = nova.requests.length
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(nova.requests.length - before).toBeLessThan(2)
  })
})
