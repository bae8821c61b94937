import type { Dispatcher } from 'undici'
import type { AgentConstraint, AgentDataSourceRegistry, FoundAgent } from '../agents/index.ts'
import { destroy } from '../bootstrap/destroy.ts'
import type {
  AccountStore,
  BootstrapControllerParams,
  BootstrapOptions,
  BootstrapPlan,
  BootstrappedController,
  PlanOptions,
  ControllerDetails,
  ControllerStore,
} from '../bootstrap/index.ts'
import type { ControllerMachineAccess } from '../bootstrap/machine-access.ts'
import type { CloudFinder } from '../cloud/finder.ts'
import type { CloudSpec, CloudStore, Credential, CredentialStore } from '../cloud/index.ts'
import { newModelConfig, upgradeModelConfig } from '../config/index.ts'
import type { ControllerClient } from '../controller/index.ts'
import type {
  CallOptions,
  Clock,
  DataSource,
  Dialer,
  Environ,
  HostEnvironment,
  InstanceId,
  Logger,
  MachineResource,
  OpenParams,
  ProviderPlugin,
  ProviderRegistry,
  RandomSource,
} from '../environ/index.ts'
import type { ImageDataSourceRegistry, ImagesOfEnviron, WantedImages } from '../images/index.ts'
import type { Jobs } from '../jobs/index.ts'
import type {
  DurableRunner,
  MachineOutcome,
  MachineParams,
  Orphan,
  StartedMachine,
  StartMachineOptions,
  StartMachinesOptions,
} from '../provisioner/index.ts'
import type { Authorizer, ServerService, ServerStore } from '../servers/index.ts'
import type { Registries, Resolve } from './container.ts'
import { TOKENS } from './tokens.ts'

/** What a runtime is made from. Everything that waits, connects, logs or draws random numbers can be replaced. */
export interface EnvironsOptions {
  /** The providers to have. */
  readonly plugins?: readonly ProviderPlugin[]
  /** Default: winston, JSON lines on standard error, from `warn` up. */
  readonly logger?: Logger
  readonly clock?: Clock
  readonly random?: RandomSource
  /** Default: this process. */
  readonly host?: HostEnvironment
  /** Sends all HTTP requests of the providers when given. */
  readonly dispatcher?: Dispatcher
  /** Where controllers are remembered. Default: files in `dataDir`. */
  readonly controllers?: ControllerStore
  /** Where clouds that the user adds are kept. Default: `clouds.yaml` in `dataDir`. */
  readonly cloudStore?: CloudStore
  /** Where credentials that the user adds are kept. Default: `credentials.yaml` in `dataDir`. */
  readonly credentialStore?: CredentialStore
  /** Where secrets of controllers are kept. Default: `accounts.yaml` in `dataDir`. */
  readonly accounts?: AccountStore
  /** Where servers of the server service are kept. Default: `servers.yaml` in `dataDir`. */
  readonly serverStore?: ServerStore
  /** Says who may do what with these servers. Default: everybody everything. */
  readonly authorizer?: Authorizer
  /** Keeps jobs and has them done. Default: files in `dataDir`, for workers on this host. */
  readonly runner?: DurableRunner
  /** Reaches machines. Default: the network, or the HTTP proxy that `ENVIRONS_PROXY` names. */
  readonly dialer?: Dialer
  /** Default: `$ENVIRONS_DATA`, or `environs` in the XDG data directory. */
  readonly dataDir?: string
}

/** How a controller's environ is opened again. */
export interface OpenControllerOptions extends CallOptions {
  /** Use this credential instead of looking for the remembered one. */
  readonly credential?: Credential
}

/** How an interrupted bootstrap is finished. */
export interface ResumeOptions
  extends BootstrapOptions,
    OpenControllerOptions,
    Pick<BootstrapControllerParams, 'agentVersion' | 'agentBuilds'> {}

