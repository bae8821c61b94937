import type { Access } from '../access.ts'
import { asText, isList, isText, type JsonObject } from '../json.ts'
import {
  AddressPool,
  type Cidr,
  contains,
  formatAddress,
  formatCidr,
  overlap,
  parseAddress,
  parseCidr,
} from './addresses.ts'
import {
  address,
  allocationPools,
  anything,
  flag,
  list,
  nullable,
  oneOf,
  routes,
  STANDARD,
  text,
  uuid,
} from './attributes.ts'
import { type Collection, isVisible } from './collection.ts'
import { invalidInput, neutronError } from './errors.ts'
import { networks, ownerOf } from './networks.ts'
import { type Network, newResource, standardView, type Subnet, touch } from './resources.ts'
import type { NetworkState } from './state.ts'

export const subnets: Collection<Subnet> = {
  singular: 'subnet',
  plural: 'subnets',
  attributes: {
    ...STANDARD,
    network_id: { read: uuid, required: true },
    ip_version: { read: oneOf(4, 6), required: true },
    cidr: { read: text },
    gateway_ip: { read: nullable(address), put: true },
    allocation_pools: { read: allocationPools, put: true },
    enable_dhcp: { read: flag, put: true },
    dns_nameservers: { read: list(address), put: true },
    host_routes: { read: routes, put: true },
    ipv6_ra_mode: { read: nullable(text) },
    ipv6_address_mode: { read: nullable(text) },
    subnetpool_id: { read: anything },
    service_types: { read: anything, put: true },
  },
  store: (state) => state.subnets,
  isPublic: (state, subnet) => state.networks.get(subnet.network_id)?.shared === true,
  view: (_state, subnet) => subnetView(subnet),
  notFound: (id) => neutronError(404, 'SubnetNotFound', `Subnet ${id} could not be found.`),
  create(state, access, given) {
    const networkId = String(given.network_id)
    const network = state.networks.get(networkId)
    if (!network || !isVisible(networks, state, access, network)) throw networks.notFound(networkId)
    if (network.project_id !== access.projectId && !access.isAdmin) {
      throw neutronError(403, 'PolicyNotAuthorized', 'rule:create_subnet is disallowed by policy')
    }
    const projectId = ownerOf(given, access)
    state.claim('subnet', projectId)
    return addSubnet(state, network, projectId, given)
  },
  update(_state, _access, subnet, given) {
    Object.assign(subnet, given)
    touch(subnet)
  },
  remove(state, _access, subnet) {
    if (!state.pools.get(subnet.id)?.isEmpty) {
      throw neutronError(
        409,
        'SubnetInUse',
        `Unable to complete operation on subnet ${subnet.id}: One or more ports have an IP allocation from this subnet.`,
      )
    }
    state.dropSubnet(subnet)
  },
}

export function addSubnet(
  state: NetworkState,
  network: Network,
  projectId: string,
  given: JsonObject,
): Subnet {
  const cidr = readCidr(state, network, given)
  const gateway = given.gateway_ip === undefined ? firstHost(cidr) : given.gateway_ip
  const pools = isList(given.allocation_pools) ? given.allocation_pools : defaultPools(cidr, gateway)
  const subnet: Subnet = {
    ...newResource(projectId, given),
    network_id: network.id,
    ip_version: cidr.version,
    cidr: formatCidr(cidr),
    gateway_ip: isText(gateway) ? gateway : null,
    allocation_pools: pools as Subnet['allocation_pools'],
    enable_dhcp: given.enable_dhcp !== false,
    dns_nameservers: isList(given.dns_nameservers) ? given.dns_nameservers.map(String) : [],
    host_routes: isList(given.host_routes) ? given.host_routes : [],
    ipv6_ra_mode: isText(given.ipv6_ra_mode) ? given.ipv6_ra_mode : null,
    ipv6_address_mode: isText(given.ipv6_address_mode) ? given.ipv6_address_mode : null,
  }
  const ranges = subnet.allocation_pools.map(({ start, end }) => ({
    start: parseAddress(start)?.value ?? 0n,
    end: parseAddress(end)?.value ?? -1n,
  }))
  state.subnets.set(subnet.id, subnet)
  state.pools.set(subnet.id, new AddressPool(cidr, ranges))
  touch(network)
  return subnet
}

function readCidr(state: NetworkState, network: Network, given: JsonObject): Cidr {
  const wanted = given.cidr
  if (!isText(wanted)) {
    throw neutronError(
      400,
      'BadRequest',
      'Bad subnets request: a subnetpool must be specified in the absence of a cidr.',
    )
  }
  const cidr = wanted.includes('/') ? parseCidr(wanted) : undefined
  if (!cidr) throw invalidInput(`${wanted} is not in a CIDR format.`)
  if (given.ip_version !== undefined && cidr.version !== given.ip_version) {
    throw invalidInput(`cidr '${wanted}' does not match the ip_version '${asText(given.ip_version)}'.`)
  }
  const clash = state.subnetsOf(network.id).some((other) => {
    const range = parseCidr(other.cidr)
    return range !== undefined && overlap(range, cidr)
  })
  if (clash) {
    throw invalidInput(
      `Requested subnet with cidr: ${wanted} for network: ${network.id} overlaps with another subnet.`,
    )
  }
  return cidr
}

function firstHost(cidr: Cidr): string {
  return formatAddress(cidr.version, cidr.first + 1n)
}

/** All hosts but the gateway. */
function defaultPools(cidr: Cidr, gateway: unknown): { start: string; end: string }[] {
  const start = cidr.first + 1n
  const end = cidr.version === 4 ? cidr.last - 1n : cidr.last
  const at = isText(gateway) ? parseAddress(gateway) : undefined
  const ranges =
    at && contains(cidr, at)
      ? [
          [start, at.value - 1n],
          [at.value + 1n, end],
        ]
      : [[start, end]]
  return ranges.flatMap(([from = 0n, to = -1n]) =>
    from <= to ? [{ start: formatAddress(cidr.version, from), end: formatAddress(cidr.version, to) }] : [],
  )
}

function subnetView(subnet: Subnet): JsonObject {
  const { created: _created, updated: _updated, revision: _revision, ...attributes } = subnet
  return { ...attributes, ...standardView(subnet), subnetpool_id: null, service_types: [] }
}

/** A subnet that the access may use. */
export function usableSubnet(state: NetworkState, access: Access, id: string): Subnet {
  const subnet = state.subnets.get(id)
  const network = subnet && state.networks.get(subnet.network_id)
  if (!subnet || !network || !isVisible(networks, state, access, network)) throw subnets.notFound(id)
  return subnet
}
