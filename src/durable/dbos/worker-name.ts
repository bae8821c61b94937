import type { Client } from 'pg'
import { ConflictError } from '../../environ/errors.ts'
import type { Database } from './database.ts'
import { failure } from './failures.ts'

/** Milliseconds. A connection of a process that was killed ends within moments. */
const PATIENCE = 2_000
const PAUSE = 200

/** The name of a worker, held by a connection of its own: a process that dies lets go of it at once. */
export class WorkerName implements AsyncDisposable {
  readonly #database: Database
  readonly #name: string
  readonly #done = new AbortController()
  #client: Client | undefined

  private constructor(database: Database, name: string) {
    this.#database = database
    this.#name = name
  }

  /** @throws ConflictError when another worker has it */
  static async take(database: Database, name: string, signal?: AbortSignal): Promise<WorkerName> {
    const worker = new WorkerName(database, name)
    const until = database.clock.now() + PATIENCE
    while (!(await worker.#tryTake())) {
      if (database.clock.now() >= until) {
        throw new ConflictError(`there is another worker "${name}"`, {
          resource: `worker "${name}"`,
          hint: 'give each worker a name of its own',
        })
      }
      await database.clock.sleep(PAUSE, { signal })
    }
    return worker
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#done.abort()
    await this.#client?.end().catch(() => undefined)
  }

  async #tryTake(): Promise<boolean> {
    const { pg } = this.#database.packages
    const client = new pg.Client({
      connectionString: this.#database.url.reveal(),
      connectionTimeoutMillis: 8_000,
      keepAlive: true,
    })
    client.on('error', () => undefined)
    try {
      await client.connect()
      const { rows } = await client.query<{ taken: boolean }>(
        'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS taken',
        [`environs worker ${this.#name}`],
      )
      if (rows[0]?.taken) {
        this.#client = client
        client.once('end', () => void this.#takeAgain())
        return true
      }
    } catch (error) {
      await client.end().catch(() => undefined)
      throw failure(error, this.#database.place)
    }
    await client.end()
    return false
  }

  /** After the connection was lost. Whoever took it meanwhile is told of by the engine: it has the tasks, too. */
  async #takeAgain(): Promise<void> {
    const { signal } = this.#done
    this.#client = undefined
    while (!signal.aborted) {
      if (await this.#tryTake().catch(() => false)) return
      await this.#database.clock.sleep(PAUSE, { signal }).catch(() => undefined)
    }
  }
}