/** A runtime: providers, data sources, controllers, and what is done with them. */
export interface Environs {
  readonly providers: ProviderRegistry
  readonly imageDataSources: ImageDataSourceRegistry
  readonly agentDataSources: AgentDataSourceRegistry
  readonly controllers: ControllerStore
  readonly cloudStore: CloudStore
  readonly credentialStore: CredentialStore
  readonly accounts: AccountStore
  readonly dialer: Dialer
  /** Work that outlives this process. */
  readonly jobs: Jobs
  /** All clouds that there are: those that the user added, and those that providers find. */
  readonly clouds: CloudFinder
  readonly logger: Logger
  readonly clock: Clock
  /**
   * Opens an environ (Juju: `New`). Makes no request.
   * @throws NotFoundError when there is no provider of that type
   */
  open(params: OpenParams): Promise<Environ>
  /**
   * Opens the environ of a controller that the store knows.
   * @throws NotFoundError when the store has no such controller, or its credential is not found any more
   */
  openController(name: string, options?: OpenControllerOptions): Promise<Environ>
  /** Data sources of images, in order: the model's own, registered ones, the cloud's, Ubuntu's. */
  imageSources(environ: Environ, options?: CallOptions): Promise<readonly DataSource[]>
  /** Images that machines of an environ would be started from, and where they are from; see `ImageFinder.find`. */
  findImages(environ: Environ, wanted: WantedImages, options?: CallOptions): Promise<ImagesOfEnviron>
  /** What {@link bootstrap} would make, and why; see `Bootstrapper.plan`. */
  planBootstrap(params: BootstrapControllerParams, options?: PlanOptions): Promise<BootstrapPlan>
  /** Makes a controller on a fresh cloud; see `Bootstrapper.bootstrap`. */
  bootstrap(params: BootstrapControllerParams, options?: BootstrapOptions): Promise<BootstrappedController>
  /**
   * Agents for an environ's model, newest first: from its `agent-metadata-url`, what is registered in `agentDataSources`,
   * and what the cloud names, of the streams that its `agent-stream` means unless others are given. No source is official.
   * @throws NotFoundError with what there is instead
   */
  findAgents(
    environ: Environ,
    constraint?: AgentConstraint,
    options?: CallOptions,
  ): Promise<readonly [FoundAgent, ...FoundAgent[]]>
  /** Finishes a bootstrap that was interrupted; see `Bootstrapper.resume`. */
  resumeBootstrap(name: string, options?: ResumeOptions): Promise<BootstrappedController>
  /**
   * Connects to a controller, and logs in as `admin@local`.
   * @throws NotFoundError when it has no agent or is not known, UntrustedError when somebody else answers
   */
  connectController(name: string, options?: CallOptions): Promise<ControllerClient>
  /**
   * How a controller's machine is logged in to over SSH.
   * @throws NotFoundError when it has no agent or is not known, UnavailableError when it does not answer
   */
  machineAccess(name: string, options?: CallOptions): Promise<ControllerMachineAccess>
  /** Starts a machine in a controller's model; see `Provisioner.startMachine`. */
  startMachine(
    controllerName: string,
    environ: Environ,
    params?: Omit<MachineParams, 'machineId'>,
    options?: StartMachineOptions,
  ): Promise<StartedMachine>
  /** Starts many, or finds those that exist; see `Provisioner.startMachines`. */
  startMachines(
    controllerName: string,
    environ: Environ,
    machines: readonly MachineParams[],
    options?: StartMachinesOptions,
  ): Promise<readonly MachineOutcome[]>
  /** Stops instances of a controller's model and forgets the machines that they were. */
  stopInstances(
    controllerName: string,
    environ: Environ,
    ids: readonly InstanceId[],
    options?: CallOptions,
  ): Promise<void>
  /** Instances of the model that carry this controller's tag and that no record owns. `stopInstances` removes them. */
  findOrphans(controllerName: string, environ: Environ, options?: CallOptions): Promise<readonly Orphan[]>
  /**
   * What machines left beside their instances and nobody owns: groups, ports, addresses, volumes that were never in use.
   * Nothing where the environ does not keep such resources; see `keepsMachineResources`.
   */
  findLeftovers(
    controllerName: string,
    environ: Environ,
    options?: CallOptions,
  ): Promise<readonly MachineResource[]>
  /** Removes what {@link findLeftovers} finds; gives what that was. */
  removeLeftovers(
    controllerName: string,
    environ: Environ,
    options?: CallOptions,
  ): Promise<readonly MachineResource[]>
  /**
   * Servers on networks of an environ's cloud, with what holds for them: see `ServerService`. Makes no request, so that
   * each user can have one, with an authorizer that speaks for them; default: the runtime's.
   */
  servers(environ: Environ, authorizer?: Authorizer): ServerService
  /** Destroys a controller and all of its models, then forgets it. */
  destroyController(name: string, options?: OpenControllerOptions): Promise<void>
}

