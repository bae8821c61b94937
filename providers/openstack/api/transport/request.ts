/** One HTTP request and its answer, as the layers of this room hand them to each other. */

/** Query parameters: a list repeats the key, `undefined` leaves it out. */
export type Query = Readonly<Record<string, QueryValue>>
type QueryValue = string | number | boolean | readonly string[] | undefined

/** The verbs in use. */
export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Bytes to send; a stream is made anew for each try, since one that was begun cannot be sent again. */
export type RequestData = Uint8Array | (() => AsyncIterable<Uint8Array>)

/** What a request is about; it goes into errors and log lines. */
export interface Subject {
  /** `create`, `list`, `get`, ... */
  readonly operation: string
  /** `server 4f6c…`, `networks`, ... */
  readonly resource: string
}

/** A request to an absolute URL. */
export interface HttpRequest extends Subject {
  readonly method: Method
  readonly url: string
  readonly query?: Query | string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Becomes the body. */
  readonly json?: unknown
  /** Parts of the path that must not be seen. */
  readonly secrets?: readonly string[] | undefined
  /** Becomes the body, when there is no `json`. */
  readonly data?: RequestData | undefined
  /** Statuses outside 200–299 that are answers too, and not failures. */
  readonly expect?: readonly number[] | undefined
  /**
   * Whether repeating after an unknown outcome does no harm. Default: true for all verbs but POST and PATCH.
   */
  readonly repeatable?: boolean | undefined
  /** What to do about a failure with that status, when it is known better here than from the status alone. */
  readonly hint?: ((status: number) => string | undefined) | undefined
  /** The service that answers, which decides how its failures are read: `compute`, `network`, `identity`, ... */
  readonly service: string
  readonly signal?: AbortSignal | undefined
  /** When the whole call, retries included, must be over: milliseconds since the epoch on the injected clock. */
  readonly deadline: number
}

/** An answer that was read to its end. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** The body, parsed; `undefined` when it is empty. */
  readonly json: unknown
  readonly requestId?: string | undefined
}

/** The URL with its query; a text is a query already. */
export function urlWithQuery(url: string, query: Query | string = {}): URL {
  const full = new URL(url)
  if (typeof query === 'string') {
    full.search = query
    return full
  }
  for (const [key, value] of Object.entries(query)) {
    if (value === undefined) continue
    for (const each of Array.isArray(value) ? value : [value]) full.searchParams.append(key, String(each))
  }
  return full
}

/** One value of a header that may have come several times. */
export function headerOf(headers: HttpAnswer['headers'], name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}
