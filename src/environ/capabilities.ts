/** What some environs and instances can do and others cannot. Each capability has a guard. */

import type { AgentDataSourceEnviron } from './agents.ts'
import type { Environ, NetworkingEnviron } from './environ.ts'
import type { Instance, InstanceFirewaller, InstanceId } from './instance.ts'
import type { ExplainInstanceSpecParams, InstanceSpecExplanation } from './instance-spec.ts'
import type { Networking } from './networking.ts'
import type { ConsoleEnviron, PowerEnviron, SnapshotEnviron } from './operations.ts'
import type { CallOptions } from './options.ts'
import type {
  CloudDetector,
  CloudPinger,
  CloudRegionDetector,
  EnvironProvider,
  ModelConfigUpgrader,
  ProviderSchema,
} from './provider.ts'
import type { StartInstanceParams } from './broker.ts'
import { findError, NotSupportedError } from './errors.ts'
import type { Firewall } from './firewaller.ts'
import type { ImageDataSourceEnviron, ImageLister } from './images.ts'
import type {
  ImageCatalogEnviron,
  OwnershipEnviron,
  PublicAddressesEnviron,
  ServerHostingEnviron,
} from './server-hosting.ts'
import type { VolumeImporter, VolumeSource } from './storage.ts'

/** Sets tags of an instance; others stay as they are (Juju: `InstanceTagger`). */
export interface InstanceTagger {
  /** @throws NotFoundError when there is no such instance */
  tagInstance(id: InstanceId, tags: Readonly<Record<string, string>>, options?: CallOptions): Promise<void>
}

/** Takes a model over from another controller (Juju: `environs.ResourceAdopter`). */
export interface ResourceAdopter {
  /** Marks everything of the model as this controller's. Twice is as good as once. */
  adoptResources(controllerUuid: string, options?: CallOptions): Promise<void>
}

/** Something that was made for a machine beside its instance. */
export interface MachineResource {
  /** In the cloud's words: `security group`. */
  readonly kind: string
  readonly id: string
  readonly name: string
  readonly machineId: string
}

/** An environ that finds what machines have beside their instances, also of machines that never got one. */
export interface MachineResourceKeeper {
  /** Of all machines of the model. A volume only for as long as nothing can be on it. */
  machineResources(options?: CallOptions): Promise<readonly MachineResource[]>
  /** Removes them. A machine that has an instance keeps what it has; what is gone already is no error. */
  removeMachineResources(machineIds: readonly string[], options?: CallOptions): Promise<void>
}

/** An availability zone of a cloud. */
export interface AvailabilityZone {
  readonly name: string
  readonly available: boolean
}

/** An environ with availability zones (Juju: `ZonedEnviron`). */
export interface ZonedEnviron {
  /** Asked anew each time; never cached. */
  availabilityZones(options?: CallOptions): Promise<readonly AvailabilityZone[]>
  /** The zones that placement or volumes of these parameters demand; none: any zone will do. */
  deriveAvailabilityZones(params: StartInstanceParams, options?: CallOptions): Promise<readonly string[]>
}

/** A kind of machine that a cloud offers (Juju: `instances.InstanceType`). */
export interface InstanceType {
  readonly id: string
  readonly name: string
  readonly arch: string
  readonly cpuCores: number
  /** MiB. */
  readonly mem: number
  /** MiB; 0: as large as the image. */
  readonly rootDisk: number
  /** For comparison within one cloud only. */
  readonly cost: number
  readonly virtType?: string
  readonly cpuPower?: number
  readonly tags?: readonly string[]
}

/** An environ that lists its instance types (Juju 2.1: `InstanceTypesFetcher`). */
export interface InstanceTypesFetcher {
  instanceTypes(options?: CallOptions): Promise<readonly InstanceType[]>
}

/** An environ that tells how it chooses what an instance is started from. */
export interface InstanceSpecExplainer {
  /** What a start with these parameters would choose, and why. Makes nothing, and finding nothing is no error. */
  explainInstanceSpec(
    params: ExplainInstanceSpecParams,
    options?: CallOptions,
  ): Promise<InstanceSpecExplanation>
}

/** An environ in a region that image metadata can be looked up for (Juju: `simplestreams.HasRegion`). */
export interface HasRegion {
  region(): { readonly region: string; readonly endpoint: string }
}

/** Opens ports of the model's own group, such as SSH and the controller's API (Juju 3.2: `ModelFirewaller`). */
export interface ModelFirewaller {
  readonly modelFirewall: Firewall
}

