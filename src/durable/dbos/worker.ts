import { randomUUID } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import type { DBOSClient } from '@dbos-inc/dbos-sdk'
import { ConflictError } from '../../environ/errors.ts'
import type { Json, TaskHandlers, TaskOutcome, WorkOptions } from '../../provisioner/durable-runner.ts'
import { taskError } from '../../provisioner/task-error.ts'
import { beat, leave, takeFromTheDead } from './attendance.ts'
import type { Database } from './database.ts'
import { dbosLogger } from './dbos-logger.ts'
import { failure } from './failures.ts'
import { BEGIN, END, type JobRow, jobOf } from './job-rows.ts'
import { DBOS_SCHEMA } from './schema.ts'
import { DbosTaskRun, isLost, never, type WorkerServices } from './task-run.ts'
import { Watch } from './watch.ts'
import { WorkerName } from './worker-name.ts'
import { APPLICATION, idOf, TASK_PROTOCOL, TASK_WORKFLOW } from './workflows.ts'

/** Milliseconds. */
const GRACE = 30_000
const BEAT = 5_000
const LOOK = 1_000
const ATTENDANCE = 10_000
/** A worker that gives no sign of life for so long is dead. */
const SILENCE = 30_000
/** How long coming to an end may take when the database is away, where the engine would wait for ever. */
const FAREWELL = 5_000

const ENGINE_CONNECTIONS = 10

/** As often as a task may be begun, which the engine counts: no end. */
const BEGINNINGS = 1_000_000

/** The one that works in this process; the engine is one for each process. */
let current: Worker | undefined
let isRegistered = false

/** What {@link work} takes besides. */
export interface WorkerOptions extends WorkOptions {
  /** When a worker without a sign of life is dead. Milliseconds. For tests. */
  readonly silence?: number
}

type BegunRow = Omit<JobRow, 'begun'> & { readonly begun: number | null; readonly input: Json }

/** Does tasks. The only worker of its process. @throws ConflictError */
export async function work(
  database: Database,
  client: DBOSClient,
  handlers: TaskHandlers,
  options: WorkerOptions,
): Promise<void> {
  const { DBOS } = database.packages.sdk
  if (current || DBOS.isInitialized()) {
    throw new ConflictError('another worker, or a use of DBOS of its own, is in this process', {
      resource: `worker "${options.name}"`,
      hint: 'run each worker in a process of its own',
    })
  }
  current = new Worker(database, client, handlers, options)
  try {
    await current.run()
  } catch (error) {
    throw failure(error, database.place)
  } finally {
    current = undefined
  }
}

class Worker {
  readonly #database: Database
  readonly #client: DBOSClient
  readonly #handlers: TaskHandlers
  readonly #options: WorkerOptions
  /** Tasks that go on here, by workflow. */
  readonly #runs = new Map<string, DbosTaskRun | undefined>()
  readonly #stopping = new AbortController()
  readonly #gone = new AbortController()
  readonly #services: WorkerServices
  readonly #watch: Watch
  #onQuiet: () => void = () => undefined

  constructor(database: Database, client: DBOSClient, handlers: TaskHandlers, options: WorkerOptions) {
    this.#database = database
    this.#client = client
    this.#handlers = handlers
    this.#options = options
    // All tasks under way listen.
    setMaxListeners(0, this.#stopping.signal, this.#gone.signal)
    this.#watch = new Watch(database, this.#gone.signal, () => [
      ...new Set([...this.#runs.values()].flatMap((run) => run?.job.id ?? [])),
    ])
    this.#services = {
      database,
      watch: this.#watch,
      stopping: this.#stopping.signal,
      gone: this.#gone.signal,
      putToRest: (job, workflowId) => this.#putToRest(job, workflowId),
    }
  }

