import type { Job, JobState } from '../../provisioner/durable-runner.ts'
import type { Database } from './database.ts'
import { queueName } from './queues.ts'

interface SightRow {
  readonly name: string
  readonly state: JobState | null
  readonly until: string | null
}

const SIGHT = `
  SELECT id AS name, state, NULL::float8 AS milliseconds FROM environs.jobs WHERE id = ANY($1)
  UNION ALL
  SELECT kind || ' ' || cloud, NULL, extract(epoch FROM until - clock_timestamp())::float8 * 1000
    FROM environs.holds WHERE until > clock_timestamp()`

/** What workers have to know of jobs and clouds while they are at tasks: one question for all of them. */
export class Watch {
  readonly #database: Database
  readonly #signal: AbortSignal
  /** The jobs of tasks under way. */
  readonly #jobs: () => readonly string[]
  #states: ReadonlyMap<string, JobState> = new Map()
  /** When clouds may be asked again, by queue. */
  #holds: ReadonlyMap<string, number> = new Map()
  #last: Promise<void> = Promise.resolve()
  #next: Promise<void> | undefined

  constructor(database: Database, signal: AbortSignal, jobs: () => readonly string[]) {
    this.#database = database
    this.#signal = signal
    this.#jobs = jobs
  }

  /** Looks anew; whoever asks while somebody looks waits for the look after that. */
  look(): Promise<void> {
    this.#next ??= this.#last.then(async () => {
      this.#next = undefined
      const looked = this.#read()
      this.#last = looked.catch(() => undefined)
      await looked
    })
    return this.#next
  }

  state(job: string): JobState | undefined {
    return this.#states.get(job)
  }

  /** How long the cloud is held back for such jobs. Milliseconds. */
  heldFor(job: Job): number {
    return Math.max(0, (this.#holds.get(queueName(job)) ?? 0) - this.#database.clock.now())
  }

  async #read(): Promise<void> {
    const rows = await this.#database.patiently(
      async () =>
        await this.#database.query<Omit<SightRow, 'until'> & { readonly milliseconds: number | null }>(
          SIGHT,
          [this.#jobs()],
        ),
      this.#signal,
    )
    const now = this.#database.clock.now()
    this.#states = new Map(rows.flatMap(({ name, state }) => (state ? [[name, state]] : [])))
    this.#holds = new Map(
      rows.flatMap(({ name, milliseconds }) => (milliseconds === null ? [] : [[name, now + milliseconds]])),
    )
  }
}
