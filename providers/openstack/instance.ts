import ipaddr from 'ipaddr.js'
import type {
  Address,
  AddressScope,
  CallOptions,
  Firewall,
  Instance,
  InstanceFirewaller,
  InstanceStatus,
} from 'cloud-environs/provider'
import type { FloatingIp, Server, Servers } from './api/index.ts'
import { instanceStatus } from './server-status.ts'

const SCOPES: Readonly<Record<string, AddressScope>> = {
  private: 'local-cloud',
  uniqueLocal: 'local-cloud',
  carrierGradeNat: 'local-cloud',
  linkLocal: 'link-local',
  loopback: 'local-machine',
  unicast: 'public',
}

/** A floating address, or one on a network named `public`, can be reached from outside whatever it looks like. */
function scopeOf(address: string, type: string | undefined, networkName: string): AddressScope {
  if (type === 'floating' || networkName === 'public') return 'public'
  return ipaddr.isValid(address) ? (SCOPES[ipaddr.parse(address).range()] ?? 'unknown') : 'unknown'
}

/** Whether the floating IP leads to the server. Clouds without `fip-port-details` tell only the fixed address. */
export const leadsTo = ({ id, addresses }: Server, { portDetails, fixedIpAddress }: FloatingIp): boolean =>
  portDetails
    ? portDetails.deviceId === id
    : Object.values(addresses).some((all) => all.some(({ address }) => address === fixedIpAddress))

/** A server's addresses, those that can be reached from outside first. Nova learns of floating IPs a little late. */
export function serverAddresses(server: Server, floatingIps: readonly FloatingIp[]): readonly Address[] {
  const own = Object.entries(server.addresses).flatMap(([networkName, addresses]) =>
    addresses.map(
      ({ address, version, type }): Address => ({
        value: address,
        type: version === 6 ? 'ipv6' : 'ipv4',
        scope: scopeOf(address, type, networkName),
        networkName,
      }),
    ),
  )
  const floating = floatingIps
    .filter(({ floatingIpAddress }) => own.every(({ value }) => value !== floatingIpAddress))
    .map(({ floatingIpAddress, fixedIpAddress }): Address => {
      const networkName = own.find(({ value }) => value === fixedIpAddress)?.networkName
      return {
        value: floatingIpAddress,
        type: 'ipv4',
        scope: 'public',
        ...(networkName === undefined ? {} : { networkName }),
      }
    })
  return [...floating, ...own].sort((a, b) => Number(b.scope === 'public') - Number(a.scope === 'public'))
}

/** A Nova server. */
export class OpenStackInstance implements Instance, InstanceFirewaller {
  readonly id: string
  readonly displayName: string
  readonly status: InstanceStatus
  readonly availabilityZone?: string
  readonly tags: Readonly<Record<string, string>>
  readonly firewall: Firewall
  readonly #server: Server
  readonly #servers: Servers
  readonly #floatingIps: readonly FloatingIp[]

  /** The floating IPs are those that lead to the server. */
  constructor(server: Server, servers: Servers, firewall: Firewall, floatingIps: readonly FloatingIp[]) {
    this.id = server.id
    this.displayName = server.name
    this.status = instanceStatus(server)
    if (server.availabilityZone) this.availabilityZone = server.availabilityZone
    this.tags = server.metadata
    this.firewall = firewall
    this.#server = server
    this.#servers = servers
    this.#floatingIps = floatingIps
  }

  async addresses(options?: CallOptions): Promise<readonly Address[]> {
    const known = serverAddresses(this.#server, this.#floatingIps)
    if (known.length > 0) return known
    return serverAddresses(await this.#servers.get(this.id, options), this.#floatingIps)
  }
}