  async run(): Promise<void> {
    const { name, signal } = this.#options
    if (signal?.aborted) return
    await using taken = await WorkerName.take(this.#database, name, signal)
    void taken
    const pool = this.#database.newPool(ENGINE_CONNECTIONS)
    try {
      await beat(this.#database, name)
      await this.#launch(pool)
      await this.#workUntilStopped()
    } finally {
      await this.#stop()
      await this.#soon(pool.end())
    }
  }

  /** The body of a task's workflow. What it throws, the engine keeps; so it throws only what the engine threw. */
  async execute(job: string, task: string): Promise<void> {
    const id = idOf(job, task)
    if (this.#stopping.signal.aborted) return await never()
    this.#runs.set(id, undefined)
    try {
      await this.#do(id, job, task)
      this.#quiet(id)
    } catch (error) {
      this.#quiet(id)
      if (isLost(error, this.#database.packages.sdk.Error)) throw error
      if (!this.#stopping.signal.aborted) {
        this.#database.logger.warn('a task cannot be done; the next worker that starts tries again', {
          job,
          task,
          error,
        })
      }
      return await never()
    }
  }

  async #launch(pool: ReturnType<Database['newPool']>): Promise<void> {
    const { DBOS } = this.#database.packages.sdk
    if (!isRegistered) {
      DBOS.registerWorkflow(
        async (job: string, task: string) => await (current?.execute(job, task) ?? never()),
        { name: TASK_WORKFLOW, maxRecoveryAttempts: BEGINNINGS },
      )
      isRegistered = true
    }
    DBOS.setConfig({
      name: APPLICATION,
      systemDatabaseUrl: this.#database.url.reveal(),
      systemDatabasePool: pool,
      systemDatabaseSchemaName: DBOS_SCHEMA,
      executorID: this.#options.name,
      applicationVersion: TASK_PROTOCOL,
      logger: dbosLogger(this.#database.logger),
      runMigrations: false,
      useListenNotify: false,
    })
    await DBOS.launch()
  }

  async #workUntilStopped(): Promise<void> {
    const { name, signal, untilIdle, silence = SILENCE } = this.#options
    const stop = () => this.#stopping.abort()
    signal?.addEventListener('abort', stop, { once: true })
    // It gives signs of life until all of it is at an end.
    const beats = this.#every(Math.min(BEAT, silence / 3), () => beat(this.#database, name))
    const looks = this.#every(LOOK, () => this.#look())
    const attendance = this.#every(Math.min(ATTENDANCE, silence / 2), () =>
      takeFromTheDead(this.#database, this.#client, silence),
    )
    const idle = this.#every(LOOK, async () => {
      if (untilIdle && (await this.#isIdle())) stop()
    })
    try {
      if (signal?.aborted) stop()
      await aborted(this.#stopping.signal)
      // The engine begins nothing more; what is under way goes on without it, over the pool.
      await this.#database.packages.sdk.DBOS.shutdown()
      await this.#quiescence()
    } finally {
      signal?.removeEventListener('abort', stop)
      this.#gone.abort()
      await this.#soon(Promise.all([beats, looks, attendance, idle]))
    }
  }

  /** Lets go of all, and has others do what was not done. */
  async #stop(): Promise<void> {
    this.#stopping.abort()
    this.#gone.abort()
    await this.#database.packages.sdk.DBOS.shutdown()
    // When that fails, others see for themselves that it gives no sign of life.
    await this.#soon(leave(this.#database, this.#client, this.#options.name))
  }

  async #soon(ending: Promise<unknown>): Promise<void> {
    const { clock, logger } = this.#database
    const ended = new AbortController()
    const late = clock.sleep(FAREWELL, { signal: ended.signal })
    try {
      await Promise.race([ending, late])
    } catch (error) {
      logger.debug('a worker did not end well', { error })
    } finally {
      ended.abort()
      late.catch(() => undefined)
      ending.catch(() => undefined)
    }
  }

  /** Waits until no task is in a step, but not for ever. */
  async #quiescence(): Promise<void> {
    const { grace = GRACE } = this.#options
    const { clock } = this.#database
    const quiet = new AbortController()
    this.#onQuiet = () => {
      if (this.#runs.size === 0) quiet.abort()
    }
    // Those that wait let go first.
    await new Promise(setImmediate)
    this.#onQuiet()
    if (!quiet.signal.aborted) await clock.sleep(grace, { signal: quiet.signal }).catch(() => undefined)
  }

