import type { InstanceId } from './instance.ts'
import type { InterfaceInfo, ProviderInterfaceInfo, SpaceInfo, SubnetInfo } from './network.ts'
import type { CallOptions } from './options.ts'

/** What environs with networking implement (Juju: `Networking`). */
export interface Networking {
  /**
   * Subnets known for this model, of one instance and with these ids when given.
   * @throws NotFoundError naming the ids that do not exist
   */
  subnets(
    filter?: { readonly instanceId?: InstanceId; readonly subnetIds?: readonly string[] },
    options?: CallOptions,
  ): Promise<readonly SubnetInfo[]>
  /**
   * The interfaces of each of these instances, in the order of the ids.
   * @throws NoInstancesError when none of them exists, PartialInterfacesError, a PartialInstancesError, when some do not
   */
  networkInterfaces(
    ids: readonly InstanceId[],
    options?: CallOptions,
  ): Promise<readonly (readonly InterfaceInfo[])[]>
  supportsSpaces(options?: CallOptions): Promise<boolean>
  supportsSpaceDiscovery(options?: CallOptions): Promise<boolean>
  /** @throws NotSupportedError where {@link supportsSpaceDiscovery} is false */
  spaces(options?: CallOptions): Promise<readonly SpaceInfo[]>
  /**
   * Completes `prepared` with one static address for each interface of a container on that host.
   * @throws NotSupportedError where the cloud has no such thing
   */
  allocateContainerAddresses(
    hostInstanceId: InstanceId,
    containerTag: string,
    prepared: readonly InterfaceInfo[],
    options?: CallOptions,
  ): Promise<readonly InterfaceInfo[]>
  /** Gives addresses back; those that are gone already are no error. */
  releaseContainerAddresses(
    interfaces: readonly ProviderInterfaceInfo[],
    options?: CallOptions,
  ): Promise<void>
}
