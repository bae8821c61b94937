import type { BootstrappedController, ControllerDetails } from '../bootstrap/index.ts'
import { parseConstraints, formatConstraints } from '../constraints/index.ts'
import {
  AlreadyExistsError,
  type CallOptions,
  ConflictError,
  findError,
  NotValidError,
} from '../environ/index.ts'
import type { CloudFinder } from '../cloud/finder.ts'
import { Secret } from '../cloud/secret.ts'
import type { Json, Task, TaskHandler, TaskRun } from '../provisioner/index.ts'
import { attempts, unlessCancelled } from './attempts.ts'
import type { BootstrapJobParams } from './job-options.ts'
import type { JobServices } from './job-services.ts'
import { knownController } from './known-controller.ts'

/** It is tried once, as without a job: what it made is removed when it fails. */
const ONCE = { retries: 0, retryDelay: 0 }

/** The task of a bootstrap. @throws NotValidError for a secret, which no job may know */
export function bootstrapTask(params: BootstrapJobParams): Task {
  const { modelConstraints = {}, bootstrapConstraints = {}, ...others } = params
  const input = {
    ...others,
    modelConstraints: formatConstraints(modelConstraints),
    bootstrapConstraints: formatConstraints(bootstrapConstraints),
  }
  for (const [name, value] of Object.entries({ ...params.modelConfig, ...params.controllerConfig })) {
    if (!(value instanceof Secret)) continue
    throw new NotValidError(`a job cannot keep the secret attribute "${name}"`, {
      hint: 'bootstrap without a job',
    })
  }
  return { id: 'controller', input: JSON.parse(JSON.stringify(input)) as Json }
}

async function readInput(input: Json): Promise<BootstrapJobParams> {
  const z = await import('zod')
  const text = z.string().optional()
  const attributes = z.record(z.string(), z.unknown()).optional()
  const constraints = z.string().transform((written) => parseConstraints(written))
  const schema = z.object({
    controllerName: z.string(),
    cloud: z.string(),
    region: text,
    credential: text,
    modelConfig: attributes,
    controllerConfig: attributes,
    modelConstraints: constraints,
    bootstrapConstraints: constraints,
    base: text,
    placement: text,
    bootstrapImage: text,
    metadataSource: text,
    agent: z.literal('none').optional(),
    agentVersion: text,
  })
  // What was left out stays out.
  const entries = Object.entries(schema.parse(input)).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as unknown as BootstrapJobParams
}

/** The cloud of a bootstrap, with its credential, as this process knows it. */
export const cloudOf = async (
  clouds: Pick<CloudFinder, 'find'>,
  { cloud, region, credential }: BootstrapJobParams,
  options: CallOptions,
) =>
  await clouds.find(
    {
      cloud,
      ...(region === undefined ? {} : { region }),
      ...(credential === undefined ? {} : { credential }),
    },
    options,
  )

/** Bootstraps a controller, or finishes what whoever had the task before has begun. */
export const bootstrapController =
  (services: JobServices): TaskHandler =>
  async (run) => {
    const params = await readInput(run.task.input)
    return await attempts(run, 'bootstrap', ONCE, async () => {
      if (run.signal.aborted) await undo(services, params.controllerName, run)
      return await unlessCancelled(run, async () => made(await bootstrapped(services, params, run)))
    })
  }

/** Removes what whoever had the task before has begun. */
async function undo(
  { controllers, provisioning: { store } }: JobServices,
  name: string,
  { job }: TaskRun,
): Promise<void> {
  const known = await knownController(store, name)
  if (known?.job === job.id && known.status !== 'ready') await controllers.destroy(name, {})
}

async function bootstrapped(
  { clouds, controllers, provisioning: { store } }: JobServices,
  params: BootstrapJobParams,
  run: TaskRun,
): Promise<BootstrappedController | ControllerDetails> {
  const { job, signal } = run
  const name = params.controllerName
  const options = { signal, onProgress: ({ message }: { message: string }) => run.report(message) }
  const known = await knownController(store, name)
  if (known && known.job !== job.id) {
    const resource = `controller "${name}"`
    const hint = 'choose another name, or destroy that controller first'
    throw new AlreadyExistsError(`${resource} already exists`, { resource, hint })
  }
  if (known?.status === 'ready') return known
  if (known) {
    try {
      const { agentVersion } = params
      const wish = agentVersion === undefined ? {} : { agentVersion }
      return await controllers.resumeBootstrap(name, { ...options, ...wish })
    } catch (error) {
      // Without an agent, or before its secrets were kept, there is nothing to go on with.
      if (!findError(error, ConflictError)) throw error
      await controllers.destroy(name, { signal })
    }
  }
  const { cloud: _, region: __, credential: ___, ...others } = params
  const { spec, credentialName, config } = await cloudOf(clouds, params, { signal })
  const modelConfig = { ...config, ...params.modelConfig }
  return await controllers.bootstrap(
    { ...others, job: job.id, cloud: spec, credentialName, modelConfig },
    options,
  )
}

function made(controller: BootstrappedController | ControllerDetails): Json {
  const { name, uuid, instanceIds, apiEndpoints } = 'details' in controller ? controller.details : controller
  return { controller: name, uuid, instance: instanceIds[0] ?? null, apiEndpoints }
}
