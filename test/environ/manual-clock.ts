import type { Clock } from 'cloud-environs'

interface Sleeper {
  readonly until: number
  wake(): void
}

/** A clock that stands still until it is told to go on. */
export class ManualClock implements Clock {
  #now = 0
  readonly #sleepers = new Set<Sleeper>()

  now(): number {
    return this.#now
  }

  async sleep(ms: number, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    signal?.throwIfAborted()
    await new Promise<void>((resolve, reject) => {
      const abort = () => {
        this.#sleepers.delete(sleeper)
        reject(signal?.reason as Error)
      }
      const wake = () => {
        signal?.removeEventListener('abort', abort)
        resolve()
      }
      const sleeper: Sleeper = { until: this.#now + ms, wake }
      this.#sleepers.add(sleeper)
      signal?.addEventListener('abort', abort)
    })
  }

  /** How many are asleep. */
  get asleep(): number {
    return this.#sleepers.size
  }

  advance(ms: number): void {
    this.#now += ms
    for (const sleeper of this.#sleepers) {
      if (sleeper.until > this.#now) continue
      this.#sleepers.delete(sleeper)
      sleeper.wake()
    }
  }

  /** Goes from sleeper to sleeper until `promise` is settled. For work that waits on nothing but this clock. */
  async drive<T>(promise: Promise<T>): Promise<T> {
    let settled = false
    const settle = () => {
      settled = true
    }
    promise.then(settle, settle)
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve))
      if (settled) return await promise
      const next = Math.min(...[...this.#sleepers].map(({ until }) => until))
      if (Number.isFinite(next)) this.advance(Math.max(0, next - this.#now))
    }
  }
}
