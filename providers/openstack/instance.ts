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
import type { Server, Servers } from './api/index.ts'
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

/** A server's addresses, those that can be reached from outside first. */
function serverAddresses(server: Server): readonly Address[] {
  return Object.entries(server.addresses)
    .flatMap(([networkName, addresses]) =>
      addresses.map(
        ({ address, version, type }): Address => ({
          value: address,
          type: version === 6 ? 'ipv6' : 'ipv4',
          scope: scopeOf(address, type, networkName),
          networkName,
        }),
      ),
    )
    .sort((a, b) => Number(b.scope === 'public') - Number(a.scope === 'public'))
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

  constructor(server: Server, servers: Servers, firewall: Firewall) {
    this.id = server.id
    this.displayName = server.name
    this.status = instanceStatus(server)
    if (server.availabilityZone) this.availabilityZone = server.availabilityZone
    this.tags = server.metadata
    this.firewall = firewall
    this.#server = server
    this.#servers = servers
  }

  async addresses(options?: CallOptions): Promise<readonly Address[]> {
    const known = serverAddresses(this.#server)
    return known.length > 0 ? known : serverAddresses(await this.#servers.get(this.id, options))
  }
}
