import type { Instance } from '../environ/index.ts'

/** A turn at one machine. Must be settled, whatever happens. */
export interface Claim {
  /** Whether somebody else was at it when this turn was asked for. */
  readonly late: boolean
  /** What the turns before came to: an instance, or nothing; nothing, too, as soon as the signal is aborted. */
  previous(signal?: AbortSignal): Promise<Instance | undefined>
  /** Ends the turn; the first call counts. Without an instance, the turns before it still count. */
  settle(instance?: Instance): void
}

/** Sees to it that one call at a time is at work on a machine. */
export class Claims {
  readonly #last = new Map<string, Promise<Instance | undefined>>()

  claim(key: string): Claim {
    const before = this.#last.get(key)
    let settle: Claim['settle'] = () => undefined
    const turn = new Promise<Instance | undefined>((resolve) => {
      settle = (instance) => resolve(instance ?? before)
    })
    this.#last.set(key, turn)
    void turn.then(() => {
      if (this.#last.get(key) === turn) this.#last.delete(key)
    })
    return {
      late: before !== undefined,
      previous: async (signal) => await unlessAborted(before ?? Promise.resolve(undefined), signal),
      settle,
    }
  }
}

async function unlessAborted<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T | undefined> {
  if (!signal) return await promise
  let stop = (): void => undefined
  const aborted = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
