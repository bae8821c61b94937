import type { DBOSClient } from '@dbos-inc/dbos-sdk'
import { ConflictError, NotFoundError, NotValidError } from '../../environ/errors.ts'
import type { CallOptions } from '../../environ/index.ts'
import {
  type CloudLimit,
  DEFAULT_LIMITS,
  type DurableRunner,
  type EventOptions,
  type Job,
  type JobEvent,
  type JobStatus,
  type Task,
  type TaskHandlers,
  type TaskStatus,
  type WorkOptions,
} from '../../provisioner/durable-runner.ts'
import { fairPlaces, rank } from '../../provisioner/fair-order.ts'
import type { Database } from './database.ts'
import {
  type EventRow,
  eventOf,
  HAND_IN,
  type JobRow,
  statusOf,
  type TaskRow,
  TELL,
  taskStatusOf,
} from './job-rows.ts'
import { PARTITION, Queues, queueName } from './queues.ts'
import { idOf, idsOf, putToRest, TASK_PROTOCOL, TASK_WORKFLOW, wake } from './workflows.ts'

/** Rows that are read at a time. */
const PAGE = 1_000
/** Milliseconds between two looks for new events. */
const FOLLOW_INTERVAL = 500

const notFound = (id: string): NotFoundError =>
  new NotFoundError(`job "${id}" not found`, {
    resource: `job "${id}"`,
    hint: 'list the jobs to see which there are',
  })

/** @throws NotValidError */
function check({ id, kind }: Job, tasks: readonly Task[]): void {
  const wrong =
    (!Object.hasOwn(DEFAULT_LIMITS, kind) && `there is no kind "${kind}"`) ||
    (new Set(tasks.map((task) => task.id)).size < tasks.length && 'two of its tasks have the same id')
  if (wrong) throw new NotValidError(`job "${id}" is not valid: ${wrong}`, { resource: `job "${id}"` })
}

/** What is changed of a job by hand. */
type Control = 'pause' | 'resume' | 'cancel'

const CONTROL_MESSAGES: { readonly [K in Control]: string } = {
  pause: 'paused',
  resume: 'resumed',
  cancel: 'being cancelled',
}

/** Keeps jobs in PostgreSQL and has DBOS do them. */
export class DbosRunner implements DurableRunner {
  readonly #database: Database
  readonly #client: DBOSClient
  readonly #queues: Queues
  readonly #dispose: () => Promise<void>

  constructor(database: Database, client: DBOSClient, dispose: () => Promise<void>) {
    this.#database = database
    this.#client = client
    this.#queues = new Queues(database, client)
    this.#dispose = dispose
  }

