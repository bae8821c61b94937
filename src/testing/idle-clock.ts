import type { Clock } from '../environ/services.ts'

/** Real milliseconds of idleness for each that passes. */
const PACE = 1 / 100

interface Sleeper {
  readonly wake: number
  readonly resolve: () => void
}

/**
 * Time that passes only while nobody is busy, and then a hundred times as fast: who sleeps need not be waited for, and a
 * machine that is slow never makes a deadline pass.
 */
export class IdleClock implements Clock {
  #now = Date.now()
  #busy = 0
  #timer: NodeJS.Timeout | undefined
  readonly #sleepers = new Set<Sleeper>()

  now(): number {
    return this.#now
  }

  async sleep(ms: number, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    signal?.throwIfAborted()
    let sleeper: Sleeper | undefined
    let onAbort: (() => void) | undefined
    try {
      await new Promise<void>((resolve, reject) => {
        sleeper = { wake: this.#now + ms, resolve }
        onAbort = () => reject(signal?.reason as Error)
        signal?.addEventListener('abort', onAbort)
        this.#sleepers.add(sleeper)
        this.#arm()
      })
    } finally {
      if (sleeper) this.#sleepers.delete(sleeper)
      if (onAbort) signal?.removeEventListener('abort', onAbort)
      this.#arm()
    }
  }

  /** Until the function that it gives is called, no time passes. */
  busy(): () => void {
    this.#busy += 1
    this.#arm()
    let over = false
    return () => {
      if (over) return
      over = true
      this.#busy -= 1
      this.#arm()
    }
  }

  /** Waits for the next sleeper, from now. */
  #arm(): void {
    clearTimeout(this.#timer)
    const [next] = [...this.#sleepers].sort((a, b) => a.wake - b.wake)
    if (this.#busy > 0 || !next) return
    this.#timer = setTimeout(
      // Whoever could go on meanwhile does so first, and may be busy then.
      () => {
        const timer = this.#timer
        setImmediate(() => setImmediate(() => timer === this.#timer && this.#wake(next)))
      },
      (next.wake - this.#now) * PACE,
    )
  }

  #wake(sleeper: Sleeper): void {
    if (this.#busy > 0 || !this.#sleepers.delete(sleeper)) return
    this.#now = Math.max(this.#now, sleeper.wake)
    sleeper.resolve()
  }
}
