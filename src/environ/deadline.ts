import { TimeoutError } from './errors.ts'
import type { Clock } from './services.ts'

/** A signal with an end. Disposing it releases its timer. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal
}

/**
 * A signal that is aborted with a {@link TimeoutError} saying `message` after `ms` milliseconds, or with `outer`'s own
 * reason when that is aborted first.
 */
export function deadline(clock: Clock, ms: number, message: string, outer?: AbortSignal): Deadline {
  const expired = new AbortController()
  const released = new AbortController()
  clock.sleep(ms, { signal: released.signal }).then(
    () => expired.abort(new TimeoutError(message)),
    () => undefined,
  )
  return {
    signal: outer ? AbortSignal.any([outer, expired.signal]) : expired.signal,
    [Symbol.dispose]: () => released.abort(),
  }
}
