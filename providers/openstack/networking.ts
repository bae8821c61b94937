/** Subnets and interfaces of a model's machines (Juju: `environs.Networking`). */

import {
  type Address,
  type CallOptions,
  type InstanceId,
  type InterfaceInfo,
  type Networking,
  NoInstancesError,
  NotFoundError,
  NotSupportedError,
  PartialInterfacesError,
  type ProviderInterfaceInfo,
  type SpaceInfo,
  type SubnetInfo,
} from 'cloud-environs/provider'
import type { FloatingIp, Network, Port, Subnet } from './api/index.ts'
import { EXTERNAL_NETWORK } from './config.ts'
import { allocateContainerAddress, releaseContainerAddress } from './container-addresses.ts'
import { ownerOf } from './machine-groups.ts'
import { modelNetworks, projectNetworks } from './networks.ts'
import type { Scope } from './scope.ts'
import { modelServers } from './servers-of-model.ts'

/** The part of an environ that is about networks. */
export class OpenStackNetworking implements Networking {
  protected readonly scope: Scope

  constructor(scope: Scope) {
    this.scope = scope
  }

  async subnets(
    {
      instanceId,
      subnetIds,
    }: { readonly instanceId?: InstanceId; readonly subnetIds?: readonly string[] } = {},
    { signal }: CallOptions = {},
  ): Promise<readonly SubnetInfo[]> {
    const networks = await this.#networks(signal)
    const byId = new Map(networks.map((network) => [network.id, network]))
    const all = await this.#subnetsOf([...byId.keys()], signal)
    const ofInstance =
      instanceId === undefined
        ? undefined
        : new Set(
            (await this.#portsOf([instanceId], signal)).flatMap(({ fixedIps }) =>
              fixedIps.map(({ subnetId }) => subnetId),
            ),
          )
    const found = all.filter(({ id }) => (subnetIds?.includes(id) ?? true) && (ofInstance?.has(id) ?? true))
    const missing = (subnetIds ?? []).filter((id) => found.every((subnet) => subnet.id !== id))
    if (missing.length > 0) {
      throw new NotFoundError(`subnets not found: ${missing.join(', ')}`, {
        resource: 'subnet',
        hint: `the model's networks have: ${all.map(({ id, cidr }) => `${id} (${cidr})`).join(', ') || 'none'}`,
      })
    }
    return found.map((subnet) => ({
      providerId: subnet.id,
      providerNetworkId: subnet.networkId,
      cidr: subnet.cidr,
      vlanTag: 0,
      availabilityZones: byId.get(subnet.networkId)?.availabilityZones ?? [],
    }))
  }

  async networkInterfaces(
    ids: readonly InstanceId[],
    { signal }: CallOptions = {},
  ): Promise<readonly (readonly InterfaceInfo[])[]> {
    if (ids.length === 0) return []
    const { network } = this.scope.connection
    const [servers, networks, floatingIps] = await Promise.all([
      modelServers(this.scope, signal),
      projectNetworks(this.scope, signal),
      network.floatingIps.all({}, { signal }),
    ])
    const present = ids.filter((id) => servers.some((server) => server.id === id))
    if (present.length === 0) throw new NoInstancesError()
    const ports = await this.#portsOf([...new Set(present)], signal)
    const subnets = await this.#subnetsOf([...new Set(ports.map(({ networkId }) => networkId))], signal)
    const known = { networks, floatingIps, subnets }
    const found = ids.map((id) =>
      present.includes(id)
        ? ports
            .filter(({ deviceId }) => deviceId === id)
            .map((port, index) => interfaceOf(port, index, known))
        : undefined,
    )
    const whole = found.filter((interfaces) => interfaces !== undefined)
    if (whole.length < ids.length) throw new PartialInterfacesError(found)
    return whole
  }

  async supportsSpaces(): Promise<boolean> {
    return true
  }

  async supportsSpaceDiscovery(): Promise<boolean> {
    return false
  }

  async spaces(): Promise<readonly SpaceInfo[]> {
    throw new NotSupportedError('OpenStack has no spaces of its own', {
      operation: 'spaces',
      hint: 'make spaces of the subnets',
    })
  }

  async allocateContainerAddresses(
    hostInstanceId: InstanceId,
    containerTag: string,
    prepared: readonly InterfaceInfo[],
    { signal }: CallOptions = {},
  ): Promise<readonly InterfaceInfo[]> {
    const host = (await modelServers(this.scope, signal)).find(({ id }) => id === hostInstanceId)
    const owner = host && ownerOf(host.metadata)
    if (!owner) throw new NoInstancesError()
    const ports = await this.#portsOf([hostInstanceId], signal)
    const done: InterfaceInfo[] = []
    try {
      // One after the other: all of them may change the same port of the host.
      for (const wanted of prepared) {
        done.push(await allocateContainerAddress(this.scope, { owner, ports, containerTag, wanted }, signal))
      }
      return done
    } catch (error) {
      await Promise.allSettled(
        done.map(({ providerId = '' }) => releaseContainerAddress(this.scope, providerId)),
      )
      throw error
    }
  }

  async releaseContainerAddresses(
    interfaces: readonly ProviderInterfaceInfo[],
    { signal }: CallOptions = {},
  ): Promise<void> {
    for (const { providerId } of interfaces) await releaseContainerAddress(this.scope, providerId, signal)
  }

  /** Those of the model, and the one that its floating IPs come from. */
  async #networks(signal?: AbortSignal): Promise<readonly Network[]> {
    const external = this.scope.config().attrs[EXTERNAL_NETWORK]
    const [own, all] = await Promise.all([
      modelNetworks(this.scope, signal),
      projectNetworks(this.scope, signal),
    ])
    const outside = all.filter(({ id, name }) => external !== '' && (id === external || name === external))
    return [...new Map([...own, ...outside].map((network) => [network.id, network])).values()]
  }

  async #subnetsOf(networkIds: readonly string[], signal?: AbortSignal): Promise<readonly Subnet[]> {
    if (networkIds.length === 0) return []
    return await this.scope.connection.network.subnets.all({ networkId: networkIds }, { signal })
  }

  async #portsOf(serverIds: readonly string[], signal?: AbortSignal): Promise<readonly Port[]> {
    return await this.scope.connection.network.ports.all({ deviceId: serverIds }, { signal })
  }
}

interface Known {
  readonly networks: readonly Network[]
  readonly subnets: readonly Subnet[]
  readonly floatingIps: readonly FloatingIp[]
}

function interfaceOf(port: Port, deviceIndex: number, known: Known): InterfaceInfo {
  const network = known.networks.find(({ id }) => id === port.networkId)
  const subnet = known.subnets.find(({ id }) => id === port.fixedIps[0]?.subnetId)
  const named = network ? { networkName: network.name } : {}
  return {
    deviceIndex,
    macAddress: port.macAddress,
    providerId: port.id,
    providerNetworkId: port.networkId,
    ...(subnet ? { providerSubnetId: subnet.id, cidr: subnet.cidr } : {}),
    addresses: port.fixedIps.map(
      ({ ipAddress }): Address => ({
        value: ipAddress,
        type: ipAddress.includes(':') ? 'ipv6' : 'ipv4',
        scope: network?.external ? 'public' : 'local-cloud',
        ...named,
      }),
    ),
    shadowAddresses: known.floatingIps
      .filter(({ portId }) => portId === port.id)
      .map(
        ({ floatingIpAddress }): Address => ({
          value: floatingIpAddress,
          type: 'ipv4',
          scope: 'public',
          ...named,
        }),
      ),
    disabled: !port.adminStateUp,
  }
}
