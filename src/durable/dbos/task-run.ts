import { ConflictError } from '../../environ/errors.ts'
import type { Job, Json, Task, TaskRun } from '../../provisioner/durable-runner.ts'
import type { Database, Packages } from './database.ts'
import { TELL } from './job-rows.ts'
import type { Watch } from './watch.ts'

/** Milliseconds between two looks of a task that waits. */
const LOOK = 1_000

/** Steps of a task that can have been on another way. */
const MOST_SKIPPED = 1_000

/** What a step came to, as the engine keeps it: what it threw is not kept. */
type Kept = { readonly gave: Json } | { readonly failed: true }

/** What a worker has for its tasks. */
export interface WorkerServices {
  readonly database: Database
  readonly watch: Watch
  /** Aborted when nothing more is to be begun: no task, no step, no wait. */
  readonly stopping: AbortSignal
  /** Aborted when nothing is written down any more. */
  readonly gone: AbortSignal
  /** Puts a task to rest whose job is paused; false: it is not. */
  readonly putToRest: (job: string, workflowId: string) => Promise<boolean>
}

/** A task as it was begun. */
export interface BegunTask {
  readonly job: Job
  readonly task: Task
  readonly begun: number
  readonly workflowId: string
  /** What its steps gave when it was begun before. */
  readonly kept: ReadonlyMap<string, Json>
  /** Called when it does not go on here. */
  readonly onLetGo: () => void
}

/** What never goes on: the engine keeps that a task is under way until somebody begins it again. */
export const never = (): Promise<never> => new Promise(() => undefined)

/** Whether the engine says that a task is somebody else's now, or rests. */
export const isLost = (error: unknown, errors: Packages['sdk']['Error']): boolean =>
  error instanceof errors.DBOSWorkflowConflictError || error instanceof errors.DBOSWorkflowCancelledError

/** A task under way on this worker. */
export class DbosTaskRun implements TaskRun {
  readonly job: Job
  readonly task: Task
  readonly begun: number
  /** Rejects when the engine says that it is no longer this worker's; the engine has to hear that. */
  readonly lost: Promise<never>
  readonly #begun: BegunTask
  readonly #services: WorkerServices
  readonly #cancelled = new AbortController()
  #lose: (error: unknown) => void = () => undefined
  #waits = 0
  #reports: Promise<void> = Promise.resolve()

  constructor(begun: BegunTask, services: WorkerServices) {
    this.job = begun.job
    this.task = begun.task
    this.begun = begun.begun
    this.#begun = begun
    this.#services = services
    this.lost = new Promise((_, reject) => {
      this.#lose = reject
    })
    this.lost.catch(() => undefined)
  }

  get signal(): AbortSignal {
    return this.#cancelled.signal
  }

  /** When what was reported is written down. */
  get reported(): Promise<void> {
    return this.#reports
  }

  cancel(): void {
    if (!this.signal.aborted) this.#cancelled.abort(new ConflictError(`job "${this.job.id}" was cancelled`))
  }

  async step<T extends Json>(name: string, act: () => Promise<T>): Promise<T> {
    const { kept } = this.#begun
    if (kept.has(name)) {
      await this.#checkIn()
      return kept.get(name) as T
    }
    return (await this.#keep(name, act)) as T
  }

  async sleep(milliseconds: number): Promise<void> {
    await this.#wait(await this.#until(milliseconds))
  }

  async ready(): Promise<void> {
    const { watch, database, putToRest } = this.#services
    for (;;) {
      await this.#checkIn()
      if (this.signal.aborted) return
      await watch.look()
      if (watch.state(this.job.id) === 'cancelling') this.cancel()
      if (this.signal.aborted) return
      if (watch.state(this.job.id) === 'paused') {
        // Its place is for others meanwhile; it is begun again when the job is resumed.
        if (await putToRest(this.job.id, this.#begun.workflowId)) await this.#keep('rest', async () => null)
        continue
      }
      const held = watch.heldFor(this.job)
      if (held === 0) return
      await this.#wait(database.clock.now() + Math.min(held, LOOK))
    }
  }

  async holdBack(milliseconds: number): Promise<void> {
    const { database, gone } = this.#services
    const left = (await this.#until(milliseconds)) - database.clock.now()
    const { cloud, kind } = this.job
    await database.patiently(
      async () =>
        await database.query(
          `INSERT INTO environs.holds VALUES ($1, $2, clock_timestamp() + $3 * interval '1 millisecond')
           ON CONFLICT (cloud, kind) DO UPDATE SET until = greatest(holds.until, excluded.until)`,
          [cloud, kind, Math.max(0, left)],
        ),
      gone,
    )
  }

  report(message: string): void {
    const { database, gone, stopping } = this.#services
    if (stopping.aborted) return
    const tell = () => database.query(TELL, [this.job.id, this.task.id, message, null])
    this.#reports = this.#reports.then(async () => {
      await database.patiently(tell, gone).catch(() => undefined)
    })
  }

  /** When the next wait ends: the one that was written down when it was begun before. */
  async #until(milliseconds: number): Promise<number> {
    this.#waits += 1
    const { clock } = this.#services.database
    return await this.step(`wait ${this.#waits}`, async () => clock.now() + milliseconds)
  }

  async #wait(until: number): Promise<void> {
    const { database, stopping } = this.#services
    const { clock } = database
    const signal = AbortSignal.any([this.signal, stopping])
    try {
      if (!signal.aborted) await clock.sleep(Math.max(0, until - clock.now()), { signal })
    } catch (error) {
      if (!signal.aborted) throw error
    }
    await this.#checkIn()
  }

  /** Does not come back when this worker is stopping. */
  async #checkIn(): Promise<void> {
    if (this.#services.stopping.aborted) await this.#letGo()
  }

  async #letGo(): Promise<never> {
    this.#begun.onLetGo()
    return await never()
  }

  /**
   * Has the engine do a step and keep what it gave. The engine counts steps; when a task takes another way than when it
   * was begun before, those that were on the other way are skipped, and those that came to nothing.
   */
  async #keep(name: string, act: () => Promise<Json>): Promise<Json> {
    const { DBOS, Error: errors } = this.#sdk
    for (let skipped = 0; ; skipped++) {
      await this.#checkIn()
      let isDone = false
      let thrown: { readonly error: unknown } | undefined
      const tryAct = async (): Promise<Kept> => {
        isDone = true
        try {
          return { gave: await act() }
        } catch (error) {
          thrown = { error }
          return { failed: true }
        } finally {
          if (this.#services.gone.aborted) await this.#letGo()
        }
      }
      let kept: Kept
      try {
        kept = await DBOS.runStep(tryAct, { name })
      } catch (error) {
        // The engine may be gone already; whatever it said is no failure of the task.
        if (this.#services.stopping.aborted) return await this.#letGo()
        if (!isLost(error, errors)) {
          // What was kept is another step, or a failure of the engine as it was going.
          if (!isDone && skipped < MOST_SKIPPED) continue
          throw error
        }
        this.#lose(error)
        return await never()
      }
      if ('gave' in kept) return kept.gave
      if (thrown) throw thrown.error
    }
  }

  get #sdk(): Packages['sdk'] {
    return this.#services.database.packages.sdk
  }
}
