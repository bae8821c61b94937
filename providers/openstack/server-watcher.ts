import { type Clock, findError, NotFoundError, TimeoutError } from 'cloud-environs/provider'
import type { OpenStackConnection, Server } from './api/index.ts'
import { raceAbort } from './coalescer.ts'
import { SERVER_PREFIX } from './names.ts'

const FIRST_INTERVAL_MS = 300
const MAX_INTERVAL_MS = 5_000
const GROWTH = 1.5
/** One failed look says nothing about the servers; this many in a row do. */
const MAX_FAILED_LOOKS = 5
/** How long a server may take, by default: Juju waits 5 minutes for ACTIVE. */
const DEFAULT_TIMEOUT_MS = 300_000

/** What is made of a server as it was seen: a result, or `undefined` to go on waiting; what it throws ends the wait. */
export type Verdict<T> = (server: Server | undefined) => T | undefined

interface Watch {
  readonly id: string
  /** Shows it the server; true when the watch is over. */
  see(server: Server | undefined): boolean
  fail(error: unknown): void
}

/** How a server is watched. */
export interface WatchOptions {
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number
  /** For the message of the timeout: `become ACTIVE`. */
  readonly waitingTo: string
}

/**
 * Watches any number of servers with one request at a time: a GET while it is one server, a list when they are more.
 * The pause between looks grows, and starts anew with each new server.
 */
export class ServerWatcher {
  readonly #connection: OpenStackConnection
  readonly #clock: Clock
  readonly #watches = new Set<Watch>()
  /** How long the next pause is; in a pause, how long this one is. */
  #interval = FIRST_INTERVAL_MS
  #running = false
  /** Ends the pause under way. */
  #wake = new AbortController()

  constructor(connection: OpenStackConnection, clock: Clock) {
    this.#connection = connection
    this.#clock = clock
  }

  /**
   * Waits until `verdict` gives a result for the server; `undefined` is a server that does not exist.
   * @throws TimeoutError with the last status, what `verdict` throws, or the cloud's error when it keeps failing
   */
  async until<T>(id: string, verdict: Verdict<T>, options: WatchOptions): Promise<T> {
    const { signal, waitingTo, timeoutMs = DEFAULT_TIMEOUT_MS } = options
    signal?.throwIfAborted()
    const deadline = this.#clock.now() + timeoutMs
    let watch: Watch | undefined
    const outcome = new Promise<T>((resolve, reject) => {
      watch = {
        id,
        fail: reject,
        see: (server) => {
          try {
            const result = verdict(server)
            if (result !== undefined) resolve(result)
            else if (this.#clock.now() >= deadline) throw tooLong(id, server, waitingTo, timeoutMs)
            else return false
          } catch (error) {
            reject(error)
          }
          return true
        },
      }
      this.#watches.add(watch)
    })
    this.#run()
    try {
      return await raceAbort(outcome, signal)
    } finally {
      if (watch) this.#watches.delete(watch)
      if (this.#watches.size === 0) this.#wake.abort()
    }
  }

  #run(): void {
    if (this.#interval > FIRST_INTERVAL_MS) this.#wake.abort()
    this.#interval = FIRST_INTERVAL_MS
    if (this.#running) return
    this.#running = true
    void this.#loop()
  }

  async #loop(): Promise<void> {
    let failures = 0
    while (this.#watches.size > 0) {
      await this.#pause()
      const watched = [...this.#watches]
      try {
        const seen = await this.#look(new Set(watched.map(({ id }) => id)))
        failures = 0
        for (const watch of watched) {
          if (watch.see(seen.get(watch.id))) this.#watches.delete(watch)
        }
      } catch (error) {
        if (++failures < MAX_FAILED_LOOKS) continue
        for (const watch of watched) {
          watch.fail(error)
          this.#watches.delete(watch)
        }
      }
    }
    this.#running = false
  }

  /** Over at once when nobody waits any more; starts anew when it is cut short for a new server. */
  async #pause(): Promise<void> {
    while (this.#watches.size > 0) {
      this.#wake = new AbortController()
      const { signal } = this.#wake
      try {
        await this.#clock.sleep(this.#interval, { signal })
        this.#interval = Math.min(this.#interval * GROWTH, MAX_INTERVAL_MS)
        return
      } catch (error) {
        if (!signal.aborted) throw error
      }
    }
  }

  /** Each server as it is now; `undefined` for one that is certain not to exist. */
  async #look(ids: ReadonlySet<string>): Promise<ReadonlyMap<string, Server | undefined>> {
    const seen = new Map<string, Server | undefined>()
    if (ids.size > 1) {
      for await (const server of this.#connection.compute.servers.list({ name: `^${SERVER_PREFIX}` })) {
        if (ids.has(server.id)) seen.set(server.id, server)
      }
    }
    // A server that is not in the list is asked for by its id: lists may lag behind.
    const missing = [...ids].filter((id) => !seen.has(id))
    await Promise.all(
      missing.map(async (id) => {
        seen.set(id, await this.#get(id))
      }),
    )
    return seen
  }

  async #get(id: string): Promise<Server | undefined> {
    try {
      return await this.#connection.compute.servers.get(id)
    } catch (error) {
      if (findError(error, NotFoundError)) return undefined
      throw error
    }
  }
}

function tooLong(id: string, server: Server | undefined, waitingTo: string, timeoutMs: number): TimeoutError {
  const task = server?.taskState ? ` (${server.taskState})` : ''
  return new TimeoutError(
    `server ${id} did not ${waitingTo} within ${Math.round(timeoutMs / 1000)} s; its status is ${server?.status ?? 'unknown'}${task}`,
    { resource: `server ${id}`, hint: 'see in the cloud what holds it up' },
  )
}
