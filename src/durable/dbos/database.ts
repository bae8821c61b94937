import type { Pool, PoolClient, QueryResultRow } from 'pg'
import { Secret } from '../../cloud/secret.ts'
import { NotSupportedError, NotValidError } from '../../environ/errors.ts'
import type { CallOptions, Clock, Logger } from '../../environ/index.ts'
import { failure, isCollision, isOutage, type Place, resourceOf } from './failures.ts'

/** Milliseconds. */
const CONNECT_TIMEOUT = 8_000
const QUERY_TIMEOUT = 60_000
const IDLE_IN_TRANSACTION = 10_000
const MAX_PAUSE = 2_000

/** With the engine's, a worker has 23 at most; PostgreSQL allows 100 unless it is told otherwise. */
const CONNECTIONS = 8
const COLLISIONS = 20

/** Loads the packages that the engine needs. @throws NotSupportedError */
export async function packages() {
  try {
    const [{ default: pg }, sdk] = await Promise.all([import('pg'), import('@dbos-inc/dbos-sdk')])
    return { pg, sdk }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause
    throw new NotSupportedError('jobs on PostgreSQL need the packages @dbos-inc/dbos-sdk and pg', {
      cause,
      hint: 'npm install @dbos-inc/dbos-sdk pg',
    })
  }
}

export type Packages = Awaited<ReturnType<typeof packages>>

function placeOf(url: Secret): Place {
  if (URL.canParse(url.reveal())) {
    const { protocol, hostname, port, pathname } = new URL(url.reveal())
    const database = pathname.slice(1)
    if (/^postgres(ql)?:$/.test(protocol) && hostname && database) {
      return { host: hostname, port: Number(port) || 5432, database: decodeURI(database) }
    }
  }
  throw new NotValidError('the URL of the database is not valid', {
    hint: 'it has the form postgresql://user:password@host:port/database',
  })
}

/** What a database is reached by. */
export interface DatabaseOptions {
  readonly url: Secret
  readonly packages: Packages
  readonly clock: Clock
  readonly logger: Logger
}

/** A PostgreSQL database, with errors in the contract's words. */
export class Database implements AsyncDisposable {
  readonly url: Secret
  readonly place: Place
  readonly packages: Packages
  readonly pool: Pool
  readonly clock: Clock
  readonly logger: Logger
  #isAway = false
  /** Counts comings and goings: what was begun before the last one tells nothing. */
  #turn = 0

  constructor({ url, packages, clock, logger }: DatabaseOptions) {
    this.url = url
    this.place = placeOf(url)
    this.packages = packages
    this.clock = clock
    this.logger = logger
    this.pool = this.newPool(CONNECTIONS)
  }

  /** Further connections. What an idle one throws when it ends has nobody else to hear it. */
  newPool(max: number): Pool {
    const pool = new this.packages.pg.Pool({
      connectionString: this.url.reveal(),
      connectionTimeoutMillis: CONNECT_TIMEOUT,
      query_timeout: QUERY_TIMEOUT,
      // A worker that stands still in a transaction would hold up all others.
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION,
      keepAlive: true,
      allowExitOnIdle: true,
      max,
    })
    pool.on('error', () => undefined)
    pool.on('connect', (client) => client.on('error', () => undefined))
    return pool
  }

  /** Rows of one statement. */
  async query<R extends QueryResultRow>(
    text: string,
    values: unknown[] = [],
    options: CallOptions = {},
  ): Promise<readonly R[]> {
    return await this.#told(async () => (await this.pool.query<R>(text, values)).rows, options)
  }

  /** Statements that all count or none does; done again when they collide with others'. */
  async transaction<T>(act: (client: PoolClient) => Promise<T>, options: CallOptions = {}): Promise<T> {
    return await this.#told(async () => {
      for (let attempt = 1; ; attempt++) {
        const client = await this.pool.connect()
        let broken: unknown
        try {
          await client.query('BEGIN')
          const result = await act(client)
          await client.query('COMMIT')
          return result
        } catch (error) {
          await client.query('ROLLBACK').catch((cause: unknown) => {
            broken = cause
          })
          if (!isCollision(error) || attempt === COLLISIONS) throw error
        } finally {
          client.release(broken instanceof Error)
        }
      }
    }, options)
  }

  /** Does something of which a task depends again and again until the database is there; one warning an outage. */
  async patiently<T>(act: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (let pause = 100; ; pause = Math.min(2 * pause, MAX_PAUSE)) {
      signal.throwIfAborted()
      const turn = this.#turn
      try {
        return await act()
      } catch (error) {
        const cause = (error as { readonly cause?: unknown }).cause ?? error
        if (!isOutage(cause)) throw error
        this.#tellAway(error, turn)
        await this.clock.sleep(pause, { signal })
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pool.end()
  }

  #tellAway(error: unknown, turn: number): void {
    if (this.#isAway || turn !== this.#turn) return
    this.#isAway = true
    this.#turn += 1
    const told = failure(error, this.place)
    const message = told instanceof Error ? told.message : String(told)
    this.logger.warn(`${message}; work goes on when that is over`)
  }

  #tellBack(turn: number): void {
    if (!this.#isAway || turn !== this.#turn) return
    this.#isAway = false
    this.#turn += 1
    this.logger.info(`${resourceOf(this.place)} is back`)
  }

  async #told<T>(act: () => Promise<T>, { signal }: CallOptions): Promise<T> {
    signal?.throwIfAborted()
    const turn = this.#turn
    const acted = act().then(
      (result) => {
        this.#tellBack(turn)
        return result
      },
      (error: unknown) => {
        throw failure(error, this.place)
      },
    )
    if (!signal) return await acted
    const left = new AbortController()
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: left.signal })
    })
    try {
      return await Promise.race([acted, aborted])
    } finally {
      left.abort()
    }
  }
}

/** A URL with its password before the host: there the engine hides it, too, in what it logs and throws. */
export function secretUrl(given: string | Secret): Secret {
  const text = typeof given === 'string' ? given : given.reveal()
  const url = URL.canParse(text) ? new URL(text) : undefined
  const password = url?.searchParams.get('password') ?? undefined
  if (!url || password === undefined) return new Secret(text)
  url.searchParams.delete('password')
  url.password = encodeURIComponent(password)
  return new Secret(url.href)
}
