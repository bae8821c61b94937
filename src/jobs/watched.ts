import type { Job, TaskHandler, TaskHandlers, TaskOutcome, TaskRun } from '../provisioner/index.ts'

/** Something that happened to a task on this worker. */
export interface TaskProgress {
  readonly job: Job
  readonly task: string
  readonly message: string
  /** How the task ended, when this is its end. */
  readonly outcome?: TaskOutcome['status']
}

/** The same handlers, with `tell` told what they report. */
export function watched(handlers: TaskHandlers, tell: (progress: TaskProgress) => void): TaskHandlers {
  const watch =
    (handler: TaskHandler): TaskHandler =>
    async (run) => {
      const about = { job: run.job, task: run.task.id }
      const told: TaskRun = {
        job: run.job,
        task: run.task,
        begun: run.begun,
        signal: run.signal,
        step: (name, act) => run.step(name, act),
        sleep: (milliseconds) => run.sleep(milliseconds),
        ready: () => run.ready(),
        holdBack: (milliseconds) => run.holdBack(milliseconds),
        report: (message) => {
          tell({ ...about, message })
          run.report(message)
        },
      }
      tell({ ...about, message: run.begun === 1 ? 'begun' : 'begun again' })
      const outcome = await handler(told)
      const message = outcome.status === 'failed' ? `failed: ${outcome.error.message}` : outcome.status
      tell({ ...about, message, outcome: outcome.status })
      return outcome
    }
  const { bootstrap, start, stop, destroy } = handlers
  return { bootstrap: watch(bootstrap), start: watch(start), stop: watch(stop), destroy: watch(destroy) }
}