class ComposedEnvirons implements Environs {
  readonly providers: ProviderRegistry
  readonly imageDataSources: ImageDataSourceRegistry
  readonly agentDataSources: AgentDataSourceRegistry
  readonly controllers: ControllerStore
  readonly cloudStore: CloudStore
  readonly credentialStore: CredentialStore
  readonly accounts: AccountStore
  readonly dialer: Dialer
  readonly jobs: Jobs
  readonly clouds: CloudFinder
  readonly logger: Logger
  readonly clock: Clock
  readonly #resolve: Resolve

  constructor(resolve: Resolve) {
    this.#resolve = resolve
    this.providers = resolve(TOKENS.providers)
    this.imageDataSources = resolve(TOKENS.imageDataSources)
    this.agentDataSources = resolve(TOKENS.agentDataSources)
    this.controllers = resolve(TOKENS.controllers)
    this.cloudStore = resolve(TOKENS.cloudStore)
    this.credentialStore = resolve(TOKENS.credentialStore)
    this.accounts = resolve(TOKENS.accounts)
    this.dialer = resolve(TOKENS.dialer)
    this.jobs = resolve(TOKENS.jobs).of({
      open: (name, options) => this.openController(name, options),
      bootstrap: (params, options) => this.bootstrap(params, options),
      resumeBootstrap: (name, options) => this.resumeBootstrap(name, options),
      destroy: (name, options) => this.destroyController(name, options),
      stopInstances: (name, environ, ids, options) => this.stopInstances(name, environ, ids, options),
    })
    this.clouds = resolve(TOKENS.clouds)
    this.logger = resolve(TOKENS.logger)
    this.clock = resolve(TOKENS.clock)
  }

  async open(params: OpenParams): Promise<Environ> {
    return await this.providers.provider(params.cloud.type).open(params)
  }

  async openController(name: string, options: OpenControllerOptions = {}): Promise<Environ> {
    const details = await this.controllers.get(name)
    const cloud = await this.#cloudOf(details, options)
    const provider = this.providers.provider(cloud.type)
    const config = await upgradeModelConfig(await newModelConfig(details.modelConfig), provider)
    return await this.open({ cloud, config, controllerUuid: details.uuid })
  }

  async planBootstrap(params: BootstrapControllerParams, options?: PlanOptions): Promise<BootstrapPlan> {
    return await this.#resolve(TOKENS.bootstrapper).plan(params, options)
  }

  async bootstrap(
    params: BootstrapControllerParams,
    options?: BootstrapOptions,
  ): Promise<BootstrappedController> {
    return await this.#resolve(TOKENS.bootstrapper).bootstrap(params, options)
  }

  async imageSources(environ: Environ, options?: CallOptions): Promise<readonly DataSource[]> {
    return await this.#resolve(TOKENS.images).sources(environ, options)
  }

  async findImages(environ: Environ, wanted: WantedImages, options?: CallOptions): Promise<ImagesOfEnviron> {
    return await this.#resolve(TOKENS.images).find(environ, wanted, options)
  }

  async findAgents(
    environ: Environ,
    constraint?: AgentConstraint,
    options?: CallOptions,
  ): Promise<readonly [FoundAgent, ...FoundAgent[]]> {
    return await this.#resolve(TOKENS.agents).find(environ, constraint, options)
  }

  async resumeBootstrap(
    name: string,
    { agentVersion, agentBuilds, ...options }: ResumeOptions = {},
  ): Promise<BootstrappedController> {
    const cloud = await this.#cloudOf(await this.controllers.get(name), options)
    const wish = {
      ...(agentVersion === undefined ? {} : { agentVersion }),
      ...(agentBuilds ? { agentBuilds } : {}),
    }
    return await this.#resolve(TOKENS.bootstrapper).resume({ ...wish, controllerName: name, cloud }, options)
  }

