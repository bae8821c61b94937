import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import {
  EnvironsError,
  NotFoundError,
  NotValidError,
  RateLimitedError,
  UnauthorizedError,
} from '../environ/errors.ts'
import type { Logger } from '../environ/services.ts'
import {
  type ControllerHealth,
  type ControllerInfo,
  type ControllerMachine,
  type LoginRequest,
  PATHS,
} from './api.ts'
import type { Sessions } from './sessions.ts'

const MAX_BODY_BYTES = 4_096
const REQUEST_MS = 10_000
const MAX_CONNECTIONS = 256

/** What the controller can tell. */
export interface ControllerState {
  health(): ControllerHealth
  info(): ControllerInfo
  machines(signal: AbortSignal): Promise<readonly ControllerMachine[]>
}

/** How the API is served. */
export interface ApiServerOptions {
  /** PEM. */
  readonly cert: string
  readonly key: string
  readonly sessions: Sessions
  readonly state: ControllerState
  readonly logger: Logger
}

interface Route {
  readonly method: 'GET' | 'POST'
  readonly open?: true
  answer(request: IncomingMessage, signal: AbortSignal): unknown
}

const STATUS: readonly (readonly [typeof EnvironsError, number])[] = [
  [NotValidError, 400],
  [UnauthorizedError, 401],
  [NotFoundError, 404],
  [RateLimitedError, 429],
]

async function loginRequest(request: IncomingMessage): Promise<LoginRequest> {
  const chunks: Buffer[] = []
  let size = 0
  // The connection is still needed for the answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) throw new NotValidError('the request is too long')
    chunks.push(chunk)
  }
  try {
    const { user, password } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Partial<LoginRequest>
    if (typeof user === 'string' && typeof password === 'string') return { user, password }
  } catch {
    // What was sent may hold the password: nothing of it is repeated.
  }
  throw new NotValidError('a login has a user and a password, both texts')
}

const tokenOf = ({ headers }: IncomingMessage): string | undefined =>
  /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1]

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    // What was not read of a request must not be taken for the next one.
    ...(status === 400 ? { connection: 'close' } : {}),
  })
  response.end(text)
}

/** The controller's API over HTTPS; the caller lets it listen. */
export function apiServer({ cert, key, sessions, state, logger }: ApiServerOptions): Server {
  const routes: Readonly<Record<string, Route>> = {
    [PATHS.health]: { method: 'GET', open: true, answer: () => state.health() },
    [PATHS.login]: {
      method: 'POST',
      open: true,
      answer: async (request) => await sessions.login(await loginRequest(request)),
    },
    [PATHS.controller]: { method: 'GET', answer: () => state.info() },
    [PATHS.machines]: {
      method: 'GET',
      answer: async (_, signal) => ({ machines: await state.machines(signal) }),
    },
  }

  const answer = async (request: IncomingMessage, signal: AbortSignal): Promise<unknown> => {
    const path = (request.url ?? '').split('?', 1)[0] ?? ''
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined
    if (!route || route.method !== request.method) throw new NotFoundError('there is no such resource')
    if (!route.open) sessions.check(tokenOf(request))
    return await route.answer(request, signal)
  }

  const server = createServer({ cert, key, minVersion: 'TLSv1.2' }, (request, response) => {
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    answer(request, gone.signal).then(
      (body) => send(response, 200, body),
      (error: unknown) => {
        if (response.destroyed) return
        const known = error instanceof EnvironsError
        const status = STATUS.find(([Type]) => error instanceof Type)?.[1] ?? (known ? 502 : 500)
        if (status >= 500) logger.warn('a request failed', { path: request.url, error })
        // The text of an error that is not ours may say anything.
        const message = known ? error.message : 'the controller failed; its log says why'
        send(response, status, { error: { code: known ? error.code : 'INTERNAL', message } })
      },
    )
  })
  server.maxConnections = MAX_CONNECTIONS
  server.headersTimeout = REQUEST_MS
  server.requestTimeout = REQUEST_MS
  return server
}
