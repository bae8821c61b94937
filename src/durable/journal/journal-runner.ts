import { type CallOptions, type Clock, ConflictError, type Logger } from '../../environ/index.ts'
import type {
  CloudLimit,
  DurableRunner,
  EventOptions,
  Job,
  JobEvent,
  JobStatus,
  Task,
  TaskHandlers,
  TaskStatus,
  WorkOptions,
} from '../../provisioner/durable-runner.ts'
import { type JobFile, JobReader } from './job-file.ts'
import { Journal } from './journal.ts'
import type { KeptJob } from './kept-job.ts'
import { LimitsFile } from './limits-file.ts'
import { LOOK, Worker } from './worker.ts'
import { lockWork } from './worker-lock.ts'

/** Milliseconds. */
const DEFAULT_GRACE = 30_000

/** Where a journal is, and what it is kept with. */
export interface JournalOptions {
  /** Made with mode 0700 when the first job is handed in. */
  readonly directory: string
  readonly clock: Clock
  readonly logger: Logger
}

/** What a job can be told. */
type Control = 'pause' | 'resume' | 'cancel'

/** Whether a job is what it is told to be. */
function isSo(control: Control, { state }: KeptJob): boolean {
  if (control === 'pause') return state === 'paused'
  if (control === 'cancel') return state === 'cancelling' || state === 'cancelled'
  return state !== 'paused'
}

function checkControl(control: Control, { state, isOver, job }: KeptJob): void {
  if (!isOver && (control === 'cancel' || state !== 'cancelling')) return
  const resource = `job "${job.id}"`
  throw new ConflictError(`${resource} is ${isOver ? 'over' : 'being cancelled'}`, {
    operation: control,
    resource,
    hint: isOver ? `it has ${state === 'cancelled' ? 'been cancelled' : state}` : 'wait until it is over',
  })
}

/**
 * Keeps jobs in a directory, one file each, and has them done by one process at a time; others may hand in, follow, pause
 * and cancel meanwhile. Of the jobs that are over, the newest 200 are kept.
 */
export class JournalRunner implements DurableRunner {
  readonly #journal: Journal
  readonly #limitsFile: LimitsFile
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #disposed = new AbortController()
  readonly #working = new Set<Promise<void>>()

  constructor({ directory, clock, logger }: JournalOptions) {
    this.#journal = new Journal(directory)
    this.#limitsFile = new LimitsFile(directory)
    this.#clock = clock
    this.#logger = logger
  }

  async submit(job: Job, tasks: readonly Task[], { signal }: CallOptions = {}): Promise<void> {
    signal?.throwIfAborted()
    await this.#journal.add(job, tasks, this.#clock.now())
    // The job is kept, whatever becomes of older ones.
    await this.#journal.prune(this.#clock.now()).catch((error: unknown) => {
      this.#logger.debug('jobs that are over could not be removed', { error })
    })
  }

  async list({ signal }: CallOptions = {}): Promise<readonly JobStatus[]> {
    signal?.throwIfAborted()
    const files = await this.#journal.jobs()
    signal?.throwIfAborted()
    return files.map(({ kept }) => kept.status)
  }

  async get(id: string, options?: CallOptions): Promise<JobStatus> {
    return (await this.#job(id, options)).kept.status
  }

  async *tasks(id: string, options?: CallOptions): AsyncGenerator<TaskStatus> {
    yield* (await this.#job(id, options)).kept.taskStatuses
  }

  async *events(id: string, options: EventOptions = {}): AsyncGenerator<JobEvent> {
    const { after = 0, follow = false, signal } = options
    const { path } = await this.#job(id, options)
    const reader = new JobReader(path)
    for (;;) {
      for await (const event of reader.read()) {
        signal?.throwIfAborted()
        if (event.seq > after) yield event
      }
      if (!follow || reader.kept.isOver) return
      await this.#clock.sleep(LOOK, { signal })
    }
  }

  async pause(id: string, options?: CallOptions): Promise<JobStatus> {
    return await this.#control(id, 'pause', options)
  }

  async resume(id: string, options?: CallOptions): Promise<JobStatus> {
    return await this.#control(id, 'resume', options)
  }

  async cancel(id: string, options?: CallOptions): Promise<JobStatus> {
    return await this.#control(id, 'cancel', options)
  }

  async limits({ signal }: CallOptions = {}): Promise<readonly CloudLimit[]> {
    signal?.throwIfAborted()
    return await this.#limitsFile.all()
  }

  async setLimit(limit: CloudLimit, { signal }: CallOptions = {}): Promise<void> {
    signal?.throwIfAborted()
    await this.#limitsFile.set(limit)
  }

  async work(handlers: TaskHandlers, options: WorkOptions): Promise<void> {
    const working = this.#work(handlers, options)
    this.#working.add(working)
    try {
      await working
    } finally {
      this.#working.delete(working)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed.abort()
    await Promise.allSettled(this.#working)
  }

  async #work(handlers: TaskHandlers, options: WorkOptions): Promise<void> {
    const { untilIdle = false, grace = DEFAULT_GRACE } = options
    const disposed = this.#disposed.signal
    const signal = options.signal ? AbortSignal.any([options.signal, disposed]) : disposed
    const clock = this.#clock
    const { directory } = this.#journal
    const logger = this.#logger.child({ worker: options.name })
    const worker = new Worker({
      // Apart from that of this runner, whose files come and go.
      journal: new Journal(directory),
      limitsFile: new LimitsFile(directory),
      clock,
      logger,
    })
    let release: () => Promise<void>
    try {
      release = await lockWork(directory, {
        clock,
        logger,
        signal,
        onLost: (error) => worker.lose(error),
      })
    } catch (error) {
      if (signal.aborted) return
      throw error
    }
    try {
      await worker.run(handlers, { signal, untilIdle, grace })
    } finally {
      await release()
    }
  }

  async #job(id: string, { signal }: CallOptions = {}): Promise<JobFile> {
    signal?.throwIfAborted()
    const file = await this.#journal.job(id)
    signal?.throwIfAborted()
    return file
  }

  async #control(id: string, control: Control, options?: CallOptions): Promise<JobStatus> {
    const file = await this.#job(id, options)
    checkControl(control, file.kept)
    if (isSo(control, file.kept)) return file.kept.status
    await file.append({ is: control, at: this.#clock.now() })
    // It may have come to its end meanwhile, or somebody else has cancelled it.
    if (!isSo(control, file.kept)) checkControl(control, file.kept)
    return file.kept.status
  }
}
