/** What outlives a process: jobs, whose tasks an engine keeps and workers do. */

import type { CallOptions } from '../environ/index.ts'

/** What can be written down and read again as it was. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [name: string]: Json | undefined }

/** What a job does; each kind has a limit of its own on each cloud. */
export type JobKind = 'bootstrap' | 'start' | 'stop' | 'destroy'

/** Tasks that were handed in together. */
export interface Job {
  /** Unique for ever. A job that is handed in twice is one. */
  readonly id: string
  readonly kind: JobKind
  /** Name of the controller that it is about. */
  readonly controller: string
  /** Whose limits hold: `mycloud/RegionOne`. */
  readonly cloud: string
  /** Among whom the cloud is shared fairly: the UUID of a model, or the name of a controller that has none yet. */
  readonly model: string
  /** 0 to 9: of what waits for the same cloud, the smallest goes first. */
  readonly priority: number
  /** Milliseconds since the epoch. */
  readonly createdAt: number
}

/** The part of a job that one worker does. */
export interface Task {
  /** Unique in its job: `5`. */
  readonly id: string
  /** Never a secret. */
  readonly input: Json
}

/** What is kept of an error. */
export interface TaskError {
  readonly name: string
  readonly code?: string
  readonly message: string
  readonly hint?: string
}

/** How a task ended. */
export type TaskOutcome =
  | { readonly status: 'succeeded'; readonly result: Json }
  | { readonly status: 'failed'; readonly error: TaskError }
  | { readonly status: 'cancelled' }

/** How far a task is. */
export interface TaskStatus {
  readonly id: string
  /** How many workers have begun it: more than one when one of them died or was stopped. */
  readonly begun: number
  /** Absent: it is not over. */
  readonly outcome?: TaskOutcome
}

export type JobState =
  /** Nothing of it was begun. */
  | 'waiting'
  | 'running'
  /** Nothing more of it is begun; what was comes to the end of its step. */
  | 'paused'
  /** Its tasks undo what they have begun. */
  | 'cancelling'
  /** All of its tasks have succeeded. */
  | 'succeeded'
  /** All of its tasks are over, and some have failed. */
  | 'failed'
  | 'cancelled'

/** How far a job is. */
export interface JobStatus extends Job {
  readonly state: JobState
  /** Numbers of tasks: in all; begun and neither over nor at rest, because the job is paused; and over. */
  readonly tasks: {
    readonly total: number
    readonly running: number
    readonly succeeded: number
    readonly failed: number
    readonly cancelled: number
  }
  /** Milliseconds since the epoch; absent: it is not over. */
  readonly endedAt?: number
}

/** Something that happened to a job. */
export interface JobEvent {
  /** Where it stands among the events of its job. */
  readonly seq: number
  /** Milliseconds since the epoch. */
  readonly at: number
  /** Of which task; absent: of the job. */
  readonly task?: string
  readonly message: string
  /** What became of the task, when this is its end. */
  readonly outcome?: TaskOutcome['status']
  /** What the job is from now on, when that has changed. */
  readonly state?: JobState
}

/** Which events are wanted. */
export interface EventOptions extends CallOptions {
  /** Those after this one. Default: all. */
  readonly after?: number
  /** Go on until the job is over. Default: end with the last event that there is. */
  readonly follow?: boolean
}

/** How much is done on a cloud at the same time. */
export interface CloudLimit {
  /** `mycloud/RegionOne` */
  readonly cloud: string
  readonly kind: JobKind
  /** Tasks under way, of all workers together. */
  readonly atOnce: number
  /** Tasks under way on one worker. */
  readonly atOncePerWorker: number
  /** Tasks begun in a second, of all workers together. Default: as many as there are. */
  readonly perSecond?: number
}

/** The limits of a cloud that has none of its own; Juju's `num-provision-workers` is 16. */
export const DEFAULT_LIMITS: { readonly [K in JobKind]: Pick<CloudLimit, 'atOnce' | 'atOncePerWorker'> } = {
  bootstrap: { atOnce: 8, atOncePerWorker: 4 },
  start: { atOnce: 64, atOncePerWorker: 16 },
  stop: { atOnce: 16, atOncePerWorker: 4 },
  destroy: { atOnce: 8, atOncePerWorker: 4 },
}

