import { readFile, stat } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Dispatcher } from 'undici'
import { NotFoundError, NotValidError, UnavailableError } from '../environ/errors.ts'
import { DATA_SOURCE_PRIORITY, type DataSource } from '../environ/images.ts'
import type { CallOptions } from '../environ/options.ts'
import type { Clock } from '../environ/services.ts'
import { MAX_DOCUMENT_BYTES } from './document-size.ts'
import { relativePath } from './paths.ts'

/** How addresses are reached. */
export interface UrlOptions {
  /** Sends the requests when given (a proxy, a mock, an authority of one's own). */
  readonly dispatcher?: Dispatcher
  /** How https is spoken, unless there is a dispatcher. */
  readonly tls?: {
    /** PEM of certificates to trust instead of the system's. */
    readonly ca?: string
    /** `false` accepts any certificate. Default true. */
    readonly verify?: boolean
  }
  /** Waits between tries. Default: the machine's own time. */
  readonly clock?: Pick<Clock, 'sleep'>
  /** Bytes of one document at most. Default 64 MiB. */
  readonly maxBytes?: number
  /** Milliseconds that one document may take, tries and redirects included. Default 60 s. */
  readonly timeoutMs?: number
}

/** A place that serves documents. */
export interface UrlDataSourceOptions extends UrlOptions {
  /** For messages, and for `source` of what is found. */
  readonly description: string
  /** `https:`, `http:` or `file:` address, or an absolute directory. */
  readonly baseUrl: string
  /** Default: {@link DATA_SOURCE_PRIORITY}`.default`. */
  readonly priority?: number
  /** Whether only signed documents count. Default false. */
  readonly requireSigned?: boolean
  /** Armoured public keys, one of which has to have signed. */
  readonly publicSigningKey?: string
}

function baseOf(baseUrl: string): URL {
  const text = isAbsolute(baseUrl) ? pathToFileURL(baseUrl).href : baseUrl
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && ['http:', 'https:', 'file:'].includes(url.protocol) && !url.search && !url.hash) return url
  throw new NotValidError(`"${baseUrl}" is no place to read metadata from`, {
    hint: 'give an http, https or file address, or an absolute directory',
  })
}

async function readLocal(url: string, maxBytes: number, signal?: AbortSignal): Promise<Uint8Array> {
  const path = fileURLToPath(url)
  try {
    const { size } = await stat(path)
    if (size > maxBytes)
      throw new UnavailableError(`${url} is larger than ${maxBytes} bytes`, { resource: url })
    return await readFile(path, signal ? { signal } : {})
  } catch (error) {
    signal?.throwIfAborted()
    if (error instanceof UnavailableError) throw error
    const { code } = error as NodeJS.ErrnoException
    const missing = code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR'
    throw missing
      ? new NotFoundError(`${url} does not exist`, { cause: error, resource: url })
      : new UnavailableError(`${url} cannot be read`, { cause: error, resource: url })
  }
}

class UrlDataSource implements DataSource {
  readonly description: string
  readonly priority: number
  readonly requireSigned: boolean
  readonly publicSigningKey?: string
  readonly #base: string
  readonly #options: UrlOptions

  constructor(options: UrlDataSourceOptions) {
    this.description = options.description
    this.priority = options.priority ?? DATA_SOURCE_PRIORITY.default
    this.requireSigned = options.requireSigned ?? false
    if (options.publicSigningKey !== undefined) this.publicSigningKey = options.publicSigningKey
    this.#base = baseOf(options.baseUrl).href.replace(/\/+$/, '')
    this.#options = options
  }

  url(path: string): string {
    return `${this.#base}/${relativePath(path, this.#base)}`
  }

  async fetch(
    path: string,
    { signal }: CallOptions = {},
  ): Promise<{ readonly url: string; readonly data: Uint8Array }> {
    signal?.throwIfAborted()
    const url = this.url(path)
    if (url.startsWith('file:')) {
      return { url, data: await readLocal(url, this.#options.maxBytes ?? MAX_DOCUMENT_BYTES, signal) }
    }
    const { download } = await import('./download.ts')
    return { url, data: await download(url, this.#options, signal) }
  }
}

/**
 * A data source of documents below an address (Juju: `simplestreams.NewDataSource`). Makes no request.
 * @throws NotValidError for anything but an http, https or file address and an absolute directory
 */
export const urlDataSource = (options: UrlDataSourceOptions): DataSource => new UrlDataSource(options)