  async submit(job: Job, tasks: readonly Task[], options: CallOptions = {}): Promise<void> {
    // Asked first, by a connection that fails at once when there is no server.
    const known = await this.#database.query('SELECT id FROM environs.jobs WHERE id = $1', [job.id], options)
    if (known.length > 0) return
    check(job, tasks)
    await this.#queues.ensure(job)
    const queue = queueName(job)
    await this.#database.transaction(async (client) => {
      const { rowCount } = await client.query(HAND_IN, [
        job.id,
        job.kind,
        job.controller,
        job.cloud,
        job.model,
        job.priority,
        job.createdAt,
        tasks.length,
        tasks.length === 0 ? 'succeeded' : 'waiting',
      ])
      if (rowCount === 0) return
      // Two that are handed in at the same time are not to have the same places.
      await client.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`environs queue ${queue}`])
      const { rows } = await client.query<{ first: number | null; last: number | null }>(
        `SELECT min(place) AS first, max(place) FILTER (WHERE model = $3) AS last FROM environs.tasks
          WHERE queue = $1 AND priority = $2 AND begun = 0 AND outcome IS NULL`,
        [queue, job.priority, job.model],
      )
      const places = fairPlaces(
        { first: rows[0]?.first ?? undefined, lastOfModel: rows[0]?.last ?? undefined },
        tasks.length,
      )
      await client.query(
        `INSERT INTO environs.tasks (job, id, position, queue, model, priority, place, input)
         SELECT $1, id, position - 1, $2, $3, $4, place, input::json
           FROM unnest($5::text[], $6::int[], $7::text[]) WITH ORDINALITY AS task (id, place, input, position)`,
        [
          job.id,
          queue,
          job.model,
          job.priority,
          tasks.map(({ id }) => id),
          places,
          tasks.map(({ input }) => JSON.stringify(input)),
        ],
      )
      for (const [index, { id }] of tasks.entries()) {
        options.signal?.throwIfAborted()
        const workflow = {
          queueName: queue,
          workflowName: TASK_WORKFLOW,
          workflowID: idOf(job.id, id),
          queuePartitionKey: PARTITION,
          priority: rank(job.priority, places[index] ?? 0),
          appVersion: TASK_PROTOCOL,
        }
        await this.#client.enqueueInTransaction(client, workflow, job.id, id)
      }
    }, options)
  }

  async list(options: CallOptions = {}): Promise<readonly JobStatus[]> {
    const rows = await this.#database.query<JobRow>(
      'SELECT * FROM environs.jobs ORDER BY created_at DESC, number DESC',
      [],
      options,
    )
    return await Promise.all(rows.map((row) => this.#status(row)))
  }

  async get(id: string, options: CallOptions = {}): Promise<JobStatus> {
    const [row] = await this.#database.query<JobRow>(
      'SELECT * FROM environs.jobs WHERE id = $1',
      [id],
      options,
    )
    if (!row) throw notFound(id)
    return await this.#status(row)
  }

  async *tasks(id: string, options: CallOptions = {}): AsyncIterable<TaskStatus> {
    await this.get(id, options)
    for (let from = 0, rows: readonly TaskRow[] = []; from === 0 || rows.length === PAGE; from += PAGE) {
      rows = await this.#database.query<TaskRow>(
        `SELECT id, position, begun, outcome FROM environs.tasks
          WHERE job = $1 AND position >= $2 AND position < $3 ORDER BY position`,
        [id, from, from + PAGE],
        options,
      )
      yield* rows.map(taskStatusOf)
    }
  }

  async *events(id: string, options: EventOptions = {}): AsyncIterable<JobEvent> {
    let { after = 0 } = options
    for (;;) {
      // Read before the events, so that those of its end are not missed.
      const { endedAt } = await this.get(id, options)
      let rows: readonly EventRow[]
      do {
        rows = await this.#database.query<EventRow>(
          `SELECT seq, at, task, message, outcome, state FROM environs.events
            WHERE job = $1 AND seq > $2 ORDER BY seq LIMIT ${PAGE}`,
          [id, after],
          options,
        )
        yield* rows.map(eventOf)
        after = rows.at(-1)?.seq ?? after
      } while (rows.length === PAGE)
      if (!options.follow || endedAt !== undefined) return
      await this.#database.clock.sleep(FOLLOW_INTERVAL, { signal: options.signal })
    }
  }

  async pause(id: string, options: CallOptions = {}): Promise<JobStatus> {
    const status = await this.#control(id, 'pause', options)
    // Whoever begins one of them from now on sees that it is paused, and puts it to rest itself.
    await putToRest(this.#client, id)
    return status
  }

  async resume(id: string, options: CallOptions = {}): Promise<JobStatus> {
    const status = await this.#control(id, 'resume', options)
    await wake(this.#database, this.#client, status)
    return status
  }

  async cancel(id: string, options: CallOptions = {}): Promise<JobStatus> {
    const status = await this.#control(id, 'cancel', options)
    await wake(this.#database, this.#client, status)
    return status
  }

  async limits(options: CallOptions = {}): Promise<readonly CloudLimit[]> {
    return await this.#queues.limits(options)
  }

  async setLimit(limit: CloudLimit, options: CallOptions = {}): Promise<void> {
    await this.#queues.setLimit(limit, options)
  }

  async work(handlers: TaskHandlers, options: WorkOptions): Promise<void> {
    const { work } = await import('./worker.ts')
    await work(this.#database, this.#client, handlers, options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dispose()
  }

  /** Of a paused job, what was begun and is at rest is not under way. */
  async #status(row: JobRow): Promise<JobStatus> {
    if (row.state !== 'paused') return statusOf(row)
    return statusOf(row, (await idsOf(this.#client, row.id, 'PENDING')).length)
  }

  /** @throws NotFoundError, ConflictError */
  async #control(id: string, control: Control, options: CallOptions): Promise<JobStatus> {
    await this.#database.transaction(async (client) => {
      const { rows } = await client.query<JobRow>(
        'SELECT * FROM environs.jobs WHERE id = $1 FOR NO KEY UPDATE',
        [id],
      )
      const [row] = rows
      if (!row) throw notFound(id)
      const { state, begun, ended_at } = row
      if (ended_at !== null || (state === 'cancelling' && control !== 'cancel')) {
        const what = ended_at === null ? 'is being cancelled' : 'is over'
        throw new ConflictError(`job "${id}" ${what}`, {
          resource: `job "${id}"`,
          hint: ended_at === null ? 'wait until it is' : 'hand in another one',
        })
      }
      const active = begun > 0 ? 'running' : 'waiting'
      const next = { pause: 'paused', resume: state === 'paused' ? active : state, cancel: 'cancelling' }[
        control
      ]
      if (next === state) return
      await client.query(TELL, [id, null, CONTROL_MESSAGES[control], next])
      if (control === 'pause')
        await client.query('UPDATE environs.jobs SET was_paused = true WHERE id = $1', [id])
    }, options)
    return await this.get(id, options)
  }
}
