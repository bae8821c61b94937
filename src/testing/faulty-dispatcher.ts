import type * as undici from 'undici'
import type { Dispatcher } from 'undici'
import type { Clock } from '../environ/services.ts'
import type { Fault, FaultAnswer } from './faults.ts'
import { IdleClock } from './idle-clock.ts'
import { requestCredentials } from './secrets.ts'

/** A dispatcher on whose requests faults are planted. Disposing it closes its connections. */
export interface FaultyDispatcher extends AsyncDisposable {
  /** For `createEnvirons({ dispatcher })`. */
  readonly dispatcher: Dispatcher
  /** Time that passes only while no request is under way, and then a hundred times as fast. */
  readonly clock: Clock
  /** What was asked, oldest first: `POST /compute/v2.1/servers`. */
  readonly requests: readonly string[]
  /** The credentials that went out in headers. */
  readonly credentials: ReadonlySet<string>
  /** The request that met the fault. */
  readonly hit: string | undefined
  /** The n-th request from now, from 0, meets the fault. One is planted at a time. */
  plant(fault: Fault, request: number): void
  /** From now on nothing fails. */
  clear(): void
}

type Handler = Dispatcher.DispatchHandler
type Controller = Dispatcher.DispatchController
type Dispatch = Dispatcher['dispatch']

/** undici's classes of errors, which are loaded when the first dispatcher is made. */
type Errors = typeof undici.errors

const PAGE = '<html><body><h1>502 Bad Gateway</h1></body></html>'

/** The end of a request that is never sent: only its abort matters. */
class UnsentController implements Controller {
  readonly paused = false
  aborted = false
  reason: Error | null = null
  readonly #handler: Handler

  constructor(handler: Handler) {
    this.#handler = handler
  }

  pause(): void {}

  resume(): void {}

  abort(reason: Error): void {
    if (this.aborted) return
    this.aborted = true
    this.reason = reason
    this.#handler.onResponseError?.(this, reason)
  }
}

/** What the caller of undici meets, later than its call, as with any request. */
function unsent(handler: Handler, meets: (controller: Controller) => void): boolean {
  const controller = new UnsentController(handler)
  handler.onRequestStart?.(controller, {})
  setImmediate(() => {
    if (!controller.aborted) meets(controller)
  })
  return true
}

function answered(handler: Handler, { status, headers = {}, body = '' }: FaultAnswer): boolean {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const type = { 'content-type': typeof body === 'string' ? 'text/plain' : 'application/json' }
  return unsent(handler, (controller) => {
    handler.onResponseStart?.(controller, status, { ...type, ...headers }, '')
    if (text !== '') handler.onResponseData?.(controller, Buffer.from(text))
    handler.onResponseEnd?.(controller, {})
  })
}

/** Sends the request, and hands its answer on only as far as `deliver` does. */
function afterwards(
  dispatch: Dispatch,
  options: Dispatcher.DispatchOptions,
  handler: Handler,
  deliver: (controller: Controller, answer: { status: number; headers: Headers; body: Buffer }) => void,
): boolean {
  let status = 0
  let headers: Headers = {}
  const chunks: Buffer[] = []
  return dispatch(options, {
    onRequestStart: (controller, context) => handler.onRequestStart?.(controller, context),
    onResponseStart: (_controller, code, fields) => {
      if (code < 200) return
      status = code
      headers = fields
    },
    onResponseData: (_controller, chunk) => {
      chunks.push(chunk)
    },
    onResponseEnd: (controller) => deliver(controller, { status, headers, body: Buffer.concat(chunks) }),
    onResponseError: (controller, error) => handler.onResponseError?.(controller, error),
  })
}

type Headers = Parameters<NonNullable<Handler['onResponseStart']>>[2]

/** The request as it meets its fault. */
function spoiled(
  fault: Fault,
  dispatch: Dispatch,
  options: Dispatcher.DispatchOptions,
  handler: Handler,
  errors: Errors,
): boolean {
  const closed = (): Error => new errors.SocketError('other side closed')
  const refused = (): Error =>
    Object.assign(new Error(`connect ECONNREFUSED ${String(options.origin)}`), { code: 'ECONNREFUSED' })
  switch (fault) {
    case 'refused':
      return unsent(handler, (controller) => handler.onResponseError?.(controller, refused()))
    case 'reset-before':
      return unsent(handler, (controller) => handler.onResponseError?.(controller, closed()))
    case 'silence':
      return unsent(handler, (controller) => {
        if (options.headersTimeout === 0) return
        handler.onResponseError?.(controller, new errors.HeadersTimeoutError())
      })
    case 'html':
      return answered(handler, { status: 502, headers: { 'content-type': 'text/html' }, body: PAGE })
    case 'reset-after':
      return afterwards(dispatch, options, handler, (controller) =>
        handler.onResponseError?.(controller, closed()),
      )
    case 'truncated':
      return afterwards(dispatch, options, handler, (controller, { status, headers, body }) => {
        handler.onResponseStart?.(controller, status, headers, '')
        if (body.length > 1) handler.onResponseData?.(controller, body.subarray(0, body.length / 2))
        handler.onResponseError?.(controller, closed())
      })
    default:
      return answered(handler, fault)
  }
}

/** The handler, which tells when its request is over. */
function watched(handler: Handler, over: () => void): Handler {
  return {
    onRequestStart: (controller, context) => handler.onRequestStart?.(controller, context),
    onRequestUpgrade: (...given) => handler.onRequestUpgrade?.(...given),
    onResponseStart: (...given) => handler.onResponseStart?.(...given),
    onResponseData: (...given) => handler.onResponseData?.(...given),
    onResponseEnd: (...given) => {
      over()
      handler.onResponseEnd?.(...given)
    },
    onResponseError: (...given) => {
      over()
      handler.onResponseError?.(...given)
    },
  }
}

/** Sends requests by `over`, a new connection pool unless another is given. */
export async function faultyDispatcher(over?: Dispatcher): Promise<FaultyDispatcher> {
  const { Agent, errors } = await import('undici')
  const inner = over ?? new Agent()
  const requests: string[] = []
  const credentials = new Set<string>()
  let planted: { readonly fault: Fault; left: number } | undefined
  let hit: string | undefined
  const clock = new IdleClock()
  const dispatcher = inner.compose((dispatch) => (options, handed) => {
    const handler = watched(handed, clock.busy())
    const request = `${options.method} ${options.path}`
    requests.push(request)
    for (const credential of requestCredentials(options.headers)) credentials.add(credential)
    if (!planted || planted.left-- > 0) return dispatch(options, handler)
    const { fault } = planted
    planted = undefined
    hit = request
    return spoiled(fault, dispatch, options, handler, errors)
  })
  return {
    dispatcher,
    clock,
    requests,
    credentials,
    get hit() {
      return hit
    },
    plant: (fault, request) => {
      planted = { fault, left: request }
      hit = undefined
    },
    clear: () => {
      planted = undefined
    },
    [Symbol.asyncDispose]: () => (over ? Promise.resolve() : inner.close()),
  }
}
