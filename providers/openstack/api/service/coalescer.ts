import { whenAborted } from '../transport/abort.ts'

interface Flight<T> {
  readonly result: Promise<T>
  readonly abort: AbortController
  waiting: number
}

/**
 * Lets concurrent callers share one request for the same thing: a hundred instances started at once ask for the
 * flavors once. Nothing is kept when the request is done, so that nobody sees what is old.
 */
export class Coalescer {
  readonly #flights = new Map<string, Flight<unknown>>()

  /** The request under way for `key`, or a new one. It is aborted when all who wait for it have gone. */
  async share<T>(
    key: string,
    signal: AbortSignal | undefined,
    request: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted()
    const flight = (this.#flights.get(key) as Flight<T> | undefined) ?? this.#start(key, request)
    flight.waiting++
    try {
      return await raceAbort(flight.result, signal)
    } finally {
      if (--flight.waiting === 0) {
        if (this.#flights.get(key) === flight) this.#flights.delete(key)
        flight.abort.abort()
      }
    }
  }

  #start<T>(key: string, request: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const abort = new AbortController()
    const result = request(abort.signal).finally(() => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key)
    })
    // Whoever waits hears of a failure; when nobody does any more it is nobody's.
    result.catch(() => undefined)
    const flight: Flight<T> = { result, abort, waiting: 0 }
    this.#flights.set(key, flight)
    return flight
  }
}

/** `promise`, or the signal's reason when that comes first. */
export function raceAbort<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason)
    if (signal.aborted) return abort()
    const release = whenAborted(signal, abort)
    promise.then(resolve, reject).finally(release)
  })
}
