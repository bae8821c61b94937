import type { Access } from '../access.ts'
import { isList, type JsonObject } from '../json.ts'
import { anything, dnsName, flag, list, STANDARD, text, whole } from './attributes.ts'
import type { Collection } from './collection.ts'
import { neutronError } from './errors.ts'
import { type Network, newResource, standardView, touch } from './resources.ts'
import type { NetworkState } from './state.ts'

/** Owners of ports that are the network service's own. */
const DELETED_WITH_NETWORK = ['network:dhcp', 'network:distributed']

export const networks: Collection<Network> = {
  singular: 'network',
  plural: 'networks',
  attributes: {
    ...STANDARD,
    admin_state_up: { read: flag, put: true },
    mtu: { read: whole, put: true },
    shared: { read: flag, put: true, adminUnless: false },
    'router:external': { read: flag, put: true, adminUnless: false },
    is_default: { read: flag, put: true, adminUnless: false },
    port_security_enabled: { read: flag, put: true },
    availability_zone_hints: { read: list(text) },
    dns_domain: { read: dnsName, put: true },
    qos_policy_id: { read: anything, put: true },
    status: { read: anything, post: false },
    subnets: { read: anything, post: false },
    availability_zones: { read: anything, post: false },
    'provider:network_type': { read: anything, adminUnless: undefined },
    'provider:physical_network': { read: anything, adminUnless: undefined },
    'provider:segmentation_id': { read: anything, adminUnless: undefined },
  },
  store: (state) => state.networks,
  isPublic: (_state, network) => network.shared || network['router:external'],
  view: networkView,
  notFound: (id) => neutronError(404, 'NetworkNotFound', `Network ${id} could not be found.`),
  create(state, access, given) {
    const projectId = ownerOf(given, access)
    state.claim('network', projectId)
    state.defaultGroup(projectId)
    return addNetwork(state, projectId, given)
  },
  update(_state, _access, network, given) {
    Object.assign(network, given)
    touch(network)
  },
  remove(state, _access, network) {
    const all = [...state.ports.values()].filter((port) => port.network_id === network.id)
    const ports = all.filter(({ device_owner: owner }) => !DELETED_WITH_NETWORK.includes(owner))
    if (ports.length > 0) {
      throw neutronError(
        409,
        'NetworkInUse',
        `Unable to complete operation on network ${network.id}. There are one or more ports still in use on the network, id for these ports is: ${ports.map(({ id }) => id).join(',')}.`,
      )
    }
    for (const port of all) state.dropPort(port)
    for (const subnet of state.subnetsOf(network.id)) state.dropSubnet(subnet)
    state.networks.delete(network.id)
  },
}

export function ownerOf(given: JsonObject, access: Access): string {
  const owner = given.project_id ?? given.tenant_id
  return typeof owner === 'string' ? owner : access.projectId
}

export function addNetwork(state: NetworkState, projectId: string, given: JsonObject): Network {
  const network: Network = {
    ...newResource(projectId, given),
    admin_state_up: given.admin_state_up !== false,
    mtu: typeof given.mtu === 'number' ? given.mtu : given['router:external'] === true ? 1500 : 1450,
    shared: given.shared === true,
    'router:external': given['router:external'] === true,
    port_security_enabled: given.port_security_enabled !== false,
    is_default: given.is_default === true,
    segment: state.nextSegment(),
    dns_domain: typeof given.dns_domain === 'string' ? given.dns_domain : '',
    availability_zone_hints: zoneHints(state, given),
  }
  state.networks.set(network.id, network)
  return network
}

/** Zones that were asked for. Throws for one that is not there. */
export function zoneHints(state: NetworkState, given: JsonObject): string[] {
  const hints = isList(given.availability_zone_hints) ? given.availability_zone_hints.map(String) : []
  const unknown = hints.find((hint) => !state.zones.includes(hint))
  if (unknown === undefined) return hints
  throw neutronError(404, 'AvailabilityZoneNotFound', `AvailabilityZone ${unknown} could not be found.`)
}

function networkView(state: NetworkState, network: Network, access: Access): JsonObject {
  return {
    ...standardView(network),
    admin_state_up: network.admin_state_up,
    mtu: network.mtu,
    status: 'ACTIVE',
    subnets: state.subnetsOf(network.id).map(({ id }) => id),
    shared: network.shared,
    availability_zone_hints: network.availability_zone_hints,
    availability_zones: [],
    ipv4_address_scope: null,
    ipv6_address_scope: null,
    'router:external': network['router:external'],
    port_security_enabled: network.port_security_enabled,
    dns_domain: network.dns_domain,
    qos_policy_id: null,
    ...(network['router:external'] && { is_default: network.is_default }),
    ...(access.isAdmin && {
      'provider:network_type': network['router:external'] ? 'flat' : 'vxlan',
      'provider:physical_network': network['router:external'] ? 'public' : null,
      'provider:segmentation_id': network['router:external'] ? null : network.segment,
    }),
  }
}
