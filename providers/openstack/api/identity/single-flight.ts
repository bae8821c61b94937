/** One piece of work that many wait for. */

import { TimeoutError } from 'cloud-environs'

/** How long one caller waits. */
export interface Patience {
  readonly signal?: AbortSignal | undefined
  /** Milliseconds. */
  readonly ms: number
}

/**
 * Runs the work once for all who ask while it is under way. A caller who gives up leaves the others waiting; when all
 * gave up, the work is aborted.
 */
export class SingleFlight<T> {
  #flight: { readonly result: Promise<T>; readonly abort: AbortController; waiting: number } | undefined

  async run(work: (signal: AbortSignal) => Promise<T>, { signal, ms }: Patience): Promise<T> {
    signal?.throwIfAborted()
    const flight = (this.#flight ??= this.#start(work))
    flight.waiting++
    let timer: NodeJS.Timeout | undefined
    let giveUp: (() => void) | undefined
    const given = new Promise<never>((_, reject) => {
      giveUp = () => reject(signal?.reason)
      signal?.addEventListener('abort', giveUp, { once: true })
      timer = setTimeout(
        () => reject(new TimeoutError('cannot authenticate: no answer before the deadline')),
        Math.min(ms, 2 ** 31 - 1),
      )
    })
    try {
      return await Promise.race([flight.result, given])
    } finally {
      clearTimeout(timer)
      if (giveUp) signal?.removeEventListener('abort', giveUp)
      if (--flight.waiting === 0) {
        if (this.#flight === flight) this.#flight = undefined
        flight.abort.abort()
      }
    }
  }

  #start(work: (signal: AbortSignal) => Promise<T>) {
    const abort = new AbortController()
    const result = work(abort.signal)
    const flight = { result, abort, waiting: 0 }
    const land = () => {
      if (this.#flight === flight) this.#flight = undefined
    }
    result.then(land, land)
    return flight
  }
}
