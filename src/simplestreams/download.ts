import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, type Dispatcher, request } from 'undici'
import {
  EnvironsError,
  type ErrorDetails,
  ForbiddenError,
  NotFoundError,
  RateLimitedError,
  TimeoutError,
  UnauthorizedError,
  UnavailableError,
} from '../environ/errors.ts'
import { MAX_DOCUMENT_BYTES } from './document-size.ts'
import type { UrlOptions } from './url-source.ts'

const TRIES = 3
const FIRST_DELAY_MS = 1_000
const MAX_DELAY_MS = 5_000
const MAX_REDIRECTS = 5
const TIMEOUT_MS = 60_000

const BY_STATUS: Readonly<Record<number, typeof EnvironsError>> = {
  401: UnauthorizedError,
  403: ForbiddenError,
  404: NotFoundError,
  410: NotFoundError,
  429: RateLimitedError,
}

/** Trying again would bring the same. */
class FinalError extends UnavailableError {}

const mayRepeat = (error: unknown): boolean =>
  error instanceof RateLimitedError || (error instanceof UnavailableError && !(error instanceof FinalError))

function refused(url: string, status: number): EnvironsError {
  const details: ErrorDetails = { resource: url, status }
  const Type = BY_STATUS[status] ?? (status >= 500 || status === 408 ? UnavailableError : FinalError)
  return new Type(`${url} answered ${status}`, details)
}

async function readBody(
  { body, headers }: Dispatcher.ResponseData,
  maxBytes: number,
  url: string,
): Promise<Uint8Array> {
  const tooLarge = () => new FinalError(`${url} is larger than ${maxBytes} bytes`, { resource: url })
  const announced = headers['content-length']
  if (announced !== undefined) {
    // undici itself sees to it that no more comes than was announced.
    if (Number(announced) <= maxBytes) return new Uint8Array(await body.arrayBuffer())
    body.on('error', () => undefined).destroy()
    throw tooLarge()
  }
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Where a redirect leads. Never from https to http, and to nothing else. */
function redirected(from: string, location: string | string[] | undefined): string {
  const target =
    typeof location === 'string' && URL.canParse(location, from) ? new URL(location, from) : undefined
  const allowed = target?.protocol === 'https:' || (target?.protocol === 'http:' && from.startsWith('http:'))
  if (target && allowed) return target.href
  throw new FinalError(`${from} redirects to where it may not`, { resource: from })
}

/** What is done with an answer; again with each try. */
export interface Reading<T> {
  readonly encoding: 'gzip' | 'identity'
  readonly read: (response: Dispatcher.ResponseData) => Promise<T>
}

/** Of options with TLS of their own. Connections that are idle close themselves and keep no process alive. */
const agents = new WeakMap<UrlOptions, Agent>()

function dispatcherOf(options: UrlOptions): Dispatcher | undefined {
  const { dispatcher, tls } = options
  if (dispatcher || !tls) return dispatcher
  const { ca, verify = true } = tls
  const agent =
    agents.get(options) ??
    new Agent({ connect: { rejectUnauthorized: verify, ...(ca === undefined ? {} : { ca }) } })
  agents.set(options, agent)
  return agent
}

async function once<T>(
  url: string,
  options: UrlOptions,
  { encoding, read }: Reading<T>,
  signal: AbortSignal,
): Promise<T> {
  const dispatcher = dispatcherOf(options)
  let from = url
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await request(from, {
      signal,
      headers: { accept: '*/*', 'accept-encoding': encoding, 'user-agent': 'cloud-environs' },
      ...(dispatcher ? { dispatcher } : {}),
    })
    const { statusCode: status } = response
    if (status === 200) return await read(response)
    await response.body.dump()
    if (![301, 302, 303, 307, 308].includes(status)) throw refused(url, status)
    from = redirected(from, response.headers['location'])
  }
  throw new FinalError(`${url} redirects more than ${MAX_REDIRECTS} times`, { resource: url })
}

/** Downloads a document; see {@link readUrl}. */
export async function download(url: string, options: UrlOptions, outer?: AbortSignal): Promise<Uint8Array> {
  const { maxBytes = MAX_DOCUMENT_BYTES } = options
  const read = (response: Dispatcher.ResponseData) => readBody(response, maxBytes, url)
  return await readUrl(url, options, { encoding: 'gzip', read }, outer)
}

/**
 * Reads what is at an address: three tries, a second and then two apart, within the time limit.
 * @throws EnvironsError of the kind that the failure is; the signal's own reason when the caller aborts
 */
export async function readUrl<T>(
  url: string,
  options: UrlOptions,
  reading: Reading<T>,
  outer?: AbortSignal,
): Promise<T> {
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS
  const timeout = AbortSignal.timeout(timeoutMs)
  const signal = outer ? AbortSignal.any([outer, timeout]) : timeout
  const pause = (ms: number) =>
    options.clock ? options.clock.sleep(ms, { signal }) : sleep(ms, undefined, { signal })
  for (let tries = 1, delay = FIRST_DELAY_MS; ; tries++, delay = Math.min(delay * 2, MAX_DELAY_MS)) {
    try {
      try {
        return await once(url, options, reading, signal)
      } catch (error) {
        if (signal.aborted || error instanceof EnvironsError) throw error
        throw new UnavailableError(`${url} cannot be reached`, {
          cause: error,
          resource: url,
          hint: 'check the address, and that it can be reached from here',
        })
      }
    } catch (error) {
      outer?.throwIfAborted()
      if (timeout.aborted) {
        throw new TimeoutError(`${url} was not read within ${timeoutMs} ms`, { cause: error, resource: url })
      }
      if (tries === TRIES || !mayRepeat(error)) throw error
    }
    try {
      await pause(delay)
    } catch (error) {
      outer?.throwIfAborted()
      throw new TimeoutError(`${url} was not read within ${timeoutMs} ms`, { cause: error, resource: url })
    }
  }
}
