/** Follows any number of resources of one kind with one request at a time. */

import { NotFoundError, TimeoutError } from 'cloud-environs'
import type { Clock } from 'cloud-environs/provider'
import { raceAbort } from './coalescer.ts'
import type { CallOptions, ListOptions } from './options.ts'

const FIRST_INTERVAL_MS = 300
const MAX_INTERVAL_MS = 5_000
const GROWTH = 1.5
/** A look that takes longer than this is not worth waiting for. */
const MAX_LOOK_MS = 60_000
/** One failed look says nothing about what is watched; this many in a row do. */
const MAX_FAILED_LOOKS = 5
/** Juju waits as long for ACTIVE. */
const DEFAULT_TIMEOUT_MS = 300_000
/** Nova and Cinder show at most so many in a page. */
const PAGE_SIZE = 1_000

/**
 * What is made of a resource as it was seen, `undefined` when it does not exist: a result, or `undefined` to go on
 * waiting. What it throws ends the wait.
 */
export type Verdict<T, R> = (seen: T | undefined) => R | undefined

/** How to wait for something that `Watcher` knows how to see. */
export interface WaitOptions<T> {
  readonly signal?: AbortSignal | undefined
  /** Milliseconds, default 300,000. */
  readonly timeoutMs?: number | undefined
  /** Called after each look: for progress. */
  readonly onStatus?: ((seen: T) => void) | undefined
}

/** How a resource is watched. */
export interface WatchOptions {
  readonly signal?: AbortSignal | undefined
  /** Milliseconds, default 300,000. */
  readonly timeoutMs?: number | undefined
  /** What it is to become, for the message of the timeout: `ACTIVE`. */
  readonly goal: string
  /** Look before the first pause; default false, as after a request that changes it. */
  readonly atOnce?: boolean | undefined
}

interface Watch<T> {
  readonly id: string
  readonly deadline: number
  /** Shows it the resource; true when the watch is over. */
  see(seen: T | undefined): boolean
  fail(error: unknown): void
}

/** How the resources are looked at. */
export interface Watched<T> {
  /** One of them, for messages: `server`. */
  readonly resource: string
  get(id: string, options: CallOptions): Promise<T>
  list(options: ListOptions): AsyncIterable<T>
  /** Its status, and what is being done to it. */
  describe(seen: T): string
}

/**
 * Watches with a GET for each resource while they are few, and with a list when that is less. The pause between looks
 * grows from 0.3 s to 5 s, and starts anew with each new one.
 */
export class Watcher<T extends { readonly id: string }> {
  readonly #watched: Watched<T>
  readonly #clock: Clock
  readonly #watches = new Set<Watch<T>>()
  /** How long the next pause is; in a pause, how long this one is. */
  #interval = FIRST_INTERVAL_MS
  #running = false
  /** Ends the pause under way. */
  #wake: AbortController | undefined
  /** Ends the look under way. */
  #give: AbortController | undefined
  /** Requests that the last list took. */
  #listCost = 1

  constructor(watched: Watched<T>, clock: Clock) {
    this.#watched = watched
    this.#clock = clock
  }

  /**
   * Waits until `verdict` gives a result for the resource.
   * @throws TimeoutError with the last status, what `verdict` throws, or the cloud's error when it keeps failing
   */
  async until<R>(id: string, verdict: Verdict<T, R>, options: WatchOptions): Promise<R> {
    const { signal, goal, timeoutMs = DEFAULT_TIMEOUT_MS, atOnce } = options
    signal?.throwIfAborted()
    const deadline = this.#clock.now() + timeoutMs
    let watch: Watch<T> | undefined
    let last: T | undefined
    const late = (cause?: unknown) => this.#tooLate(id, goal, timeoutMs, last, cause)
    const outcome = new Promise<R>((resolve, reject) => {
      watch = {
        id,
        deadline,
        fail: (error) => reject(this.#clock.now() < deadline ? error : late(error)),
        see: (seen) => {
          last = seen
          try {
            const result = verdict(seen)
            if (result !== undefined) resolve(result)
            else if (this.#clock.now() >= deadline) throw late()
            else return false
          } catch (error) {
            reject(error)
          }
          return true
        },
      }
      this.#watches.add(watch)
    })
    this.#run(atOnce === true ? 0 : FIRST_INTERVAL_MS)
    try {
      return await raceAbort(outcome, signal)
    } finally {
      if (watch) this.#watches.delete(watch)
      if (this.#watches.size === 0) {
        this.#wake?.abort()
        this.#give?.abort()
      }
    }
  }

  #run(interval: number): void {
    if (this.#interval > interval) this.#wake?.abort()
    this.#interval = Math.min(this.#running ? this.#interval : interval, interval)
    if (this.#running) return
    this.#running = true
    void this.#loop()
  }

  async #loop(): Promise<void> {
    let failures = 0
    while (this.#watches.size > 0) {
      await this.#pause()
      const watched = [...this.#watches]
      if (watched.length === 0) break
      try {
        const seen = await this.#look(watched)
        failures = 0
        for (const watch of watched) if (watch.see(seen.get(watch.id))) this.#watches.delete(watch)
      } catch (error) {
        failures++
        const now = this.#clock.now()
        for (const watch of watched) {
          if (failures < MAX_FAILED_LOOKS && now < watch.deadline) continue
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
      const { signal } = (this.#wake = new AbortController())
      const deadlines = [...this.#watches].map((watch) => watch.deadline - this.#clock.now())
      try {
        await this.#clock.sleep(Math.max(0, Math.min(this.#interval, ...deadlines)), { signal })
        this.#interval = Math.min(Math.max(this.#interval * GROWTH, FIRST_INTERVAL_MS), MAX_INTERVAL_MS)
        return
      } catch (error) {
        if (!signal.aborted) throw error
      }
    }
  }

  /** Each as it is now; `undefined` for one that is certain not to exist. */
  async #look(watched: readonly Watch<T>[]): Promise<ReadonlyMap<string, T | undefined>> {
    const { signal } = (this.#give = new AbortController())
    const left = Math.max(...watched.map(({ deadline }) => deadline)) - this.#clock.now()
    const options = { signal, deadlineMs: Math.min(Math.max(left, 1), MAX_LOOK_MS) }
    const ids = new Set(watched.map(({ id }) => id))
    const seen = new Map<string, T | undefined>()
    if (ids.size > this.#listCost) {
      let count = 0
      for await (const item of this.#watched.list(options)) {
        count++
        if (ids.has(item.id)) seen.set(item.id, item)
      }
      this.#listCost = Math.max(1, Math.ceil(count / PAGE_SIZE))
    }
    // What is not in the list is asked for by its id: lists may lag behind.
    const missing = [...ids].filter((id) => !seen.has(id))
    await Promise.all(missing.map(async (id) => seen.set(id, await this.#get(id, options))))
    return seen
  }

  async #get(id: string, options: CallOptions): Promise<T | undefined> {
    try {
      return await this.#watched.get(id, options)
    } catch (error) {
      if (error instanceof NotFoundError) return undefined
      throw error
    }
  }

  #tooLate(id: string, goal: string, timeoutMs: number, last: T | undefined, cause: unknown): TimeoutError {
    const resource = `${this.#watched.resource} ${id}`
    const state = last ? `it is ${this.#watched.describe(last)}` : 'its status could not be read'
    return new TimeoutError(`${resource} was not ${goal} after ${timeoutMs / 1000} s; ${state}`, {
      operation: 'wait for',
      resource,
      hint: 'allow more time, or see in the cloud what holds it up',
      ...(cause === undefined ? {} : { cause }),
    })
  }
}
