/** How jobs, their tasks and their events stand in the database. */

import type {
  Job,
  JobEvent,
  JobKind,
  JobState,
  JobStatus,
  TaskOutcome,
  TaskStatus,
} from '../../provisioner/durable-runner.ts'

export interface JobRow {
  readonly id: string
  readonly kind: JobKind
  readonly controller: string
  readonly cloud: string
  readonly model: string
  readonly priority: number
  /** The driver gives 64 bits as text. */
  readonly created_at: string
  readonly state: JobState
  /** Whether its tasks may have been put to rest. */
  readonly was_paused: boolean
  readonly total: number
  readonly begun: number
  readonly succeeded: number
  readonly failed: number
  readonly cancelled: number
  readonly ended_at: string | null
}

export interface TaskRow {
  readonly id: string
  readonly position: number
  readonly begun: number
  readonly outcome: TaskOutcome | null
}

export interface EventRow {
  readonly seq: number
  readonly at: string
  readonly task: string | null
  readonly message: string
  readonly outcome: TaskOutcome['status'] | null
  readonly state: JobState | null
}

export const jobOf = ({
  id,
  kind,
  controller,
  cloud,
  model,
  priority,
  created_at,
}: Omit<Job, 'createdAt'> & Pick<JobRow, 'created_at'>): Job => ({
  id,
  kind,
  controller,
  cloud,
  model,
  priority,
  createdAt: Number(created_at),
})

/** @param running tasks under way; default: all that were begun and are not over */
export const statusOf = (row: JobRow, running?: number): JobStatus => {
  const { state, total, begun, succeeded, failed, cancelled, ended_at } = row
  const over = succeeded + failed + cancelled
  return {
    ...jobOf(row),
    state,
    tasks: { total, running: running ?? begun - over, succeeded, failed, cancelled },
    ...(ended_at === null ? {} : { endedAt: Number(ended_at) }),
  }
}

export const taskStatusOf = ({ id, begun, outcome }: TaskRow): TaskStatus => ({
  id,
  begun,
  ...(outcome && { outcome }),
})

export const eventOf = ({ seq, at, task, message, outcome, state }: EventRow): JobEvent => ({
  seq,
  at: Number(at),
  ...(task === null ? {} : { task }),
  message,
  ...(outcome && { outcome }),
  ...(state && { state }),
})

/** Milliseconds since the epoch by the clock of the server, which all workers have in common. */
const NOW = `floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint`

/** $1 job, $2 task: one more has begun it, unless its job is paused or it is over. */
export const BEGIN = `
  WITH job AS MATERIALIZED (SELECT * FROM environs.jobs WHERE id = $1::text FOR NO KEY UPDATE),
  task AS (
    UPDATE environs.tasks SET begun = tasks.begun + 1 FROM job
     WHERE tasks.job = $1::text AND tasks.id = $2::text AND outcome IS NULL AND job.state <> 'paused'
    RETURNING tasks.begun, tasks.input),
  changed AS (
    UPDATE environs.jobs SET begun = jobs.begun + CASE WHEN task.begun = 1 THEN 1 ELSE 0 END,
           state = CASE state WHEN 'waiting' THEN 'running' ELSE state END, events = events + 1
      FROM task WHERE jobs.id = $1::text
    RETURNING jobs.events, jobs.state),
  told AS (
    INSERT INTO environs.events (job, seq, at, task, message, state)
    SELECT $1::text, changed.events, ${NOW}, $2::text, CASE task.begun WHEN 1 THEN 'begun' ELSE 'begun again' END,
           CASE WHEN job.state <> changed.state THEN changed.state END
      FROM changed, task, job)
  SELECT job.id, job.kind, job.controller, job.cloud, job.model, job.priority, job.created_at,
         job.state, job.was_paused, task.begun, task.input
    FROM job LEFT JOIN task ON true`

/** $1 job, $2 task, $3 outcome, $4 its status, $5 message: only the first outcome counts. */
export const END = `
  WITH job AS MATERIALIZED (SELECT * FROM environs.jobs WHERE id = $1::text FOR NO KEY UPDATE),
  task AS (
    UPDATE environs.tasks SET outcome = $3, input = 'null' FROM job
     WHERE tasks.job = $1::text AND tasks.id = $2::text AND outcome IS NULL
    RETURNING tasks.id),
  counted AS (
    SELECT job.state AS before,
           job.succeeded + CASE $4::text WHEN 'succeeded' THEN 1 ELSE 0 END AS succeeded,
           job.failed + CASE $4::text WHEN 'failed' THEN 1 ELSE 0 END AS failed,
           job.cancelled + CASE $4::text WHEN 'cancelled' THEN 1 ELSE 0 END AS cancelled
      FROM job, task),
  changed AS (
    UPDATE environs.jobs
       SET succeeded = counted.succeeded, failed = counted.failed, cancelled = counted.cancelled,
           events = events + 1,
           state = CASE WHEN counted.succeeded + counted.failed + counted.cancelled < total THEN state
                        WHEN counted.cancelled > 0 THEN 'cancelled'
                        WHEN counted.failed > 0 THEN 'failed' ELSE 'succeeded' END,
           ended_at = CASE WHEN counted.succeeded + counted.failed + counted.cancelled = total THEN ${NOW} END
      FROM counted WHERE jobs.id = $1::text
    RETURNING jobs.events, jobs.state, counted.before)
  INSERT INTO environs.events (job, seq, at, task, message, outcome, state)
  SELECT $1::text, events, ${NOW}, $2::text, $5::text, $4::text, CASE WHEN state <> before THEN state END FROM changed`

/** $1 job, $2 task or nothing, $3 message, $4 state of the job from now on or nothing. */
export const TELL = `
  WITH job AS (UPDATE environs.jobs SET events = events + 1, state = coalesce($4::text, state) WHERE id = $1::text RETURNING events)
  INSERT INTO environs.events (job, seq, at, task, message, state)
  SELECT $1::text, events, ${NOW}, $2::text, $3::text, $4::text FROM job`

/** $1 to $7 of the job, $8 number of tasks, $9 state: nothing when it is there. */
export const HAND_IN = `
  WITH job AS (
    INSERT INTO environs.jobs (id, kind, controller, cloud, model, priority, created_at, total, state, ended_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8::int, $9, CASE $8::int WHEN 0 THEN ${NOW} END)
    ON CONFLICT (id) DO NOTHING RETURNING id)
  INSERT INTO environs.events (job, seq, at, message, state) SELECT id, 1, ${NOW}, 'handed in', $9 FROM job RETURNING job`
