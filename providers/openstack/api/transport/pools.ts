/** Connections: one undici `Pool` for each origin, made when the origin is first needed. */

import { X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { NotValidError, Secret } from 'cloud-environs'
import type { Dispatcher, Pool } from 'undici'

/** How a TLS connection is made. All PEM texts, not paths. */
export interface TlsOptions {
  /** Certificates to trust instead of the system's. */
  readonly cacert?: string | undefined
  /** Client certificate, together with `key`. */
  readonly cert?: string | undefined
  readonly key?: string | Secret | undefined
  /** `false` accepts any certificate. Only for trials: whoever sits in between gets the password. */
  readonly verify?: boolean | undefined
}

const CONNECTIONS_PER_ORIGIN = 16
const CONNECT_TIMEOUT_MS = 10_000

/** The connections of one transport, all with the same TLS options. */
export class Pools {
  readonly #tls: TlsOptions
  readonly #pools = new Map<string, Promise<Pool>>()

  constructor(tls: TlsOptions = {}) {
    this.#tls = tls
  }

  /** The pool for `https://host:port`. @throws NotValidError for TLS options that are no PEM texts */
  for(origin: string): Promise<Dispatcher> {
    let pool = this.#pools.get(origin)
    if (!pool) {
      checkPem(this.#tls)
      pool = this.#open(origin)
      this.#pools.set(origin, pool)
    }
    return pool
  }

  /** Waits for the requests under way, then closes all connections. */
  async close(): Promise<void> {
    const pools = await Promise.all(this.#pools.values())
    await Promise.all(pools.map((pool) => pool.close()))
  }

  async #open(origin: string): Promise<Pool> {
    // Loaded here because it costs 40 ms, and not at all when the caller brings a dispatcher.
    const { Pool } = await import('undici')
    const { cacert, cert, key, verify } = this.#tls
    // The default keep-alive of 4 s, and the server's own hint, stay: a request that meets a connection the server
    // is just closing has an unknown outcome, which for a create is an error.
    return new Pool(origin, {
      connections: CONNECTIONS_PER_ORIGIN,
      pipelining: 1,
      connect: {
        timeout: CONNECT_TIMEOUT_MS,
        rejectUnauthorized: verify !== false,
        ...(cacert === undefined ? {} : { ca: cacert }),
        ...(cert === undefined ? {} : { cert }),
        ...(key === undefined ? {} : { key: pemOf(key) }),
      },
    })
  }
}

const pemOf = (key: string | Secret | undefined): string | undefined =>
  key instanceof Secret ? key.reveal() : key

/** Node passes over a `ca` that it cannot read, which then looks like an untrusted server. */
function checkPem({ cacert, cert, key }: TlsOptions): void {
  try {
    if (cacert !== undefined) new X509Certificate(cacert)
    if (cert !== undefined || key !== undefined) createSecureContext({ cert, key: pemOf(key) })
  } catch (cause) {
    const which = cacert === undefined ? 'cert and key are' : 'cacert, cert or key is'
    throw new NotValidError(`${which} not usable as PEM text`, {
      cause,
      hint: 'check that they are PEM texts and not paths, and that cert and key belong together',
    })
  }
}
