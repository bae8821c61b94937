/** Options that every call which may wait takes, last. */
export interface CallOptions {
  /** Ends the call: it rejects with the signal's own `reason`, after undoing what it had half made. */
  readonly signal?: AbortSignal | undefined
}
