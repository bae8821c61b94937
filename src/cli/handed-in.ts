/** Jobs that a command hands in instead of doing the work itself. */

import {
  ConflictError,
  EnvironsError,
  findError,
  ForbiddenError,
  NotFoundError,
  NotValidError,
  QuotaExceededError,
  UnauthorizedError,
} from '../environ/index.ts'
import type { JobOptions, Jobs } from '../jobs/index.ts'
import type { Job, JobStatus, Json, TaskError } from '../provisioner/index.ts'
import type { Context } from './context.ts'
import { tellEvent } from './event-lines.ts'
import { wholeNumber } from './whole-number.ts'

/** Options of every command that may be handed in as a job. */
export interface AsJobOptions {
  readonly job?: boolean
  readonly detach?: boolean
  readonly priority?: string
}

/** What became of a job. */
export interface EndedJob {
  readonly status: JobStatus
  /** Of the tasks that succeeded. */
  readonly results: readonly Json[]
}

/** Milliseconds after which it is looked whether the other worker is still there. */
const WORKER_LOOK = 1000

/**
 * What is said of a job, besides that it is one.
 * @throws NotValidError when that is said of something that is none
 */
export function jobOptions({ job, detach, priority }: AsJobOptions): JobOptions | undefined {
  if (job) {
    if (priority === undefined) return {}
    return { priority: wholeNumber(priority, { what: 'a priority', least: 0, most: 9 }) }
  }
  const lonely = detach ? '--detach' : priority === undefined ? undefined : '--priority'
  if (lonely === undefined) return undefined
  throw new NotValidError(`${lonely} is only for a job`, { hint: 'add --job' })
}

const CLASSES = [QuotaExceededError, ForbiddenError, UnauthorizedError, NotValidError, NotFoundError]

/** An error as it was on the worker, as far as the exit code tells errors apart. */
function errorOf({ code, message, hint }: TaskError): EnvironsError {
  const type = CLASSES.find((known) => known.code === code) ?? EnvironsError
  return new type(message, hint === undefined ? {} : { hint })
}

/**
 * Works on jobs until the signal is aborted; as long as another process of this client does, waits for its end.
 * @throws what `work` throws
 */
async function workMeanwhile(context: Context, jobs: Jobs, id: string, signal: AbortSignal): Promise<void> {
  const { clock } = await context.environs()
  while (!signal.aborted) {
    context.interruption = `Interrupted: stopping after the steps under way; "environs worker" goes on with job ${id}. Interrupt again to stop at once.`
    try {
      await jobs.work({ signal })
    } catch (error) {
      if (!findError(error, ConflictError)) throw error
      context.interruption = goesOn(id)
      await clock.sleep(WORKER_LOOK, { signal }).catch(() => undefined)
    }
  }
}

const goesOn = (id: string): string =>
  `Interrupted: the job goes on; follow it with "environs jobs ${id} --follow"`

/** Tells what happens to a job until it is over. Without a database, this process works on it meanwhile. */
async function untilOver(context: Context, jobs: Jobs, id: string): Promise<void> {
  const { output, signal } = context
  context.interruption = goesOn(id)
  const over = new AbortController()
  const following = AbortSignal.any([signal, over.signal])
  const working = context.hasDatabase
    ? Promise.resolve()
    : // Nobody would go on with what is followed.
      workMeanwhile(context, jobs, id, following).catch((error: unknown) => over.abort(error))
  try {
    for await (const event of jobs.runner.events(id, { follow: true, signal: following })) {
      tellEvent(output, id, event)
    }
  } finally {
    over.abort()
    await working
  }
}

/** What a job's tasks left. */
async function outcomes(jobs: Jobs, id: string, signal: AbortSignal) {
  const results: Json[] = []
  const errors: TaskError[] = []
  for await (const { outcome } of jobs.runner.tasks(id, { signal })) {
    if (outcome?.status === 'succeeded') results.push(outcome.result)
    if (outcome?.status === 'failed') errors.push(outcome.error)
  }
  return { results, errors }
}

/** @throws EnvironsError when a job did not succeed */
function mustHaveSucceeded({ id, state, tasks }: JobStatus, errors: readonly TaskError[]): void {
  if (state === 'succeeded') return
  const resource = `job ${id}`
  const [first] = errors.map(errorOf)
  if (!first) throw new EnvironsError(`job ${id} was ${state}`, { resource })
  if (tasks.total === 1) throw first
  throw new EnvironsError(`${errors.length} of ${tasks.total} tasks of job ${id} failed: ${first.message}`, {
    resource,
    cause: first,
    hint: first.hint ?? `"environs jobs ${id}" shows them`,
  })
}

/**
 * Hands in a job, and follows it until it is over unless it is to be left alone.
 * @throws EnvironsError when it did not succeed
 */
export async function handIn(
  context: Context,
  { detach = false }: AsJobOptions,
  submit: (jobs: Jobs) => Promise<Job>,
  result: (ended: EndedJob) => readonly [document: object, text: string],
): Promise<void> {
  const { output, signal } = context
  const jobs = await context.jobs()
  const { id } = await submit(jobs)
  if (detach) {
    output.result({ job: id }, id)
    return
  }
  output.say(context.hasDatabase ? `Job ${id}: "environs worker" does it` : `Job ${id}`, { job: id })
  await untilOver(context, jobs, id)
  const status = await jobs.runner.get(id, { signal })
  const { results, errors } = await outcomes(jobs, id, signal)
  if (results.length > 0) {
    const [document, text] = result({ status, results })
    output.result({ job: id, ...document }, text)
  }
  mustHaveSucceeded(status, errors)
}
