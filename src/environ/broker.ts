import type { Constraints } from '../constraints/value.ts'
import type { AgentBinary } from './agents.ts'
import type { ModelConfig } from './config.ts'
import type { ImageMetadata } from './images.ts'
import type { HardwareCharacteristics, Instance, InstanceId, InstanceState } from './instance.ts'
import type { InstanceConfig } from './instance-config.ts'
import type { InterfaceInfo } from './network.ts'
import type { CallOptions } from './options.ts'
import type { Volume, VolumeAttachment, VolumeAttachmentParams, VolumeParams } from './storage.ts'

/** What `startInstance` is told (Juju: `StartInstanceParams`). */
export interface StartInstanceParams {
  readonly controllerUuid: string
  readonly instanceConfig: InstanceConfig
  readonly constraints: Constraints
  /** Agent binaries that may run on it; when given, they fix its architecture. */
  readonly tools?: readonly AgentBinary[]
  /** A directive of the provider's own: `zone=az1`. */
  readonly placement?: string
  /** The zone to use, chosen by the caller, who tries another one when the error is not a `ZoneIndependentError`. */
  readonly availabilityZone?: string
  /** Instances that this one should be kept apart from. */
  readonly distributionGroup?: (options?: CallOptions) => Promise<readonly InstanceId[]>
  /** Volumes to create; each is meant for this machine. */
  readonly volumes?: readonly VolumeParams[]
  /** Volumes that exist and will be attached; they may restrict the zone. */
  readonly volumeAttachments?: readonly VolumeAttachmentParams[]
  readonly networkInfo?: readonly InterfaceInfo[]
  /** One map for each interface: provider's subnet id to the zones it is available in. */
  readonly subnetsToZones?: readonly ReadonlyMap<string, readonly string[]>[]
  /** Endpoint name to provider's space id. */
  readonly endpointBindings?: ReadonlyMap<string, string>
  /** Images that may be used, best source first. None: the provider looks for itself. */
  readonly imageMetadata?: readonly ImageMetadata[]
  /** Told about progress. */
  readonly statusCallback?: (state: InstanceState, info: string) => void
  /** Called once when no more progress will be told. */
  readonly cleanupCallback?: () => void
}

/** What `startInstance` made (Juju: `StartInstanceResult`). */
export interface StartInstanceResult {
  readonly instance: Instance
  readonly hardware: HardwareCharacteristics
  /** Configuration to go on with, if the instance is a controller and it changed. */
  readonly config?: ModelConfig
  readonly networkInfo?: readonly InterfaceInfo[]
  readonly volumes?: readonly Volume[]
  readonly volumeAttachments?: readonly VolumeAttachment[]
}

/** Starts and stops instances (Juju: `InstanceBroker`). */
export interface InstanceBroker {
  /**
   * Starts one instance and waits until it runs. A failure leaves nothing behind.
   * @throws NotValidError for parameters that can never work, QuotaExceededError, ZoneIndependentError (with the real
   *   error as `cause`) when another zone would not help, any other error when it might
   */
  startInstance(params: StartInstanceParams, options?: CallOptions): Promise<StartInstanceResult>
  /** Stops instances and removes all that was made for them. Unknown ids are ignored. */
  stopInstances(ids: readonly InstanceId[], options?: CallOptions): Promise<void>
  /** All instances of this model, whatever state they are in. */
  allInstances(options?: CallOptions): Promise<readonly Instance[]>
  /** Called for an existing instance when its agent starts. A cloud has nothing to do. */
  maintainInstance(params: StartInstanceParams, options?: CallOptions): Promise<void>
}
