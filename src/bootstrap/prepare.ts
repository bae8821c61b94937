import type { AgentFinder } from '../agents/index.ts'
import type { CloudSpec } from '../cloud/spec.ts'
import { formatBase, parseBase } from '../config/base.ts'
import { newControllerConfig } from '../config/controller-config.ts'
import { applyAttributes, newModelConfig } from '../config/model-config.ts'
import { splitAttributes } from '../config/split.ts'
import { formatConstraints } from '../constraints/text.ts'
import type { Constraints } from '../constraints/value.ts'
import type { AgentBinary } from '../environ/agents.ts'
import type { BootstrapContext } from '../environ/bootstrap.ts'
import type { ControllerConfig, ModelConfig } from '../environ/config.ts'
import type { Environ } from '../environ/environ.ts'
import { AlreadyExistsError, NotValidError } from '../environ/errors.ts'
import type { ImageMetadata } from '../environ/images.ts'
import type { Base, InstanceConfig } from '../environ/instance-config.ts'
import type { EnvironProvider, ProviderRegistry } from '../environ/provider.ts'
import type { Clock, RandomSource } from '../environ/services.ts'
import type { ImageFinder, WantedImages } from '../images/index.ts'
import { newInstanceConfig } from '../instances/instance-config.ts'
import type { ControllerAccount } from './account-store.ts'
import { type AgentWish, chooseAgents, onTheirArch, type ReferenceAgent } from './agents.ts'
import { type ControllerSecrets, controllerSetup, newControllerSecrets } from './controller-setup.ts'
import type { ControllerDetails, ControllerStore } from './controller-store.ts'
import { metadataSourceAttributes } from './metadata-source.ts'

/** Name of the model that a controller itself runs in, and the id of its first machine. */
const CONTROLLER_MODEL = 'controller'
export const CONTROLLER_MACHINE = '0'

/** What a bootstrap is told by its user. */
export interface BootstrapControllerParams extends AgentWish, ControllerSecrets {
  readonly controllerName: string
  readonly cloud: CloudSpec
  /** Name that the credential is found again by; absent: the cloud's default one. */
  readonly credentialName?: string
  /** Attributes of the controller model; its name, type and UUID are given. Those of controllers may be among them. */
  readonly modelConfig?: Readonly<Record<string, unknown>>
  readonly controllerConfig?: Readonly<Record<string, unknown>>
  readonly modelConstraints?: Constraints
  readonly bootstrapConstraints?: Constraints
  /** Operating system of the controller: `ubuntu@24.04`. Default: the model's `default-base`. */
  readonly base?: string
  readonly placement?: string
  /**
   * Id of the image of the controller's machine, also of one that no metadata tells of: so `base`, and `arch` among the
   * constraints, have to say what is in it (Juju: `--bootstrap-image`).
   */
  readonly bootstrapImage?: string
  /**
   * Where metadata of images is, in `images`: an absolute directory, or an http or https address. It becomes the model's
   * `image-metadata-url`.
   */
  readonly metadataSource?: string
  /** Id of the job that it is for, by which whoever goes on with the job knows the controller again. */
  readonly job?: string
}

/** Everything that is known before the first side effect. */
export interface PreparedBootstrap {
  readonly environ: Environ
  readonly controllerConfig: ControllerConfig
  readonly base: Base
  readonly instanceConfig: InstanceConfig
  /** Those of the model and those of the bootstrap, on the architecture of its agent. */
  readonly constraints: Constraints
  /** The agents that may run on it, at most one for each architecture; absent: it runs none. */
  readonly availableTools?: readonly AgentBinary[]
  /** The images that may be used; absent: the provider looks for itself. */
  readonly imageMetadata?: readonly ImageMetadata[]
  /** To be stored before anything is made. */
  readonly details: ControllerDetails
  /** The same; absent: there is no agent to log in to. */
  readonly account?: ControllerAccount
}

