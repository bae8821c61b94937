import type { ConstraintsValidator } from '../constraints/validator.ts'
import type { Constraints } from '../constraints/value.ts'
import type { BootstrapContext, BootstrapParams, BootstrapResult, CreateParams } from './bootstrap.ts'
import type { InstanceBroker } from './broker.ts'
import type { ConfigGetter, ModelConfig } from './config.ts'
import type { Firewaller } from './firewaller.ts'
import type { ImageMetadata } from './images.ts'
import type { Instance, InstanceId } from './instance.ts'
import type { Base } from './instance-config.ts'
import type { Networking } from './networking.ts'
import type { CallOptions } from './options.ts'
import type { EnvironProvider } from './provider.ts'
import type { StorageProviderRegistry, VolumeAttachmentParams } from './storage.ts'

/** What `precheckInstance` looks at (Juju 2.3: `PrecheckInstanceParams`). */
export interface PrecheckInstanceParams {
  readonly base: Base
  readonly constraints: Constraints
  readonly placement?: string
  readonly volumeAttachments?: readonly VolumeAttachmentParams[]
  /** Images that may be used, as `startInstance` will be told. None: the provider looks for itself. */
  readonly imageMetadata?: readonly ImageMetadata[]
}

/**
 * A model's place in a cloud (Juju: `Environ`). Methods may be called concurrently.
 *
 * A cloud's answers need not be sequentially consistent: a provider tries again after an error, never because a
 * success looks stale.
 */
export interface Environ
  extends InstanceBroker,
    ConfigGetter,
    Firewaller,
    StorageProviderRegistry,
    AsyncDisposable {
  /** The provider that opened this environ. */
  provider(): EnvironProvider
  /** Replaces the configuration, after validating it against the present one. */
  setConfig(config: ModelConfig, options?: CallOptions): Promise<void>
  /** Early checks before anything is made: the credential, the services that are needed. */
  prepareForBootstrap(context: BootstrapContext): Promise<void>
  /**
   * Starts the instance of a new controller. The result's `finalize` must be run by the caller.
   * @throws what `startInstance` throws; nothing is left behind
   */
  bootstrap(context: BootstrapContext, params: BootstrapParams): Promise<BootstrapResult>
  /** Prepares a further model of a controller; never called for the controller's own. */
  create(params: CreateParams, options?: CallOptions): Promise<void>
  /** Knows which constraints this cloud has, which exclude each other, and their vocabularies. */
  constraintsValidator(options?: CallOptions): Promise<ConstraintsValidator>
  /**
   * The instances with these ids, in that order, duplicates included; none asked for, none given.
   * @throws NoInstancesError when none exists, PartialInstancesError (whose `instances` has holes) when some do not
   */
  instances(ids: readonly InstanceId[], options?: CallOptions): Promise<readonly Instance[]>
  /**
   * Ids of the instances that run this controller.
   * @throws NoInstancesError when there is none, NotBootstrappedError when it is certain that there never was
   */
  controllerInstances(controllerUuid: string, options?: CallOptions): Promise<readonly InstanceId[]>
  /** Removes every instance and all else of this model. Twice is as good as once. */
  destroy(options?: CallOptions): Promise<void>
  /** Like {@link destroy}, and removes what carries this controller's tag: all of its models. */
  destroyController(controllerUuid: string, options?: CallOptions): Promise<void>
  /**
   * Checks what can be checked beforehand; silence proves nothing, an error proves that it cannot work.
   * @throws NotValidError saying what is wrong
   */
  precheckInstance(params: PrecheckInstanceParams, options?: CallOptions): Promise<void>
  /** Closes connections. Nothing in the cloud changes. */
  [Symbol.asyncDispose](): Promise<void>
}

/** An environ with networking (Juju: `NetworkingEnviron`). */
export interface NetworkingEnviron extends Environ, Networking {}
