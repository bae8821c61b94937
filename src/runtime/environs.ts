import type { Dispatcher } from 'undici'
import {
  type BootstrapControllerParams,
  type BootstrapOptions,
  type BootstrappedController,
  type ControllerStore,
  destroy,
} from '../bootstrap/index.ts'
import type { CloudFinder } from '../cloud/finder.ts'
import type { CloudStore, Credential, CredentialStore } from '../cloud/index.ts'
import { newModelConfig } from '../config/index.ts'
import type {
  CallOptions,
  Clock,
  Environ,
  HostEnvironment,
  InstanceId,
  Logger,
  ModelConfig,
  OpenParams,
  ProviderPlugin,
  ProviderRegistry,
  RandomSource,
} from '../environ/index.ts'
import type { ImageDataSourceRegistry } from '../images/index.ts'
import type {
  MachineOutcome,
  MachineParams,
  Orphan,
  StartedMachine,
  StartMachineOptions,
  StartMachinesOptions,
} from '../provisioner/index.ts'
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
  /** Default: `$ENVIRONS_DATA`, or `environs` in the XDG data directory. */
  readonly dataDir?: string
}

/** How a controller's environ is opened again. */
export interface OpenControllerOptions extends CallOptions {
  /** Use this credential instead of looking for the remembered one. */
  readonly credential?: Credential
}

/** A runtime: providers, data sources, controllers, and what is done with them. */
export interface Environs {
  readonly providers: ProviderRegistry
  readonly imageDataSources: ImageDataSourceRegistry
  readonly controllers: ControllerStore
  readonly cloudStore: CloudStore
  readonly credentialStore: CredentialStore
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
  /** Makes a controller on a fresh cloud; see `Bootstrapper.bootstrap`. */
  bootstrap(params: BootstrapControllerParams, options?: BootstrapOptions): Promise<BootstrappedController>
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
  /** Destroys a controller and all of its models, then forgets it. */
  destroyController(name: string, options?: OpenControllerOptions): Promise<void>
}

class ComposedEnvirons implements Environs {
  readonly providers: ProviderRegistry
  readonly imageDataSources: ImageDataSourceRegistry
  readonly controllers: ControllerStore
  readonly cloudStore: CloudStore
  readonly credentialStore: CredentialStore
  readonly clouds: CloudFinder
  readonly logger: Logger
  readonly clock: Clock
  readonly #resolve: Resolve

  constructor(resolve: Resolve) {
    this.#resolve = resolve
    this.providers = resolve(TOKENS.providers)
    this.imageDataSources = resolve(TOKENS.imageDataSources)
    this.controllers = resolve(TOKENS.controllers)
    this.cloudStore = resolve(TOKENS.cloudStore)
    this.credentialStore = resolve(TOKENS.credentialStore)
    this.clouds = resolve(TOKENS.clouds)
    this.logger = resolve(TOKENS.logger)
    this.clock = resolve(TOKENS.clock)
  }

  async open(params: OpenParams): Promise<Environ> {
    return await this.providers.provider(params.cloud.type).open(params)
  }

  async openController(name: string, options: OpenControllerOptions = {}): Promise<Environ> {
    const { cloud, credentialName, modelConfig, uuid } = await this.controllers.get(name)
    const credential =
      options.credential ?? (await this.#credential(cloud.name, credentialName, cloud.region, options))
    const config: ModelConfig = await newModelConfig(modelConfig)
    return await this.open({ cloud: { ...cloud, credential }, config, controllerUuid: uuid })
  }

  async bootstrap(
    params: BootstrapControllerParams,
    options?: BootstrapOptions,
  ): Promise<BootstrappedController> {
    return await this.#resolve(TOKENS.bootstrapper).bootstrap(params, options)
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

  async destroyController(name: string, options?: OpenControllerOptions): Promise<void> {
    await using environ = await this.openController(name, options)
    await destroy(name, environ, this.controllers, options)
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
