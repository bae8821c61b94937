import { findError, NotFoundError } from '../environ/index.ts'
import type { TaskHandler } from '../provisioner/index.ts'
import { attempts, DEFAULT_RETRIES, unlessCancelled } from './attempts.ts'
import type { JobServices } from './job-services.ts'
import { checkController } from './known-controller.ts'

/** Destroys a controller; one that whoever had the task before has destroyed is. */
export const destroyController =
  (services: JobServices): TaskHandler =>
  async (run) => {
    const { job, begun, signal } = run
    const result = { controller: job.controller }
    return await attempts(run, 'destroy', DEFAULT_RETRIES, ({ attempt }) =>
      unlessCancelled(run, async () => {
        try {
          await checkController(services.provisioning.store, job)
        } catch (error) {
          if (findError(error, NotFoundError) && (begun > 1 || attempt > 1)) return result
          throw error
        }
        await services.controllers.destroy(job.controller, { signal })
        return result
      }),
    )
  }
