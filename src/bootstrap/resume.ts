import type { CloudSpec } from '../cloud/spec.ts'
import { parseBase } from '../config/base.ts'
import { newModelConfig } from '../config/model-config.ts'
import { parseConstraints } from '../constraints/text.ts'
import type { BootstrapContext, BootstrapResult } from '../environ/bootstrap.ts'
import type { Environ } from '../environ/environ.ts'
import { ConflictError, findError, NoInstancesError, NotBootstrappedError } from '../environ/errors.ts'
import type { Instance } from '../environ/instance.ts'
import type { CallOptions } from '../environ/options.ts'
import { newInstanceConfig } from '../instances/instance-config.ts'
import type { AccountStore } from './account-store.ts'
import type { AgentWish } from './agents.ts'
import type { ControllerDetails } from './controller-store.ts'
import { finishBootstrap } from './finish.ts'
import {
  type BootstrapControllerParams,
  CONTROLLER_MACHINE,
  type PreparedBootstrap,
  type PrepareServices,
  selection,
  withController,
} from './prepare.ts'

/** Which bootstrap is to be finished. */
export interface ResumeParams extends Omit<AgentWish, 'agent'> {
  readonly controllerName: string
  /** With its credential. */
  readonly cloud: CloudSpec
}

/** What is known of a bootstrap that was interrupted. */
interface Resumed {
  readonly prepared: PreparedBootstrap
  /** As its user told them. */
  readonly again: BootstrapControllerParams
  /** What was started already. */
  readonly started?: BootstrapResult
}

const nothingToFinish = (name: string, why: string, hint: string): ConflictError =>
  new ConflictError(`there is nothing to finish of controller "${name}": ${why}`, {
    resource: `controller "${name}"`,
    hint,
  })

/**
 * Prepares as {@link prepare} does, from what the stores remember. The caller disposes of the environ.
 * @throws NotFoundError, ConflictError
 */
export async function prepareAgain(
  params: ResumeParams,
  context: BootstrapContext,
  services: PrepareServices & { readonly accounts: AccountStore },
): Promise<Resumed> {
  const { controllerName: name, cloud } = params
  const { providers, store, accounts, random } = services
  const details = await store.get(name)
  if (details.status === 'ready') throw nothingToFinish(name, 'it is ready', 'use it')
  const account = await accounts.get(name)
  if (!account?.pending) {
    throw nothingToFinish(
      name,
      'it was to have no agent, or was interrupted before anything was made',
      'destroy it and bootstrap anew',
    )
  }
  const { pending } = account
  const base = parseBase(pending.base)
  const modelConfig = await newModelConfig(details.modelConfig)
  const { controllerConfig, uuid } = details
  const environ = await providers
    .provider(cloud.type)
    .open({ cloud, config: modelConfig, controllerUuid: uuid })
  const again: BootstrapControllerParams = {
    ...params,
    modelConstraints: parseConstraints(pending.modelConstraints),
    bootstrapConstraints: parseConstraints(pending.constraints),
    ...(pending.placement === undefined ? {} : { placement: pending.placement }),
    ...(pending.image === undefined ? {} : { bootstrapImage: pending.image }),
  }
  try {
    const instanceConfig = newInstanceConfig(
      { machineId: CONTROLLER_MACHINE, controllerUuid: uuid, modelConfig, base, isController: true },
      random,
    )
    const prepared: PreparedBootstrap = {
      environ,
      controllerConfig,
      base,
      ...(await selection({ ...again, base }, environ, context, services)),
      instanceConfig: await withController(instanceConfig, details, cloud, account),
      details,
      account,
    }
    const instance = await startedInstance(environ, details, context)
    return { prepared, again, ...(instance ? { started: asStarted(instance, prepared, context) } : {}) }
  } catch (error) {
    await environ[Symbol.asyncDispose]()
    throw error
  }
}

/**
 * The instance whose start was completed. One that was not, and may lack an address or a disk, is stopped: another takes
 * its place.
 */
async function startedInstance(
  environ: Environ,
  { uuid, instanceIds }: ControllerDetails,
  options: CallOptions,
): Promise<Instance | undefined> {
  try {
    const ids = await environ.controllerInstances(uuid, options)
    const incomplete = ids.filter((id) => !instanceIds.includes(id))
    if (incomplete.length > 0) await environ.stopInstances(incomplete, options)
    const [id] = ids.filter((each) => !incomplete.includes(each))
    return id === undefined ? undefined : (await environ.instances([id], options))[0]
  } catch (error) {
    if (findError(error, NoInstancesError) ?? findError(error, NotBootstrappedError)) return undefined
    throw error
  }
}

/** An instance that an earlier process started. */
function asStarted(
  instance: Instance,
  { environ, base, availableTools = [] }: PreparedBootstrap,
  context: BootstrapContext,
): BootstrapResult {
  context.info(`${instance.displayName} (${instance.id}) was started already`)
  return {
    arch: availableTools[0]?.arch ?? '',
    base,
    instance,
    hardware: {},
    finalize: async (at, config, dialOpts) => await finishBootstrap(environ, instance, at, config, dialOpts),
  }
}
