import type { BootstrapContext, BootstrapPhase, ProgressEvent } from '../environ/bootstrap.ts'

/** Tells what happens to whoever listens. */
export class Progress {
  readonly #listener: ((event: ProgressEvent) => void) | undefined

  constructor(listener?: (event: ProgressEvent) => void) {
    this.#listener = listener
  }

  phase(phase: BootstrapPhase, message: string): void {
    this.#tell({ kind: 'phase', phase, message })
  }

  info(message: string): void {
    this.#tell({ kind: 'info', message })
  }

  /** The context that a provider's bootstrap tells its own steps to. */
  context(outside: Pick<BootstrapContext, 'signal' | 'clock' | 'dialer'>): BootstrapContext {
    return {
      ...outside,
      shouldVerifyCredentials: true,
      info: (message) => this.info(message),
      verbose: (message) => this.#tell({ kind: 'verbose', message }),
    }
  }
  /** A listener that throws must not come between a failure and the removal of what was made. */
  #tell(event: ProgressEvent): void {
    try {
      this.#listener?.(event)
    } catch {
      // It is the listener's own affair.
    }
  }
}
