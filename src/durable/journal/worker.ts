import { setImmediate } from 'node:timers/promises'
import type { CallOptions, Clock, Logger } from '../../environ/index.ts'
import type { TaskHandler, TaskHandlers } from '../../provisioner/durable-runner.ts'
import { taskError } from '../../provisioner/task-error.ts'
import { CloudLimits } from './cloud-limits.ts'
import type { JobFile } from './job-file.ts'
import type { Journal } from './journal.ts'
import type { LimitsFile } from './limits-file.ts'
import { Abandoned, JournalTaskRun, type WorkerServices } from './task-run.ts'
import { type Turn, Turns } from './turns.ts'

/** How often what other processes wrote is looked at. Milliseconds. */
export const LOOK = 200

/** What a worker needs. */
export interface WorkerOptions {
  readonly journal: Journal
  readonly limitsFile: LimitsFile
  readonly clock: Clock
  readonly logger: Logger
}

/** How long it works. Milliseconds. */
interface RunOptions extends CallOptions {
  readonly untilIdle: boolean
  readonly grace: number
}

/** Does the tasks of all jobs in a journal. The only one that does. */
export class Worker {
  readonly #journal: Journal
  readonly #limitsFile: LimitsFile
  readonly #logger: Logger
  readonly #clock: Clock
  readonly #limits = new CloudLimits()
  readonly #turns = new Turns()
  readonly #runs = new Set<JournalTaskRun>()
  readonly #services: WorkerServices
  /** Aborted when there may be something to do. */
  #wake = new AbortController()
  #lookAt = 0
  #failure: unknown
  #isStopping = false

  constructor({ journal, limitsFile, clock, logger }: WorkerOptions) {
    this.#journal = journal
    this.#limitsFile = limitsFile
    this.#clock = clock
    this.#logger = logger
    this.#services = {
      clock,
      limits: this.#limits,
      onFailure: (error) => this.fail(error),
      onQuiet: () => this.#wake.abort(),
    }
  }

  /** Stops it with an error; the first one counts. */
  fail(error: unknown): void {
    this.#failure ??= error
    this.#stop()
  }

  /** Has it write nothing more: its jobs are in the hands of another one. */
  lose(error: unknown): void {
    this.fail(error)
    for (const run of this.#runs) run.close()
  }

  /** @throws what it was stopped with */
  async run(handlers: TaskHandlers, { signal, untilIdle, grace }: RunOptions): Promise<void> {
    const onAbort = (): void => this.#stop()
    signal?.addEventListener('abort', onAbort)
    try {
      if (signal?.aborted) this.#stop()
      await this.#work(handlers, untilIdle).catch((error: unknown) => this.fail(error))
      await this.#finish(grace)
    } finally {
      signal?.removeEventListener('abort', onAbort)
    }
    if (this.#failure !== undefined) throw this.#failure
  }

  #stop(): void {
    this.#isStopping = true
    for (const run of this.#runs) run.letGo()
    this.#wake.abort()
  }

  async #work(handlers: TaskHandlers, untilIdle: boolean): Promise<void> {
    while (!this.#isStopping) {
      this.#wake = new AbortController()
      if (this.#lookAt <= this.#clock.now()) await this.#look()
      const next = this.#begin(handlers)
      if (untilIdle && this.#runs.size === 0 && this.#turns.isEmpty) {
        await this.#look()
        if (this.#turns.isEmpty) return
      } else await this.#rest(Math.min(next, this.#lookAt))
    }
  }

  /** Comes to the end of the steps that are under way. */
  async #finish(grace: number): Promise<void> {
    this.#stop()
    const end = this.#clock.now() + grace
    // What follows a step at once, such as the end of its task, is part of it.
    await setImmediate()
    while ([...this.#runs].some((run) => run.isBusy) && this.#clock.now() < end) {
      this.#wake = new AbortController()
      await this.#rest(Math.min(end, this.#clock.now() + LOOK))
      await setImmediate()
    }
    for (const run of this.#runs) run.close()
  }

  /** Waits until there may be something to do. */
  async #rest(until: number): Promise<void> {
    const { signal } = this.#wake
    await this.#clock.sleep(Math.max(0, until - this.#clock.now()), { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
  }

  /** Sees what came and what changed. */
  async #look(): Promise<void> {
    const limits = await this.#limitsFile.changed()
    if (limits) this.#limits.set(limits)
    for (const file of (await this.#journal.jobs()).toReversed()) {
      const { kept } = file
      if (kept.isOver || kept.state === 'paused') this.#turns.remove(file)
      else if (!this.#turns.has(file)) {
        const underWay = new Set(this.#runsOf(file).map(({ task }) => task.id))
        const left = kept.tasks.filter(({ id, outcome }) => !outcome && !underWay.has(id))
        this.#turns.add(file, left)
      }
      if (kept.state === 'cancelling') for (const run of this.#runsOf(file)) run.cancel()
    }
    this.#lookAt = this.#clock.now() + LOOK
  }

  #runsOf(file: JobFile): readonly JournalTaskRun[] {
    return [...this.#runs].filter((run) => run.file === file)
  }

  /** Begins what may be begun; gives when more of it may be. */
  #begin(handlers: TaskHandlers): number {
    let next = Number.POSITIVE_INFINITY
    while (!this.#isStopping) {
      const now = this.#clock.now()
      const turn = this.#turns.next((of) => {
        const nextAt = this.#limits.nextAt(of)
        if (nextAt <= now) return false
        next = Math.min(next, nextAt)
        return true
      })
      if (!turn) break
      this.#limits.begin(turn.file.kept.job, now)
      void this.#do(turn, handlers[turn.file.kept.job.kind])
    }
    return next
  }

  async #do(turn: Turn, handler: TaskHandler): Promise<void> {
    const { file, taskId } = turn
    const { kept } = file
    const task = kept.task(taskId)
    if (!task) return
    const run = new JournalTaskRun(file, task, this.#services)
    this.#runs.add(run)
    try {
      await run.begin()
      if (kept.state === 'cancelling') run.cancel()
      await this.#handle(run, handler)
    } catch (error) {
      if (!(error instanceof Abandoned)) this.fail(error)
    } finally {
      this.#runs.delete(run)
      this.#limits.end(run.job)
      if (!task.outcome) this.#turns.again(turn)
      this.#wake.abort()
    }
  }

  async #handle(run: JournalTaskRun, handler: TaskHandler): Promise<void> {
    try {
      await run.end(await handler(run))
    } catch (error) {
      if (run.isAbandoned) return
      this.#logger.debug('task failed', { job: run.job.id, task: run.task.id, error })
      await run.end({ status: 'failed', error: taskError(error) })
    }
  }
}