  async #do(id: string, jobId: string, taskId: string): Promise<void> {
    const { database } = this.#services
    let row = await this.#begin(jobId, taskId)
    while (row?.state === 'paused' && row.begun === null) {
      await this.#putToRest(jobId, id)
      // The engine then says that it rests, or is somebody else's because the job was resumed meanwhile.
      await this.#ask()
      row = await this.#begin(jobId, taskId)
    }
    // It is over, and only the engine did not know yet.
    if (!row || row.begun === null) return
    // Woken before this worker came to it, it may be begun elsewhere, too.
    if (row.was_paused) await this.#ask()
    const job = jobOf(row)
    const run = new DbosTaskRun(
      {
        job,
        task: { id: taskId, input: row.input },
        begun: row.begun,
        workflowId: id,
        kept: row.begun === 1 ? new Map() : await this.#patiently(() => this.#kept(id)),
        onLetGo: () => this.#quiet(id),
      },
      this.#services,
    )
    if (row.state === 'cancelling') run.cancel()
    this.#runs.set(id, run)
    const outcome = await Promise.race([this.#outcome(run), run.lost])
    await run.reported
    const message = outcome.status === 'failed' ? outcome.error.message : outcome.status
    await this.#patiently(() =>
      database.query(END, [jobId, taskId, JSON.stringify(outcome), outcome.status, message]),
    )
  }

  async #begin(job: string, task: string): Promise<BegunRow | undefined> {
    const rows = await this.#patiently(() => this.#database.query<BegunRow>(BEGIN, [job, task]))
    return rows[0]
  }

  async #outcome(run: DbosTaskRun): Promise<TaskOutcome> {
    try {
      return await this.#handlers[run.job.kind](run)
    } catch (error) {
      this.#database.logger.debug('task failed', { job: run.job.id, task: run.task.id, error })
      return { status: 'failed', error: taskError(error) }
    }
  }

  /** What the steps of a task gave before. */
  async #kept(id: string): Promise<ReadonlyMap<string, Json>> {
    const steps = (await this.#client.listWorkflowSteps(id)) ?? []
    return new Map(
      steps.flatMap(({ name, output }) => {
        const kept = output as { readonly gave?: Json } | null
        return kept?.gave === undefined ? [] : [[name, kept.gave] as const]
      }),
    )
  }

  /** @throws what the engine says of a task that is not this worker's: only what was never kept is asked of it */
  async #ask(): Promise<void> {
    const { DBOS, Error: errors } = this.#database.packages.sdk
    const name = `whose ${randomUUID()}`
    for (;;) {
      try {
        await DBOS.runStep(async () => null, { name })
        return
      } catch (error) {
        if (!(error instanceof errors.DBOSUnexpectedStepError)) throw error
      }
    }
  }

  /** With the job locked: whoever resumes it at the same time sees it afterwards, or is seen. */
  async #putToRest(job: string, workflowId: string): Promise<boolean> {
    return await this.#patiently(() =>
      this.#database.transaction(async (client) => {
        const { rows } = await client.query<JobRow>(
          'SELECT * FROM environs.jobs WHERE id = $1 FOR NO KEY UPDATE',
          [job],
        )
        if (rows[0]?.state !== 'paused') return false
        await this.#client.cancelWorkflows([workflowId])
        return true
      }),
    )
  }

  async #look(): Promise<void> {
    if (this.#runs.size === 0) return
    await this.#watch.look()
    for (const run of this.#runs.values()) {
      if (run && this.#watch.state(run.job.id) === 'cancelling') run.cancel()
    }
  }

  async #isIdle(): Promise<boolean> {
    if (this.#runs.size > 0) return false
    const rows = await this.#database.query(
      `SELECT FROM environs.jobs WHERE ended_at IS NULL AND state <> 'paused' LIMIT 1`,
    )
    return rows.length === 0
  }

  async #patiently<T>(act: () => Promise<T>): Promise<T> {
    return await this.#database.patiently(act, this.#gone.signal)
  }

  /** Does something now and then, until this worker is gone. */
  async #every(interval: number, act: () => Promise<void>): Promise<void> {
    const { clock, logger } = this.#database
    const { signal } = this.#gone
    while (!signal.aborted) {
      try {
        await this.#patiently(act)
      } catch (error) {
        if (!signal.aborted) logger.debug('worker', { error })
      }
      await clock.sleep(interval, { signal }).catch(() => undefined)
    }
  }

  #quiet(id: string): void {
    this.#runs.delete(id)
    this.#onQuiet()
  }
}

/** Resolves when a signal is aborted. */
const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
