import { EnvironsError } from '../../environ/index.ts'
import type { DurableRunner, JobStatus, TaskStatus } from '../../provisioner/index.ts'
import type { Context } from '../context.ts'
import { tellEvent } from '../event-lines.ts'
import { jobTable, jobText, showJob, showTask, taskState } from '../job-table.ts'

/** Options of `environs jobs`. */
export interface JobsOptions {
  readonly follow?: boolean
}

const isOver = ({ endedAt }: JobStatus): boolean => endedAt !== undefined

/** Tells what happens to a job until it is over. */
async function follow(
  context: Context,
  runner: DurableRunner,
  job: JobStatus,
  named: boolean,
): Promise<void> {
  const { output, signal } = context
  context.interruption = 'Interrupted: no longer following. What is followed goes on.'
  for await (const event of runner.events(job.id, { follow: true, signal })) {
    tellEvent(output, job.id, event, named)
  }
}

/** @throws EnvironsError when a job that was followed did not succeed */
function mustHaveSucceeded(followed: readonly JobStatus[]): void {
  const failed = followed.filter(({ state }) => state !== 'succeeded')
  const [first] = failed
  if (!first) return
  const what = failed.map(({ id, state }) => `${id} (${state})`).join(', ')
  throw new EnvironsError(`${failed.length === 1 ? 'job' : 'jobs'} ${what} did not succeed`, {
    resource: `job ${first.id}`,
    hint: `"environs jobs ${first.id}" shows what failed`,
  })
}

async function all(context: Context, options: JobsOptions): Promise<void> {
  const { output, signal } = context
  const { runner } = await context.jobs()
  let shown = await runner.list({ signal })
  let followed: readonly JobStatus[] = []
  if (options.follow) {
    const going = shown.filter((job) => !isOver(job))
    await Promise.all(going.map((job) => follow(context, runner, job, true)))
    shown = await runner.list({ signal })
    followed = shown.filter(({ id }) => going.some((job) => job.id === id))
  }
  output.result({ jobs: shown.map(showJob) }, jobTable(shown, Date.now()))
  mustHaveSucceeded(followed)
}

async function one(context: Context, id: string, options: JobsOptions): Promise<void> {
  const { output, signal } = context
  const { runner } = await context.jobs()
  let status = await runner.get(id, { signal })
  if (options.follow) {
    await follow(context, runner, status, false)
    status = await runner.get(id, { signal })
  }
  const tasks = { failed: [] as TaskStatus[], running: [] as TaskStatus[] }
  for await (const task of runner.tasks(id, { signal })) {
    const state = taskState(task)
    if (state === 'failed' || state === 'running') tasks[state].push(task)
  }
  const { failed, running } = tasks
  output.result(
    { ...showJob(status), failed: failed.map(showTask), running: running.map(showTask) },
    jobText(status, [...failed, ...running]),
  )
  if (options.follow) mustHaveSucceeded([status])
}

export async function jobs(context: Context, id: string | undefined, options: JobsOptions): Promise<void> {
  await (id === undefined ? all(context, options) : one(context, id, options))
}

/** What may be done to a job, and what is told when it was. */
const CHANGES = {
  pause: 'paused: nothing more is begun, what was comes to the end of its step',
  resume: 'resumed',
  cancel: 'being cancelled: what was begun is undone',
} as const

export async function change(context: Context, id: string, what: keyof typeof CHANGES): Promise<void> {
  const { output, signal } = context
  const { runner } = await context.jobs()
  const status = await runner[what](id, { signal })
  const told = status.state === 'cancelled' ? 'cancelled' : CHANGES[what]
  output.result(showJob(status), `Job ${id} is ${told}`)
}
