import type { JobStatus, TaskStatus } from '../provisioner/index.ts'
import { table } from './output.ts'

/** A job as the command tells of it. */
export const showJob = ({ id, createdAt, endedAt, ...job }: JobStatus) => ({
  job: id,
  ...job,
  created: new Date(createdAt).toISOString(),
  ...(endedAt === undefined ? {} : { ended: new Date(endedAt).toISOString() }),
})

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
] as const

/** How long ago, in the largest unit that it fills: `3h`. */
function age(since: number, now: number): string {
  const seconds = Math.max(0, Math.floor((now - since) / 1000))
  const [unit, size] = UNITS.find(([, least]) => seconds >= least) ?? ['s', 1]
  return `${Math.floor(seconds / size)}${unit}`
}

const over = ({ tasks }: JobStatus): number => tasks.succeeded + tasks.failed + tasks.cancelled

/** A table of jobs. */
export function jobTable(jobs: readonly JobStatus[], now: number): string {
  if (jobs.length === 0) return 'No jobs.'
  return table([
    ['JOB', 'KIND', 'CONTROLLER', 'STATE', 'DONE', 'FAILED', 'AGE'],
    ...jobs.map((job) => [
      job.id,
      job.kind,
      job.controller,
      job.state,
      `${over(job)}/${job.tasks.total}`,
      String(job.tasks.failed),
      age(job.createdAt, now),
    ]),
  ])
}

/** What a task is doing, or how it ended. */
export const taskState = ({ begun, outcome }: TaskStatus): string =>
  outcome?.status ?? (begun > 0 ? 'running' : 'waiting')

/** A task as the command tells of it. */
export const showTask = (task: TaskStatus) => ({
  task: task.id,
  state: taskState(task),
  begun: task.begun,
  ...(task.outcome?.status === 'failed' ? { error: task.outcome.error } : {}),
})

/** One job, and some of its tasks. */
export function jobText(job: JobStatus, tasks: readonly TaskStatus[]): string {
  const { total, running, failed } = job.tasks
  const { created, ended } = showJob(job)
  const head = table([
    ['Job', job.id],
    ['Kind', job.kind],
    ['Controller', job.controller],
    ['Cloud', job.cloud],
    ['State', job.state],
    ['Priority', String(job.priority)],
    ['Created', created],
    ...(ended === undefined ? [] : [['Ended', ended]]),
    ['Tasks', `${over(job)} of ${total} done, ${failed} failed, ${running} under way`],
  ])
  if (tasks.length === 0) return head
  const rows = tasks.map((task) => {
    const error = task.outcome?.status === 'failed' ? task.outcome.error.message : ''
    return [task.id, taskState(task), String(task.begun), error]
  })
  return `${head}\n\n${table([['TASK', 'STATE', 'BEGUN', 'ERROR'], ...rows])}`
}