const has = (value: object, ...members: string[]): boolean =>
  members.every((member) => (value as Record<string, unknown>)[member] !== undefined)

const NETWORKING: readonly (keyof Networking)[] = [
  'subnets',
  'networkInterfaces',
  'supportsSpaces',
  'supportsSpaceDiscovery',
  'spaces',
  'allocateContainerAddresses',
  'releaseContainerAddresses',
]

/** Whether the environ has networking (Juju: `SupportsNetworking`). */
export function supportsNetworking(environ: Environ): environ is NetworkingEnviron {
  return has(environ, ...NETWORKING)
}

/**
 * Whether the environ has networking and spaces (Juju: `SupportsSpaces`). Unlike Juju's, a failure of the cloud is
 * thrown and not taken for "no".
 */
export async function supportsSpaces(environ: Environ, options?: CallOptions): Promise<boolean> {
  if (!supportsNetworking(environ)) return false
  try {
    return await environ.supportsSpaces(options)
  } catch (error) {
    if (findError(error, NotSupportedError)) return false
    throw error
  }
}

export const supportsTagging = (environ: Environ): environ is Environ & InstanceTagger =>
  has(environ, 'tagInstance')

export const supportsZones = (environ: Environ): environ is Environ & ZonedEnviron =>
  has(environ, 'availabilityZones', 'deriveAvailabilityZones')

export const supportsInstanceTypes = (environ: Environ): environ is Environ & InstanceTypesFetcher =>
  has(environ, 'instanceTypes')

export const explainsInstanceSpecs = (environ: Environ): environ is Environ & InstanceSpecExplainer =>
  has(environ, 'explainInstanceSpec')

export const supportsModelFirewall = (environ: Environ): environ is Environ & ModelFirewaller =>
  has(environ, 'modelFirewall')

export const supportsPower = (environ: Environ): environ is Environ & PowerEnviron => has(environ, 'power')

export const supportsConsoles = (environ: Environ): environ is Environ & ConsoleEnviron =>
  has(environ, 'consoles')

export const supportsSnapshots = (environ: Environ): environ is Environ & SnapshotEnviron =>
  has(environ, 'snapshots')

export const supportsImageCatalog = (environ: Environ): environ is Environ & ImageCatalogEnviron =>
  has(environ, 'imageCatalog')

export const supportsServerHosting = (environ: Environ): environ is Environ & ServerHostingEnviron =>
  has(environ, 'serverHosting')

export const supportsPublicAddresses = (environ: Environ): environ is Environ & PublicAddressesEnviron =>
  has(environ, 'publicAddresses')

export const supportsOwnership = (environ: Environ): environ is Environ & OwnershipEnviron =>
  has(environ, 'ownership')

export const supportsAdoption = (environ: Environ): environ is Environ & ResourceAdopter =>
  has(environ, 'adoptResources')

export const keepsMachineResources = (environ: Environ): environ is Environ & MachineResourceKeeper =>
  has(environ, 'machineResources', 'removeMachineResources')

export const namesAgentDataSource = (environ: Environ): environ is Environ & AgentDataSourceEnviron =>
  has(environ, 'agentDataSource')

export const namesImageDataSource = (environ: Environ): environ is Environ & ImageDataSourceEnviron =>
  has(environ, 'imageDataSource')

export const listsImages = (environ: Environ): environ is Environ & ImageLister => has(environ, 'images')

export const hasRegion = (environ: Environ): environ is Environ & HasRegion => has(environ, 'region')

export const supportsInstanceFirewall = (instance: Instance): instance is Instance & InstanceFirewaller =>
  has(instance, 'firewall')

export const importsVolumes = (source: VolumeSource): source is VolumeSource & VolumeImporter =>
  has(source, 'importVolume')

export const detectsClouds = (provider: EnvironProvider): provider is EnvironProvider & CloudDetector =>
  has(provider, 'detectClouds', 'detectCloud')

export const detectsRegions = (
  provider: EnvironProvider,
): provider is EnvironProvider & CloudRegionDetector => has(provider, 'detectRegions')

export const pingsClouds = (provider: EnvironProvider): provider is EnvironProvider & CloudPinger =>
  has(provider, 'ping')

export const tellsSchema = (provider: EnvironProvider): provider is EnvironProvider & ProviderSchema =>
  has(provider, 'schema')

export const upgradesConfig = (
  provider: EnvironProvider,
): provider is EnvironProvider & ModelConfigUpgrader => has(provider, 'upgradeConfig')
