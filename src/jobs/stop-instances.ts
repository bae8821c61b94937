import type { InstanceId } from '../environ/index.ts'
import type { Task, TaskHandler } from '../provisioner/index.ts'
import { attempts, DEFAULT_RETRIES, unlessCancelled } from './attempts.ts'
import type { JobServices } from './job-services.ts'
import type { Models } from './models.ts'

/** Instances that are stopped by one call. */
const TOGETHER = 20

/** The tasks of stopping instances. */
export const stopTasks = (ids: readonly InstanceId[]): readonly Task[] =>
  Array.from({ length: Math.ceil(ids.length / TOGETHER) }, (_, index) => ({
    id: String(index + 1),
    input: { instances: ids.slice(index * TOGETHER, (index + 1) * TOGETHER) },
  }))

/** Stops instances; one that is gone is none the worse for it. */
export const stopInstances =
  ({ controllers }: JobServices, models: Models): TaskHandler =>
  async (run) => {
    const z = await import('zod')
    const { instances } = z.object({ instances: z.array(z.string()) }).parse(run.task.input)
    const { job, signal } = run
    return await attempts(run, 'stop', DEFAULT_RETRIES, () =>
      unlessCancelled(run, async () => {
        const environ = await models.environ(job, { signal })
        await controllers.stopInstances(job.controller, environ, instances, { signal })
        return { instances }
      }),
    )
  }
