import {
  type CloudLimit,
  ConflictError,
  type DurableRunner,
  type Environs,
  type Job,
  type JobEvent,
  type JobStatus,
  type Json,
  NotFoundError,
  type Task,
  type TaskHandlers,
  type TaskOutcome,
  type TaskStatus,
  type WorkOptions,
} from 'cloud-environs'

/** A worker that dies at a moment of a task. */
export class Killed extends Error {}

/** How a task is begun. */
export interface Begin {
  /** Which time it is. Default: the next. */
  readonly begun?: number
  readonly signal?: AbortSignal
  /** Dies when this step was done, before that is written down. */
  readonly dieAfter?: string
}

/** A job's tasks begun by hand: what was asked of the runner is seen, and steps are kept from one begin to the next. */
export class HandRunner implements DurableRunner {
  readonly submitted: { readonly job: Job; readonly tasks: readonly Task[] }[] = []
  readonly messages: string[] = []
  readonly slept: number[] = []
  readonly heldBack: number[] = []
  readonly steps = new Map<string, Json>()
  /** What handing in fails with. */
  refusal: Error | undefined
  #handlers: TaskHandlers | undefined
  readonly #begun = new Map<string, number>()

  /** Makes a worker of the runtime, for as long as the signal is not aborted. */
  static async employ(environs: Environs, signal: AbortSignal): Promise<void> {
    void environs.jobs.work({ signal })
    await Promise.resolve()
  }

  async submit(job: Job, tasks: readonly Task[]): Promise<void> {
    if (this.refusal) throw this.refusal
    this.submitted.push({ job, tasks: structuredClone(tasks) })
  }

  async work(handlers: TaskHandlers, { signal }: WorkOptions): Promise<void> {
    this.#handlers = handlers
    await new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()))
  }

  /** Begins a task of the last job; it ends, or its worker dies. */
  async begin(task: string, { begun, signal, dieAfter }: Begin = {}): Promise<TaskOutcome> {
    const handed = this.submitted.at(-1)
    const found = handed?.tasks.find(({ id }) => id === task)
    const handler = handed && this.#handlers?.[handed.job.kind]
    if (!found || !handler) throw new Error(`there is no task ${task}`)
    const about = `${handed.job.id} ${task}`
    const time = begun ?? (this.#begun.get(about) ?? 0) + 1
    this.#begun.set(about, time)
    return await handler({
      job: handed.job,
      task: found,
      begun: time,
      signal: signal ?? new AbortController().signal,
      step: async <T extends Json>(name: string, act: () => Promise<T>): Promise<T> => {
        const key = `${about} ${name}`
        const before = this.steps.get(key)
        if (before !== undefined) return before as T
        const result = JSON.parse(JSON.stringify(await act())) as T
        if (name === dieAfter) throw new Killed(name)
        this.steps.set(key, result)
        return result
      },
      sleep: async (milliseconds) => {
        this.slept.push(milliseconds)
      },
      ready: async () => undefined,
      holdBack: async (milliseconds) => {
        this.heldBack.push(milliseconds)
      },
      report: (message) => {
        this.messages.push(message)
      },
    })
  }

  async get(id: string): Promise<JobStatus> {
    const found = this.submitted.find(({ job }) => job.id === id)
    if (!found) throw new NotFoundError(`job ${id} not found`)
    const tasks = { total: found.tasks.length, running: 0, succeeded: 0, failed: 0, cancelled: 0 }
    return { ...found.job, state: 'waiting', tasks }
  }

  async list(): Promise<readonly JobStatus[]> {
    return await Promise.all(this.submitted.map(({ job }) => this.get(job.id)))
  }

  async *tasks(): AsyncIterable<TaskStatus> {}
  async *events(): AsyncIterable<JobEvent> {}

  async pause(): Promise<JobStatus> {
    throw new ConflictError('not by hand')
  }
  async resume(): Promise<JobStatus> {
    throw new ConflictError('not by hand')
  }
  async cancel(): Promise<JobStatus> {
    throw new ConflictError('not by hand')
  }

  async limits(): Promise<readonly CloudLimit[]> {
    return []
  }
  async setLimit(): Promise<void> {}
  async [Symbol.asyncDispose](): Promise<void> {}
}
