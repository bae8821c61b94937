import type { CloudSpec } from '../cloud/spec.ts'
import { parseBase } from '../config/base.ts'
import { newControllerConfig } from '../config/controller-config.ts'
import { newModelConfig } from '../config/model-config.ts'
import type { Constraints } from '../constraints/value.ts'
import type { BootstrapContext } from '../environ/bootstrap.ts'
import type { ControllerConfig } from '../environ/config.ts'
import { tellsSchema } from '../environ/capabilities.ts'
import type { Environ } from '../environ/environ.ts'
import { AlreadyExistsError } from '../environ/errors.ts'
import type { Base, InstanceConfig } from '../environ/instance-config.ts'
import type { ProviderRegistry } from '../environ/provider.ts'
import type { RandomSource } from '../environ/services.ts'
import { newInstanceConfig } from '../instances/instance-config.ts'
import type { ControllerDetails, ControllerStore } from './controller-store.ts'

/** Name of the model that a controller itself runs in, and the id of its first machine. */
const CONTROLLER_MODEL = 'controller'
const CONTROLLER_MACHINE = '0'

/** What a bootstrap is told by its user. */
export interface BootstrapControllerParams {
  readonly controllerName: string
  readonly cloud: CloudSpec
  /** Name that the credential is found again by; absent: the cloud's default one. */
  readonly credentialName?: string
  /** Attributes of the controller model; its name, type and UUID are given. */
  readonly modelConfig?: Readonly<Record<string, unknown>>
  readonly controllerConfig?: Readonly<Record<string, unknown>>
  readonly modelConstraints?: Constraints
  readonly bootstrapConstraints?: Constraints
  /** Operating system of the controller: `ubuntu@24.04`. Default: the model's `default-base`. */
  readonly base?: string
  readonly placement?: string
}

/** Everything that is known before the first side effect. */
export interface PreparedBootstrap {
  readonly environ: Environ
  readonly controllerConfig: ControllerConfig
  readonly base: Base
  readonly instanceConfig: InstanceConfig
  /** To be stored before anything is made. */
  readonly details: ControllerDetails
}

/** What {@link prepare} works with. */
export interface PrepareServices {
  readonly providers: ProviderRegistry
  readonly store: ControllerStore
  readonly random: RandomSource
}

/**
 * The first phase of a bootstrap: all checks, and nothing that would have to be undone. The caller disposes of the
 * environ.
 */
export async function prepare(
  params: BootstrapControllerParams,
  context: BootstrapContext,
  { providers, store, random }: PrepareServices,
): Promise<PreparedBootstrap> {
  const { controllerName: name, cloud, placement } = params
  const uuid = random.uuid()
  const controllerConfig = await newControllerConfig({
    ...params.controllerConfig,
    'controller-uuid': uuid,
    'controller-name': name,
  })
  if ((await store.all()).some((known) => known.name === name)) {
    throw new AlreadyExistsError(`controller "${name}" already exists`, {
      resource: `controller "${name}"`,
      hint: 'choose another name, or destroy that controller first',
    })
  }
  const provider = providers.provider(cloud.type)
  const given = { name: CONTROLLER_MODEL, type: cloud.type, uuid: random.uuid() }
  const config = await newModelConfig({ ...params.modelConfig, ...given })
  const modelConfig = await provider.prepareConfig({ cloud, config })
  if (tellsSchema(provider)) {
    const known = Object.keys(provider.schema())
    const unknown = Object.keys(modelConfig.unknownAttrs).filter((attribute) => !known.includes(attribute))
    if (unknown.length > 0) {
      const its = known.join(', ')
      context.info(
        `Unknown attributes are kept and mean nothing: ${unknown.join(', ')} (${cloud.type} has ${its})`,
      )
    }
  }
  const base = parseBase(params.base ?? modelConfig.defaultBase)

  const environ = await provider.open({ cloud, config: modelConfig, controllerUuid: uuid })
  try {
    await environ.prepareForBootstrap(context)
    const validator = await environ.constraintsValidator({ signal: context.signal })
    const constraints = validator.merge(params.modelConstraints ?? {}, params.bootstrapConstraints ?? {})
    await environ.precheckInstance(
      { base, constraints, ...(placement === undefined ? {} : { placement }) },
      { signal: context.signal },
    )
  } catch (error) {
    await environ[Symbol.asyncDispose]()
    throw error
  }

  const { credential: _, ...place } = cloud
  return {
    environ,
    controllerConfig,
    base,
    instanceConfig: newInstanceConfig(
      { machineId: CONTROLLER_MACHINE, controllerUuid: uuid, modelConfig, base, isController: true },
      random,
    ),
    details: {
      name,
      uuid,
      status: 'bootstrapping',
      cloud: place,
      ...(params.credentialName === undefined ? {} : { credentialName: params.credentialName }),
      controllerConfig,
      modelConfig: { ...modelConfig.attrs, uuid: modelConfig.uuid, type: modelConfig.type },
      instanceIds: [],
      apiEndpoints: [],
      nextMachine: Number(CONTROLLER_MACHINE) + 1,
      machines: {},
    },
  }
}
