import { type Clock, ConflictError } from '../../environ/index.ts'
import type { Job, Json, Task, TaskOutcome, TaskRun } from '../../provisioner/durable-runner.ts'
import type { CloudLimits } from './cloud-limits.ts'
import type { JobFile } from './job-file.ts'
import type { KeptTask } from './kept-job.ts'
import type { Line } from './line.ts'

/** That a task does not go on here: its handler ends with it, and what it comes to does not count. */
export class Abandoned extends Error {
  override readonly name = 'Abandoned'
}

type WithoutTime<T> = T extends Line ? Omit<T, 'at' | 'task'> : never
/** A line about this task and this moment. */
type LineOfTask = WithoutTime<Extract<Line, { task: string }>>

/** What a worker has for its tasks. */
export interface WorkerServices {
  readonly clock: Clock
  readonly limits: CloudLimits
  /** Called when something could not be written. */
  readonly onFailure: (error: unknown) => void
  /** Called when a task is no longer busy. */
  readonly onQuiet: () => void
}

/** A task under way on this worker. */
export class JournalTaskRun implements TaskRun {
  readonly file: JobFile
  readonly job: Job
  readonly task: Task
  readonly #kept: KeptTask
  readonly #services: WorkerServices
  readonly #cancelled = new AbortController()
  /** Aborted when it is cancelled or let go: nothing is waited for then. */
  readonly #awake = new AbortController()
  #busy = 0
  #waits = 0
  #isLetGo = false
  #isClosed = false
  #isAbandoned = false

  constructor(file: JobFile, kept: KeptTask, services: WorkerServices) {
    this.file = file
    this.job = file.kept.job
    this.task = { id: kept.id, input: kept.input }
    this.#kept = kept
    this.#services = services
  }

  get begun(): number {
    return this.#kept.begun
  }

  get signal(): AbortSignal {
    return this.#cancelled.signal
  }

  /** Whether it is in a step, or something is being written. */
  get isBusy(): boolean {
    return this.#busy > 0
  }

  /** Whether its handler was told that it does not go on. */
  get isAbandoned(): boolean {
    return this.#isAbandoned
  }

  /** @throws Abandoned */
  async begin(): Promise<void> {
    await this.#write({ is: 'begun' })
    this.#checkLetGo()
  }

  /** @throws Abandoned, TypeError when it is not plain data */
  async end(outcome: TaskOutcome): Promise<void> {
    // A handler that catches everything comes to one all the same.
    if (this.#isAbandoned) this.#abandon()
    await this.#write({ is: 'outcome', outcome })
  }

  cancel(): void {
    if (this.signal.aborted) return
    this.#cancelled.abort(new ConflictError(`job "${this.job.id}" was cancelled`))
    this.#awake.abort()
  }

  /** Ends it at its next step or wait. The step that it is in goes on, and is written down. */
  letGo(): void {
    this.#isLetGo = true
    this.#awake.abort()
  }

  /** Writes nothing down any more. */
  close(): void {
    this.letGo()
    this.#isClosed = true
  }

  async step<T extends Json>(name: string, act: () => Promise<T>): Promise<T> {
    this.#checkLetGo()
    const { steps } = this.#kept
    if (steps.has(name)) return steps.get(name) as T
    return await this.#whileBusy(async () => {
      const result = await act()
      await this.#write({ is: 'step', name, result })
      return result
    })
  }

  async sleep(milliseconds: number): Promise<void> {
    this.#checkLetGo()
    if (this.signal.aborted) return
    await this.#wait(await this.#until(milliseconds))
  }

  async ready(): Promise<void> {
    const { clock, limits } = this.#services
    for (;;) {
      this.#checkLetGo()
      if (this.signal.aborted) return
      // Its place is for others meanwhile; it is begun again when the job is resumed.
      if (this.file.kept.state === 'paused') {
        await this.#write({ is: 'rest' }, false)
        this.letGo()
      } else if (limits.heldUntil(this.job) <= clock.now()) return
      else await this.#wait(limits.heldUntil(this.job))
    }
  }

  async holdBack(milliseconds: number): Promise<void> {
    this.#checkLetGo()
    this.#services.limits.holdBack(this.job, await this.#until(milliseconds))
  }

  report(message: string): void {
    if (this.#isLetGo) return
    // Whoever has to know that it could not be written has been told.
    this.#write({ is: 'report', message }, false).catch(() => undefined)
  }

  /** When the next wait ends: the one that was written down when it was begun before. */
  async #until(milliseconds: number): Promise<number> {
    this.#waits += 1
    const wait = this.#waits
    const known = this.#kept.waits.get(wait)
    if (known !== undefined) return known
    const until = this.#services.clock.now() + milliseconds
    await this.#write({ is: 'wait', wait, until }, false)
    return until
  }

  async #wait(until: number): Promise<void> {
    const { clock } = this.#services
    const { signal } = this.#awake
    try {
      if (!signal.aborted) await clock.sleep(Math.max(0, until - clock.now()), { signal })
    } catch (error) {
      if (!signal.aborted) throw error
    }
    this.#checkLetGo()
  }

  #checkLetGo(): void {
    if (this.#isLetGo) this.#abandon()
  }

  #abandon(): never {
    this.#isAbandoned = true
    throw new Abandoned()
  }

  async #whileBusy<T>(act: () => Promise<T>): Promise<T> {
    this.#busy += 1
    try {
      return await act()
    } finally {
      this.#busy -= 1
      this.#services.onQuiet()
    }
  }

  /** @throws Abandoned */
  async #write(line: LineOfTask, relied = true): Promise<void> {
    const { clock, onFailure } = this.#services
    if (this.#isClosed) this.#abandon()
    const written = { ...line, at: clock.now(), task: this.task.id } as Line
    try {
      await this.#whileBusy(async () => await this.file.append(written, relied))
    } catch (error) {
      // That it cannot be written down is its own fault.
      if (error instanceof TypeError) throw error
      onFailure(error)
      this.#abandon()
    }
  }
}
