import { constraintsFromDocument, constraintsToDocument } from '../constraints/index.ts'
import { UnauthorizedError, UnavailableError } from '../environ/index.ts'
import {
  type Attempt,
  type Job,
  type JobMachines,
  type Json,
  type MachineParams,
  releaseFromJob,
  type Task,
  type TaskHandler,
} from '../provisioner/index.ts'
import { attempts, DEFAULT_RETRIES, type Retries } from './attempts.ts'
import type { StartJobOptions } from './job-options.ts'
import type { JobServices } from './job-services.ts'
import { checkController } from './known-controller.ts'
import type { Models } from './models.ts'

/** The task of starting a machine. */
interface StartInput extends Retries {
  /** Whether its id was given, so that it may have an instance already. */
  readonly given: boolean
  readonly params: MachineParams
}

/** The tasks of starting machines that have ids by now. */
export function startTasks(
  machines: readonly MachineParams[],
  ids: readonly string[],
  { retries, retryDelay }: StartJobOptions,
): readonly Task[] {
  const again = {
    ...(retries === undefined ? {} : { retries }),
    ...(retryDelay === undefined ? {} : { retryDelay }),
  }
  return machines.map(({ machineId, constraints, base, placement, distributionGroup }, index) => ({
    id: ids[index] ?? '',
    input: {
      ...(machineId === undefined ? {} : { given: true }),
      ...(constraints ? { constraints: constraintsToDocument(constraints) as Json } : {}),
      ...(base === undefined ? {} : { base }),
      ...(placement === undefined ? {} : { placement }),
      ...(distributionGroup ? { distributionGroup } : {}),
      ...again,
    },
  }))
}

async function readInput(input: Json): Promise<StartInput> {
  const z = await import('zod')
  const schema = z.object({
    given: z.boolean().default(false),
    constraints: z.unknown().optional(),
    base: z.string().optional(),
    placement: z.string().optional(),
    distributionGroup: z.array(z.string()).optional(),
    retries: z.int().min(0).default(DEFAULT_RETRIES.retries),
    retryDelay: z.number().min(0).default(DEFAULT_RETRIES.retryDelay),
  })
  const { given, retries, retryDelay, constraints, base, placement, distributionGroup } = schema.parse(input)
  const params = {
    ...(constraints === undefined ? {} : { constraints: constraintsFromDocument(constraints) }),
    ...(base === undefined ? {} : { base }),
    ...(placement === undefined ? {} : { placement }),
    ...(distributionGroup ? { distributionGroup } : {}),
  }
  return { given, retries, retryDelay, params }
}

/**
 * Starts a machine. What it may have already is looked up before an instance is made, unless nobody has been at it: of a
 * machine whose id was given it is kept, of an attempt that was not completed it is removed.
 */
export function startMachine(services: JobServices, models: Models): TaskHandler {
  const releaseAll = releasing(services)
  return async (run) => {
    const { job, task, begun, signal } = run
    if (signal.aborted && begun === 1) {
      await releaseAll(job)
      return { status: 'cancelled' }
    }
    const { given, params, ...retries } = await readInput(task.input)
    const onMachines = async (act: (machines: JobMachines) => Promise<Attempt>): Promise<Attempt> => {
      const result = await act(await machinesOf(job, services, models))
      if (result.status === 'failed' || result.status === 'again')
        await checkController(services.provisioning.store, job)
      // It may have been changed on this worker by the next attempt.
      if (result.status === 'again' && result.error.code === UnauthorizedError.code) models.forget(job)
      return result
    }
    const found = given
      ? await attempts(run, 'look', retries, () =>
          onMachines(async (machines) => ({
            status: 'succeeded',
            result: await machines.existing(task.id, job.id),
          })),
        )
      : undefined
    if (found?.status === 'succeeded' && found.result !== null) return found
    const outcome =
      found?.status === 'failed'
        ? found
        : await attempts(run, 'start', retries, (which) =>
            onMachines((machines) =>
              machines.attempt(task.id, params, {
                ...retries,
                ...which,
                job: job.id,
                begunBefore: begun > 1,
                signal,
                tell: (message) => run.report(message),
              }),
            ),
          )
    // Most have done so themselves; a model that cannot be opened has not.
    if (outcome.status === 'failed') await releaseFromJob(services.provisioning, job, task.id)
    return outcome
  }
}

/**
 * Takes the machines of a job that is cancelled from it, once for thousands of them. Whoever is at one of them all the same
 * removes what it makes: it cannot be recorded.
 */
function releasing({ provisioning }: JobServices): (job: Job) => Promise<void> {
  const released = new Map<string, Promise<void>>()
  return async (job) => {
    const release = released.get(job.id) ?? releaseFromJob(provisioning, job)
    released.set(job.id, release)
    try {
      await release
    } catch (error) {
      released.delete(job.id)
      throw error
    }
  }
}

/** @throws NotFoundError when the controller is gone, UnavailableError when this worker cannot open it now */
async function machinesOf(job: Job, services: JobServices, models: Models): Promise<JobMachines> {
  try {
    return await models.machines(job)
  } catch (cause) {
    // Whether it is gone is asked by itself: a credential that is not found is a NotFoundError as well.
    await checkController(services.provisioning.store, job)
    const resource = `controller "${job.controller}"`
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new UnavailableError(`${resource} cannot be opened by this worker: ${why}`, {
      cause,
      resource,
      hint: 'see that its credential is there on every worker',
    })
  }
}
