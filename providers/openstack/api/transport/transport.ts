/** Sends requests: connections, deadlines, repetitions, and typed errors for everything that is not an answer. */

import { type EnvironsError, NotValidError, TimeoutError, UnavailableError } from 'cloud-environs'
import type { Clock, Logger, RandomSource } from 'cloud-environs/provider'
import type { Dispatcher } from 'undici'
import { whenAborted } from './abort.ts'
import { describeText, isHtml, readText, TooLargeError } from './body.ts'
import { failedConnection } from './connection-failure.ts'
import { eventOf, type RequestHooks, type ResponseEvent, tell } from './hooks.ts'
import { annotate, failedAnswer, isRepeatable, sentence } from './failure.ts'
import { payloadOf } from './payload.ts'
import { Pools, type TlsOptions } from './pools.ts'
import { shownUrl } from './redact.ts'
import { headerOf, type HttpAnswer, type HttpRequest, urlWithQuery } from './request.ts'
import { type FailedTry, MAX_TRIES, mayRepeat, retryDelayMs } from './retry.ts'

const HEADERS_TIMEOUT_MS = 60_000
const BODY_IDLE_TIMEOUT_MS = 60_000
const MAX_RESPONSE_BYTES = 64 * 1024 * 1024
const PRODUCT = 'cloud-environs'

/** What a transport needs. */
export interface TransportOptions {
  readonly dispatcher?: Dispatcher | undefined
  readonly tls?: TlsOptions | undefined
  readonly userAgent?: string | undefined
  /** Bytes of one answer at most, default 64 MiB. */
  readonly maxResponseBytes?: number | undefined
  readonly hooks?: RequestHooks | undefined
  readonly logger: Logger
  readonly clock: Clock
  readonly random: RandomSource
}

/** Sends requests to any origin; what may go where is decided above it. Redirects are not followed. */
export class Transport {
  readonly #options: TransportOptions
  readonly #pools: Pools
  readonly #maxBytes: number
  readonly #userAgent: string
  #closing: Promise<void> | undefined

  constructor(options: TransportOptions) {
    this.#options = options
    this.#pools = new Pools(options.tls)
    this.#maxBytes = options.maxResponseBytes ?? MAX_RESPONSE_BYTES
    this.#userAgent = options.userAgent === undefined ? PRODUCT : `${options.userAgent} ${PRODUCT}`
  }

  /**
   * Sends it, again if that is safe and may help, until the deadline.
   * @throws EnvironsError of the kind that the failure is; the signal's own reason when the caller aborts
   */
  async request(request: HttpRequest): Promise<HttpAnswer> {
    const { clock, random, logger } = this.#options
    for (let tries = 1; ; tries++) {
      request.signal?.throwIfAborted()
      const outcome = await this.#observed(request, tries)
      if (!('error' in outcome)) return outcome
      if (tries >= MAX_TRIES || !mayRepeat(outcome, isRepeatable(request))) throw outcome.error
      const delay = retryDelayMs(tries, outcome.retryAfterMs, random)
      // Waiting for a try that cannot be made any more would only hide what is wrong.
      if (clock.now() + delay >= request.deadline) throw outcome.error
      logger.debug('repeating a request', () => ({
        ...subjectOf(request),
        tries,
        delayMs: delay,
        after: outcome.error.message,
      }))
      await clock.sleep(delay, { signal: request.signal })
    }
  }

  /** Lets requests under way end, then closes our own connections. Requests after it fail. */
  close(): Promise<void> {
    return (this.#closing ??= this.#pools.close())
  }

  /** One try, with the hooks told. */
  async #observed(request: HttpRequest, attempt: number): Promise<HttpAnswer | FailedTry> {
    const { hooks, clock, logger } = this.#options
    if (!hooks) return await this.#try(request)
    const event = eventOf(request, urlWithQuery(request.url, request.query), attempt)
    tell(hooks.onRequest?.bind(hooks), event, logger)
    const started = clock.now()
    const done = (result: Pick<ResponseEvent, 'status' | 'requestId' | 'error'>): void =>
      tell(hooks.onResponse?.bind(hooks), { ...event, ...result, durationMs: clock.now() - started }, logger)
    try {
      const outcome = await this.#try(request)
      const { status, requestId } = 'error' in outcome ? outcome.error : outcome
      done({ status, requestId, ...('error' in outcome ? { error: outcome.error } : {}) })
      return outcome
    } catch (error) {
      done({ error: error instanceof Error ? error : new Error(String(error)) })
      throw error
    }
  }

