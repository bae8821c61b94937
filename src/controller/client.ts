import type { Duplex } from 'node:stream'
import { connect as tlsConnect, type TLSSocket } from 'node:tls'
import { callbackify } from 'node:util'
import { Client, type Dispatcher } from 'undici'
import type { Secret } from '../cloud/secret.ts'
import type { APIInfo } from '../environ/bootstrap.ts'
import { ADMIN_USER } from '../environ/constants.ts'
import {
  EnvironsError,
  ForbiddenError,
  NotFoundError,
  NotValidError,
  RateLimitedError,
  UnauthorizedError,
  UnavailableError,
  UntrustedError,
} from '../environ/errors.ts'
import type { CallOptions } from '../environ/options.ts'
import type { Dialer } from '../environ/services.ts'
import {
  API_SERVER_NAME,
  type ControllerHealth,
  type ControllerInfo,
  type ControllerMachine,
  type ErrorAnswer,
  type LoginAnswer,
  PATHS,
} from './api.ts'

const CONNECT_MS = 20_000
const ANSWER_MS = 30_000
const MAX_ANSWER_BYTES = 16 * 1024 * 1024

/** How a controller is reached. */
export interface ConnectControllerOptions extends CallOptions {
  readonly dialer: Dialer
}

const BY_STATUS: Readonly<Record<number, typeof EnvironsError>> = {
  400: NotValidError,
  401: UnauthorizedError,
  403: ForbiddenError,
  404: NotFoundError,
  429: RateLimitedError,
}

/** Codes of OpenSSL for a certificate that the pinned authority did not sign, or not for this controller. */
const UNTRUSTED = /^(UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|CERT_|ERR_TLS_CERT_|INVALID_CA|HOSTNAME_MISMATCH)/

function unreachable(address: string, error: unknown): EnvironsError {
  const { code = '', message } = error as NodeJS.ErrnoException
  if (UNTRUSTED.test(code)) {
    return new UntrustedError(`the certificate at ${address} is not this controller's: ${message}`, {
      cause: error,
      resource: address,
      hint: 'somebody may be in between, or another machine has this address now: do not log in there',
    })
  }
  return new UnavailableError(`the controller does not answer at ${address}: ${message}`, {
    cause: error,
    resource: address,
  })
}

/** TLS to an address, with no other authority than the controller's own. */
async function secured(
  address: string,
  caCert: string,
  { dialer, signal }: ConnectControllerOptions,
): Promise<TLSSocket> {
  const { hostname, port } = new URL(`https://${address}`)
  const host = hostname.replace(/^\[|\]$/g, '')
  const limit = AbortSignal.timeout(CONNECT_MS)
  const either = signal ? AbortSignal.any([signal, limit]) : limit
  const raw: Duplex = await dialer.dial({ host, port: Number(port || 443) }, { signal: either })
  return await new Promise((resolve, reject) => {
    const socket = tlsConnect({
      socket: raw,
      ca: [caCert],
      servername: API_SERVER_NAME,
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['http/1.1'],
    })
    const onAbort = (): void => fail(either.reason)
    const fail = (error: unknown): void => {
      either.removeEventListener('abort', onAbort)
      socket.destroy()
      reject(error)
    }
    socket.once('error', fail)
    either.addEventListener('abort', onAbort, { once: true })
    socket.once('secureConnect', () => {
      either.removeEventListener('abort', onAbort)
      socket.off('error', fail)
      resolve(socket)
    })
  })
}

/** A connection to a controller, as `admin@local` once it is logged in. */
export class ControllerClient implements AsyncDisposable {
  /** `host:port` that it is connected to. */
  readonly address: string
  readonly #client: Client
  readonly #closing: AbortController
  #token: string | undefined

  constructor(address: string, client: Client, closing: AbortController) {
    this.address = address
    this.#client = client
    this.#closing = closing
  }

  async health(options?: CallOptions): Promise<ControllerHealth> {
    return await this.#send<ControllerHealth>('GET', PATHS.health, undefined, options)
  }

  /** @throws UnauthorizedError for a wrong password, RateLimitedError after several of them */
  async login(password: Secret, options?: CallOptions): Promise<void> {
    const body = { user: ADMIN_USER, password: password.reveal() }
    this.#token = (await this.#send<LoginAnswer>('POST', PATHS.login, body, options)).token
  }

