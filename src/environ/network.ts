/** Plain data about networks: addresses, port ranges, subnets, interfaces. */

/** From where an address can be reached. */
export type AddressScope = 'public' | 'local-cloud' | 'local-machine' | 'link-local' | 'unknown'

/** An address of an instance. */
export interface Address {
  readonly value: string
  readonly type: 'ipv4' | 'ipv6' | 'hostname'
  readonly scope: AddressScope
  /** Name of the cloud's network that it is on. */
  readonly networkName?: string
}

/** A range of ports of one protocol. ICMP has no ports: both are -1. */
export interface PortRange {
  readonly protocol: 'tcp' | 'udp' | 'icmp'
  readonly fromPort: number
  readonly toPort: number
}

/**
 * A port range and who may reach it (Juju 2.2: `IngressRule`). Every {@link PortRange} is one that everybody may reach.
 */
export interface IngressRule extends PortRange {
  /** CIDRs, IPv4 or IPv6. None: `0.0.0.0/0` and `::/0`. */
  readonly sourceCidrs?: readonly string[]
}

/** A subnet that the cloud knows (Juju: `network.SubnetInfo`). */
export interface SubnetInfo {
  readonly providerId: string
  readonly providerNetworkId: string
  readonly cidr: string
  readonly vlanTag: number
  /** Zones it can be used in; empty: no restriction is known. */
  readonly availabilityZones: readonly string[]
}

/** A network interface of an instance, or one to be made (Juju: `network.InterfaceInfo`). */
export interface InterfaceInfo {
  readonly deviceIndex: number
  readonly interfaceName?: string
  readonly macAddress?: string
  readonly providerId?: string
  readonly providerSubnetId?: string
  readonly providerNetworkId?: string
  readonly cidr?: string
  readonly addresses: readonly Address[]
  /** Addresses that lead to it from outside, a floating IP for example. */
  readonly shadowAddresses: readonly Address[]
  readonly disabled: boolean
}

/** What releasing a container's address needs (Juju: `network.ProviderInterfaceInfo`). */
export interface ProviderInterfaceInfo {
  readonly providerId: string
  readonly macAddress: string
  readonly interfaceName?: string
}

/** A space and its subnets (Juju: `network.SpaceInfo`). */
export interface SpaceInfo {
  readonly name: string
  readonly providerId?: string
  readonly subnets: readonly SubnetInfo[]
}