  async #try(request: HttpRequest): Promise<HttpAnswer | FailedTry> {
    const { clock, dispatcher } = this.#options
    if (this.#closing) return final(new UnavailableError(sentence(request, 'the connection was closed')))
    const started = clock.now()
    if (started >= request.deadline) return final(this.#timedOut(request, false))

    // Waiting on the network takes real time, so the deadline of one try is a real timer whatever the clock.
    const abort = new AbortController()
    const payload = payloadOf(request)
    const timer = setTimeout(() => abort.abort(), Math.min(request.deadline - started, 2 ** 31 - 1))
    const { signal } = request
    const release = signal && whenAborted(signal, () => abort.abort(signal.reason))
    try {
      const { origin, pathname, search } = urlWithQuery(request.url, request.query)
      const response = await (dispatcher ?? (await this.#pools.for(origin))).request({
        origin,
        path: pathname + search,
        method: request.method,
        headers: this.#headersOf(request, payload.contentType),
        body: payload.body,
        signal: abort.signal,
        headersTimeout: HEADERS_TIMEOUT_MS,
        bodyTimeout: BODY_IDLE_TIMEOUT_MS,
      })
      const text = await readText(response, this.#maxBytes)
      return this.#read(request, response, text, started)
    } catch (error) {
      if (request.signal?.aborted) throw request.signal.reason
      if (payload.failure) throw payload.failure.reason
      if (abort.signal.aborted) return final(this.#timedOut(request, true))
      if (error instanceof NotValidError) return final(error)
      if (error instanceof TooLargeError) return unreadable(request, error.message, 'final')
      return failedConnection(error, request)
    } finally {
      clearTimeout(timer)
      release?.()
    }
  }

  #headersOf({ headers }: HttpRequest, contentType: string | undefined): Record<string, string> {
    return {
      accept: 'application/json',
      'user-agent': this.#userAgent,
      ...(contentType === undefined ? {} : { 'content-type': contentType }),
      ...headers,
    }
  }

  #read(
    request: HttpRequest,
    { statusCode: status, headers }: Dispatcher.ResponseData,
    text: string,
    started: number,
  ): HttpAnswer | FailedTry {
    const { clock, logger } = this.#options
    const requestId = headerOf(headers, 'x-openstack-request-id') ?? headerOf(headers, 'x-compute-request-id')
    logger.debug('request', () => ({
      ...subjectOf(request),
      status,
      ms: clock.now() - started,
      bytes: text.length,
      ...(requestId === undefined ? {} : { requestId }),
    }))
    const answer = { status, headers, requestId }
    if ((status < 200 || status > 299) && !request.expect?.includes(status)) {
      return failedAnswer(answer, text, request, clock.now())
    }
    if (text === '') return { ...answer, json: undefined }
    try {
      return { ...answer, json: JSON.parse(text) as unknown }
    } catch {
      const contentType = headerOf(headers, 'content-type')
      const said = `the answer is ${describeText(text, contentType)}`
      return unreadable(request, said, isHtml(text, contentType) ? 'final' : 'unknown', requestId)
    }
  }

  #timedOut(request: HttpRequest, sent: boolean): EnvironsError {
    const error = new TimeoutError(sentence(request, 'no answer before the deadline'), {
      operation: request.operation,
      resource: request.resource,
      hint: `check that ${new URL(request.url).origin} can be reached, or allow more time`,
    })
    return annotate(error, { outcomeUnknown: sent && !isRepeatable(request) })
  }
}

function subjectOf({ method, url, secrets, operation, resource }: HttpRequest) {
  return { method, url: shownUrl(url, secrets), operation, resource }
}

function final(error: EnvironsError): FailedTry {
  return { error, outcome: 'final' }
}

/** A success that cannot be read. Something was done all the same. */
function unreadable(
  request: HttpRequest,
  said: string,
  outcome: 'final' | 'unknown',
  requestId?: string,
): FailedTry {
  const error = new UnavailableError(sentence(request, said, requestId), {
    operation: request.operation,
    resource: request.resource,
    hint: `check that ${shownUrl(request.url, request.secrets)} is the ${request.service} service, and not a dashboard or a proxy`,
    ...(requestId === undefined ? {} : { requestId }),
  })
  return { error: annotate(error, { outcomeUnknown: !isRepeatable(request) }), outcome }
}