/** What {@link prepare} works with. */
export interface PrepareServices {
  readonly providers: ProviderRegistry
  readonly store: ControllerStore
  readonly random: RandomSource
  readonly agents: Pick<AgentFinder, 'choose'>
  readonly images: Pick<ImageFinder, 'find'>
  readonly referenceAgent: ReferenceAgent
  readonly clock: Clock
}

/**
 * The first phase of a bootstrap: all checks, and nothing that would have to be undone. The caller disposes of the
 * environ.
 */
export async function prepare(
  params: BootstrapControllerParams,
  context: BootstrapContext,
  services: PrepareServices,
): Promise<PreparedBootstrap> {
  const { controllerName: name, cloud, placement, bootstrapImage } = params
  const { providers, store, random } = services
  const uuid = random.uuid()
  const together = splitAttributes(params.modelConfig ?? {})
  const given = await newControllerConfig(
    { ...together.controller, ...params.controllerConfig, 'controller-uuid': uuid, 'controller-name': name },
    (message) => context.info(message),
  )
  if ((await store.all()).some((known) => known.name === name)) {
    throw new AlreadyExistsError(`controller "${name}" already exists`, {
      resource: `controller "${name}"`,
      hint: 'choose another name, or destroy that controller first',
    })
  }
  const provider = providers.provider(cloud.type)
  const identity = { name: CONTROLLER_MODEL, type: cloud.type, uuid: random.uuid() }
  const metadata = await metadataSourceAttributes(params.metadataSource)
  const secrets = runsAgent(params, provider)
    ? await newControllerSecrets({ ...params, ...authorityOf(given) }, services)
    : undefined
  const controllerConfig = secrets ? { ...given, 'ca-cert': secrets.caCert } : given
  const config = await newModelConfig({ ...together.model, ...metadata, ...identity })
  const modelConfig = await provider.prepareConfig({
    cloud,
    config: secrets ? await withAuthorizedKey(config, secrets.sshPublicKey) : config,
  })
  if (bootstrapImage !== undefined && params.base === undefined) throw untoldImage(bootstrapImage, 'base')
  const base = parseBase(params.base ?? modelConfig.defaultBase)
  const { credential: _, ...place } = cloud
  const details: ControllerDetails = {
    name,
    uuid,
    status: 'bootstrapping',
    cloud: place,
    ...(params.job === undefined ? {} : { job: params.job }),
    ...(params.credentialName === undefined ? {} : { credentialName: params.credentialName }),
    controllerConfig,
    modelConfig: { ...modelConfig.attrs, uuid: modelConfig.uuid, type: modelConfig.type },
    ...(secrets ? { sshHostKeys: secrets.pending.sshHostKeys.map(({ publicKey }) => publicKey) } : {}),
    instanceIds: [],
    apiEndpoints: [],
    nextMachine: Number(CONTROLLER_MACHINE) + 1,
    machines: {},
  }
  const instanceConfig = newInstanceConfig(
    { machineId: CONTROLLER_MACHINE, controllerUuid: uuid, modelConfig, base, isController: true },
    random,
  )
  const account: ControllerAccount | undefined = secrets && {
    ...secrets.account,
    pending: {
      ...secrets.pending,
      machineNonce: instanceConfig.machineNonce,
      base: formatBase(base),
      constraints: formatConstraints(params.bootstrapConstraints ?? {}),
      modelConstraints: formatConstraints(params.modelConstraints ?? {}),
      ...(placement === undefined ? {} : { placement }),
      ...(bootstrapImage === undefined ? {} : { image: bootstrapImage }),
    },
  }
  const environ = await provider.open({ cloud, config: modelConfig, controllerUuid: uuid })
  try {
    return {
      environ,
      controllerConfig,
      base,
      ...(await selection({ ...params, base }, environ, context, services)),
      instanceConfig: await withController(instanceConfig, details, cloud, account),
      details,
      ...(account ? { account } : {}),
    }
  } catch (error) {
    await environ[Symbol.asyncDispose]()
    throw error
  }
}