  /** @throws UnauthorizedError when not logged in */
  async controller(options?: CallOptions): Promise<ControllerInfo> {
    return await this.#send<ControllerInfo>('GET', PATHS.controller, undefined, options)
  }

  /** The machines of the controller's model. @throws UnauthorizedError when not logged in; the cloud's error */
  async machines(options?: CallOptions): Promise<readonly ControllerMachine[]> {
    const { machines } = await this.#send<{ machines: readonly ControllerMachine[] }>(
      'GET',
      PATHS.machines,
      undefined,
      options,
    )
    return machines
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A connection that is still being made would keep the process for as long as that may take.
    this.#closing.abort()
    await this.#client.destroy()
  }

  async #send<T>(
    method: 'GET' | 'POST',
    path: string,
    body: unknown,
    { signal }: CallOptions = {},
  ): Promise<T> {
    signal?.throwIfAborted()
    let answer: Dispatcher.ResponseData
    let text: string
    try {
      const asked = this.#client.request({
        method,
        path,
        signal: signal ?? null,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      answer = await unlessAborted(asked, signal)
      text = await answer.body.text()
    } catch (error) {
      signal?.throwIfAborted()
      throw error instanceof EnvironsError ? error : unreachable(this.address, error)
    }
    const said = parsed(text)
    if (answer.statusCode === 200 && said !== undefined) return said as T
    const { code, message } = (said as Partial<ErrorAnswer> | undefined)?.error ?? {}
    const Type = BY_STATUS[answer.statusCode] ?? UnavailableError
    throw new Type(`the controller at ${this.address} says: ${message ?? `status ${answer.statusCode}`}`, {
      resource: `${method} ${path}`,
      status: answer.statusCode,
      ...(code === undefined ? {} : { cause: code }),
    })
  }
}

/** undici hears of an abort only when it is connected. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  let stop = (): void => undefined
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal?.reason as Error)
    signal?.addEventListener('abort', stop, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function clientAt(address: string, caCert: string, dialer: Dialer): ControllerClient {
  const closing = new AbortController()
  const connect = callbackify(async () => {
    try {
      return await secured(address, caCert, { dialer, signal: closing.signal })
    } catch (error) {
      throw unreachable(address, error)
    }
  })
  const client = new Client(`https://${address}`, {
    headersTimeout: ANSWER_MS,
    bodyTimeout: ANSWER_MS,
    maxResponseSize: MAX_ANSWER_BYTES,
    connect: (_, callback) =>
      connect((error, socket) => (error ? callback(error, null) : callback(null, socket))),
  })
  return new ControllerClient(address, client, closing)
}

async function answering(
  address: string,
  { caCert, controllerUuid }: APIInfo,
  options: ConnectControllerOptions,
): Promise<ControllerClient> {
  const client = clientAt(address, caCert, options.dialer)
  try {
    const { controllerUuid: actual } = await client.health(options)
    if (actual === controllerUuid) return client
    throw new UntrustedError(`another controller answers at ${address}: ${actual}`, {
      resource: address,
      hint: 'another controller of the same authority has this address now: do not log in there',
    })
  } catch (error) {
    await client[Symbol.asyncDispose]()
    throw error
  }
}

/**
 * Connects to the first address where the controller answers with a certificate of its own authority; all are tried at
 * once.
 * @throws UntrustedError when there is another certificate, UnavailableError when none answers
 */
export async function connectController(
  info: APIInfo,
  { signal, dialer }: ConnectControllerOptions,
): Promise<ControllerClient> {
  const won = new AbortController()
  const either = signal ? AbortSignal.any([signal, won.signal]) : won.signal
  const attempts = info.addresses.map((address) => answering(address, info, { dialer, signal: either }))
  try {
    const client = await Promise.any(attempts)
    won.abort()
    for (const attempt of attempts) {
      // One that came second is closed.
      attempt.then(
        (other) => (other === client ? undefined : other[Symbol.asyncDispose]()),
        () => undefined,
      )
    }
    return client
  } catch (error) {
    signal?.throwIfAborted()
    const errors: unknown[] = error instanceof AggregateError ? error.errors : [error]
    const [first = new UnavailableError('the controller has no address')] = [
      ...errors.filter((each) => each instanceof UntrustedError),
      ...errors,
    ]
    throw first
  }
}
