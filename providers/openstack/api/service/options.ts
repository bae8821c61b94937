/** Every call takes these last. */
export interface CallOptions {
  /** Ends the call; its reason is thrown as it is. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds for the whole call, retries and re-authentication included. Default 180,000. */
  readonly deadlineMs?: number | undefined
}

/** Options of a list: the deadline is for each page. */
export interface ListOptions extends CallOptions {
  /** Fails the list after so many pages, against a server that never ends it. Default 10,000. */
  readonly maxPages?: number | undefined
}