  async connectController(name: string, options: CallOptions = {}): Promise<ControllerClient> {
    const { connectKnownController } = await import('../bootstrap/connect.ts')
    const { controllers, accounts, dialer } = this
    return await connectKnownController(await controllers.get(name), accounts, { ...options, dialer })
  }

  async machineAccess(name: string, options: CallOptions = {}): Promise<ControllerMachineAccess> {
    const { machineAccess } = await import('../bootstrap/machine-access.ts')
    const { controllers, accounts, dialer } = this
    return await machineAccess(await controllers.get(name), accounts, { ...options, dialer })
  }

  async startMachine(
    controllerName: string,
    environ: Environ,
    params?: Omit<MachineParams, 'machineId'>,
    options?: StartMachineOptions,
  ): Promise<StartedMachine> {
    return await this.#resolve(TOKENS.provisioner).startMachine(controllerName, environ, params, options)
  }

  async startMachines(
    controllerName: string,
    environ: Environ,
    machines: readonly MachineParams[],
    options?: StartMachinesOptions,
  ): Promise<readonly MachineOutcome[]> {
    return await this.#resolve(TOKENS.provisioner).startMachines(controllerName, environ, machines, options)
  }

  async stopInstances(
    controllerName: string,
    environ: Environ,
    ids: readonly InstanceId[],
    options?: CallOptions,
  ): Promise<void> {
    await this.#resolve(TOKENS.provisioner).stopInstances(controllerName, environ, ids, options)
  }

  async findOrphans(
    controllerName: string,
    environ: Environ,
    options?: CallOptions,
  ): Promise<readonly Orphan[]> {
    return await this.#resolve(TOKENS.provisioner).findOrphans(controllerName, environ, options)
  }

  async findLeftovers(
    controllerName: string,
    environ: Environ,
    options?: CallOptions,
  ): Promise<readonly MachineResource[]> {
    return await this.#resolve(TOKENS.provisioner).findLeftovers(controllerName, environ, options)
  }

  async removeLeftovers(
    controllerName: string,
    environ: Environ,
    options?: CallOptions,
  ): Promise<readonly MachineResource[]> {
    return await this.#resolve(TOKENS.provisioner).removeLeftovers(controllerName, environ, options)
  }

  servers(environ: Environ, authorizer?: Authorizer): ServerService {
    return this.#resolve(TOKENS.servers).of(environ, authorizer)
  }

  async destroyController(name: string, options?: OpenControllerOptions): Promise<void> {
    await using environ = await this.openController(name, options)
    await destroy(name, environ, this.controllers, options)
    await this.accounts.remove(name)
    const { forgetModel } = await import('../servers/delete.ts')
    await forgetModel(this.#resolve(TOKENS.serverStore), environ.config().uuid)
  }

  /** A controller's cloud, with the credential that is named or given. */
  async #cloudOf(
    { cloud, credentialName }: ControllerDetails,
    options: OpenControllerOptions,
  ): Promise<CloudSpec> {
    const credential =
      options.credential ?? (await this.#credential(cloud.name, credentialName, cloud.region, options))
    return { ...cloud, credential }
  }

  async #credential(
    cloud: string,
    credential: string | undefined,
    region: string | undefined,
    options: CallOptions,
  ) {
    const query = { cloud, ...(credential ? { credential } : {}), ...(region ? { region } : {}) }
    const { spec } = await this.clouds.find(query, options)
    return spec.credential as Credential
  }
}

/** {@link createEnvirons}, over registries that exist already. */
export async function composeEnvirons(options: EnvironsOptions, registries?: Registries): Promise<Environs> {
  const { compose } = await import('./container.ts')
  // winston is loaded only for those who bring no logger of their own.
  const logger = options.logger ?? (await import('./host/logger.ts')).standardLogger()
  return new ComposedEnvirons(compose({ ...options, logger }, registries))
}

/**
 * Makes a runtime.
 * @throws AlreadyExistsError when two plug-ins have a type or an alias in common
 */
export async function createEnvirons(options: EnvironsOptions = {}): Promise<Environs> {
  return await composeEnvirons(options)
}
