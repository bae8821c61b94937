import type { IncomingHttpHeaders } from 'node:http'

/** A request as a service sees it. */
export interface Incoming {
  readonly method: string
  /** Path below the service's prefix, starting with `/` (or empty). */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** `http://127.0.0.1:PORT` as the client wrote it, for links. */
  readonly origin: string
}

/** An answer. `body`: a text or a buffer goes out as it is, anything else as JSON, `undefined` is no body. */
export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: unknown
}

/** Thrown by a service to answer with an error. */
export class Refusal extends Error {
  readonly reply: Reply

  constructor(reply: Reply) {
    super(`HTTP ${reply.status}`)
    this.reply = reply
  }
}

/** One of OpenStack's services (in one region), mounted at `prefix`. */
export interface Service {
  /** Path it is mounted at, e.g. `/compute`. */
  readonly prefix: string
  /** Largest request body in bytes. */
  readonly maxBody: number
  handle(incoming: Incoming): Reply | Promise<Reply>
}

const REASONS: Readonly<Record<number, string>> = {
  300: 'Multiple Choices',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  409: 'Conflict',
  413: 'Request Entity Too Large',
  415: 'Unsupported Media Type',
  500: 'Internal Server Error',
  501: 'Not Implemented',
}

/** The error page of Python's webob: JSON for a client that accepts JSON, HTML for any other. */
export function webob(
  incoming: Pick<Incoming, 'headers'>,
  status: number,
  explanation: string,
  headers: Reply['headers'] = {},
): Reply {
  const title = REASONS[status] ?? 'Error'
  if (/json/i.test(incoming.headers.accept ?? '')) {
    return {
      status,
      headers,
      body: { message: `${explanation}<br /><br />\n\n\n`, code: `${status} ${title}`, title },
    }
  }
  const heading = `${status} ${title}`
  return {
    status,
    headers: { ...headers, 'Content-Type': 'text/html; charset=UTF-8' },
    body: `<html>\n <head>\n  <title>${heading}</title>\n </head>\n <body>\n  <h1>${heading}</h1>\n  ${explanation}<br /><br />\n\n\n\n </body>\n</html>`,
  }
}

export const NOT_FOUND_TEXT = 'The resource could not be found.'
