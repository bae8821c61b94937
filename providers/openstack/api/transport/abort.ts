import { setMaxListeners } from 'node:events'

/**
 * Calls `act` when the signal is aborted, until the returned function takes that back. One signal may end any number of
 * calls, and Node would warn of a leak from the eleventh on.
 */
export function whenAborted(signal: AbortSignal, act: () => void): () => void {
  setMaxListeners(0, signal)
  signal.addEventListener('abort', act, { once: true })
  return () => signal.removeEventListener('abort', act)
}
