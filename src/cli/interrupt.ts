import { EXIT_CODES } from './exit-code.ts'

/** The reason of a signal that was aborted by Ctrl-C. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/**
 * A signal that the first Ctrl-C aborts, so that the command undoes what it did; the second one ends the process.
 * Disposing it gives the process its ordinary behaviour back.
 */
export function onInterrupt(tell: () => void): { readonly signal: AbortSignal } & Disposable {
  const abort = new AbortController()
  const interrupt = (): void => {
    if (abort.signal.aborted) process.exit(EXIT_CODES.interrupted)
    tell()
    abort.abort(new Interrupted('interrupted'))
  }
  for (const signal of SIGNALS) process.on(signal, interrupt)
  return {
    signal: abort.signal,
    [Symbol.dispose]: () => {
      for (const signal of SIGNALS) process.off(signal, interrupt)
    },
  }
}