/** Whether the instance is made a controller: on machines that exist in memory only nothing can be installed. */
const runsAgent = ({ agent }: AgentWish, { imaginary }: EnvironProvider): boolean =>
  agent !== 'none' && imaginary !== true

const authorityOf = ({ 'ca-cert': caCert }: ControllerConfig) => (caCert === undefined ? {} : { caCert })

async function withAuthorizedKey(config: ModelConfig, key: string): Promise<ModelConfig> {
  const keys = [config.authorizedKeys.trimEnd(), key].filter(Boolean).join('\n')
  return await applyAttributes(config, { 'authorized-keys': `${keys}\n` })
}

/** The configuration of the machine that is to be a controller, with all that its agent is told. */
export async function withController(
  instanceConfig: InstanceConfig,
  details: ControllerDetails,
  cloud: CloudSpec,
  account: ControllerAccount | undefined,
): Promise<InstanceConfig> {
  if (!account?.pending) return instanceConfig
  return {
    ...instanceConfig,
    machineNonce: account.pending.machineNonce,
    sshHostKeys: account.pending.sshHostKeys,
    controller: await controllerSetup(details, cloud, account, account.pending),
  }
}

/** What was checked of the machine to start. */
type Selection = Pick<PreparedBootstrap, 'constraints' | 'availableTools' | 'imageMetadata'>

/** Chooses agents and images, and has the environ check that such a machine can be started. */
export async function selection(
  params: Omit<BootstrapControllerParams, 'base' | 'cloud'> & { readonly base: Base },
  environ: Environ,
  context: BootstrapContext,
  { agents, images, providers, referenceAgent }: PrepareServices,
): Promise<Selection> {
  const { base, placement, bootstrapImage, modelConstraints = {}, bootstrapConstraints = {} } = params
  await environ.prepareForBootstrap(context)
  const validator = await environ.constraintsValidator({ signal: context.signal })
  const asked = validator.merge(modelConstraints, bootstrapConstraints)
  const imageOfUser = bootstrapImage === undefined ? undefined : asGiven(bootstrapImage, base, asked)
  const provider = providers.provider(environ.config().type)
  const availableTools = await chooseAgents(params, { environ, base, arch: asked.arch }, context, {
    agents,
    ...(runsAgent(params, provider) ? { referenceAgent } : {}),
  })
  const constraints = onTheirArch(asked, availableTools)
  const imageMetadata = imageOfUser
    ? [imageOfUser]
    : await findImages(environ, { base, constraints }, context, images)
  await environ.precheckInstance(
    {
      base,
      constraints,
      ...(placement === undefined ? {} : { placement }),
      ...(imageMetadata ? { imageMetadata } : {}),
    },
    { signal: context.signal },
  )
  return {
    constraints,
    ...(availableTools ? { availableTools } : {}),
    ...(imageMetadata ? { imageMetadata } : {}),
  }
}

const untoldImage = (image: string, what: 'base' | 'architecture'): NotValidError =>
  new NotValidError(`of what ${what} the image "${image}" is has to be said`, {
    resource: `image "${image}"`,
    hint:
      what === 'base' ? 'give its base: ubuntu@24.04' : 'give its architecture as a constraint: arch=amd64',
  })

/** Metadata of an image as its user tells it. @throws NotValidError */
function asGiven(id: string, { os, version }: Base, { arch }: Constraints): ImageMetadata {
  if (!arch) throw untoldImage(id, 'architecture')
  return { id, arch, os, version, source: 'the user' }
}

/** The images that may be used; nothing when that is for the provider to find out. @throws NotFoundError */
async function findImages(
  environ: Environ,
  wanted: WantedImages,
  context: BootstrapContext,
  finder: PrepareServices['images'],
): Promise<readonly ImageMetadata[] | undefined> {
  const { images } = await finder.find(environ, wanted, { signal: context.signal })
  const [first] = images
  if (!first) return undefined
  context.verbose(`images are from: ${first.source ?? 'the cloud'}`)
  return images
}