/** A task under way, as its handler sees it. */
export interface TaskRun {
  readonly job: Job
  readonly task: Task
  /** How many have begun it, this one included; 1: nobody has been at it before, and nothing was made for it. */
  readonly begun: number
  /** Aborted when the job is cancelled. What was begun is to be undone then. */
  readonly signal: AbortSignal
  /**
   * Does something that is not to be done again: when it has been done before, what it gave then is given. A worker that
   * dies before that was written down has it done twice; so it has to look first what is there.
   * @throws what `act` throws, which is not kept
   */
  step<T extends Json>(name: string, act: () => Promise<T>): Promise<T>
  /** Waits; what was waited before a restart counts. Ends early, without an error, when the signal is aborted. */
  sleep(milliseconds: number): Promise<void>
  /**
   * Waits until the cloud may be asked: nobody holds it back, and the job is not paused. Ends early, without an error,
   * when the signal is aborted.
   */
  ready(): Promise<void>
  /** Has all tasks of this kind on this cloud wait, on all workers, at the next {@link ready}. */
  holdBack(milliseconds: number): Promise<void>
  /** Tells whoever follows the job. May come twice, and is not waited for. */
  report(message: string): void
}

/** Does a task. What it throws is a failure of the task. */
export type TaskHandler = (run: TaskRun) => Promise<TaskOutcome>

export type TaskHandlers = { readonly [K in JobKind]: TaskHandler }

/** How a worker works. */
export interface WorkOptions extends CallOptions {
  /** What the engine knows this worker by; the same after a restart. No two may have the same at one time. */
  readonly name: string
  /** End when no job is left that could go on. Default: wait for more. */
  readonly untilIdle?: boolean
  /**
   * When the signal is aborted, how long what is under way has to come to the end of its step. Milliseconds; default
   * 30,000. What has not by then is done again by whoever goes on.
   */
  readonly grace?: number
}

/**
 * Keeps jobs and has them done. Tasks are done at least once, their steps as often as {@link TaskRun.step} says.
 * All of it throws UnavailableError when the engine cannot be reached or has no room, and NotValidError when what it
 * keeps was written by another version.
 */
export interface DurableRunner extends AsyncDisposable {
  /** Hands in a job: all of it is kept when this resolves, and nothing when it rejects. */
  submit(job: Job, tasks: readonly Task[], options?: CallOptions): Promise<void>
  /** The newest first. */
  list(options?: CallOptions): Promise<readonly JobStatus[]>
  /** @throws NotFoundError */
  get(id: string, options?: CallOptions): Promise<JobStatus>
  /** The tasks of a job in the order in which they were handed in. @throws NotFoundError */
  tasks(id: string, options?: CallOptions): AsyncIterable<TaskStatus>
  /** @throws NotFoundError */
  events(id: string, options?: EventOptions): AsyncIterable<JobEvent>
  /** @throws NotFoundError, ConflictError when it is over or being cancelled */
  pause(id: string, options?: CallOptions): Promise<JobStatus>
  /** One that is not paused is none the worse for it. @throws NotFoundError, ConflictError when it is over or being cancelled */
  resume(id: string, options?: CallOptions): Promise<JobStatus>
  /** One that is being cancelled is none the worse for it. @throws NotFoundError, ConflictError when it is over */
  cancel(id: string, options?: CallOptions): Promise<JobStatus>
  /** The limits that were set. */
  limits(options?: CallOptions): Promise<readonly CloudLimit[]>
  /** Sets a limit, for work that is under way as well. @throws NotValidError */
  setLimit(limit: CloudLimit, options?: CallOptions): Promise<void>
  /**
   * Does tasks until the signal is aborted.
   * @throws ConflictError when there is another worker of this name
   */
  work(handlers: TaskHandlers, options: WorkOptions): Promise<void>
}
