import type { Access } from '../access.ts'
import { asText, isList, isObject, isText, type JsonObject } from '../json.ts'
import { contains, parseAddress, parseCidr } from './addresses.ts'
import { anything, fixedIps, flag, list, mac, STANDARD, text, uuid } from './attributes.ts'
import { type Collection, isVisible } from './collection.ts'
import { neutronError } from './errors.ts'
import { networks, ownerOf } from './networks.ts'
import { type FixedIp, type Network, newResource, type Port, standardView, touch } from './resources.ts'
import { securityGroups } from './security-groups.ts'
import type { NetworkState } from './state.ts'
import { usableSubnet } from './subnets.ts'

export const ports: Collection<Port> = {
  singular: 'port',
  plural: 'ports',
  attributes: {
    ...STANDARD,
    network_id: { read: uuid, required: true },
    admin_state_up: { read: flag, put: true },
    mac_address: { read: mac, put: true },
    fixed_ips: { read: fixedIps, put: true },
    device_id: { read: text, put: true },
    device_owner: { read: text, put: true },
    security_groups: { read: list(uuid), put: true },
    port_security_enabled: { read: flag, put: true },
    allowed_address_pairs: { read: anything, put: true },
    extra_dhcp_opts: { read: anything, put: true },
    'binding:vnic_type': { read: text, put: true },
    'binding:host_id': { read: text, put: true, adminUnless: '' },
    'binding:profile': { read: anything, put: true },
    dns_name: { read: text, put: true },
    qos_policy_id: { read: anything, put: true },
    status: { read: anything, post: false },
  },
  store: (state) => state.ports,
  view: portView,
  notFound: (id) => neutronError(404, 'PortNotFound', `Port ${id} could not be found.`),
  create(state, access, given) {
    const projectId = ownerOf(given, access)
    const network = usableNetwork(state, access, String(given.network_id))
    state.claim('port', projectId)
    return addPort(state, access, network, projectId, given)
  },
  update(state, access, port, given) {
    const { device_id: device, device_owner: owner, fixed_ips: addresses, ...rest } = given
    const network = state.networks.get(port.network_id)
    const secured = rest.port_security_enabled ?? port.port_security_enabled
    if (isList(rest.security_groups)) checkGroups(state, access, rest.security_groups, secured === true)
    if (isList(addresses) && network) replaceAddresses(state, access, network, port, addresses)
    Object.assign(port, rest)
    if (device !== undefined || owner !== undefined) {
      state.setDevice(port, asText(device ?? port.device_id), asText(owner ?? port.device_owner))
    } else touch(port)
  },
  remove(state, _access, port) {
    if (port.device_owner.startsWith('network:router')) {
      throw neutronError(
        409,
        'ServicePortInUse',
        `Port ${port.id} cannot be deleted directly via the port API: has device owner ${port.device_owner}.`,
      )
    }
    state.dropPort(port)
  },
}

/** A network on which the access may have ports. */
function usableNetwork(state: NetworkState, access: Access, id: string): Network {
  const network = state.networks.get(id)
  if (!network || !isVisible(networks, state, access, network)) throw networks.notFound(id)
  if (!network.shared && network.project_id !== access.projectId && !access.isAdmin) {
    throw neutronError(
      403,
      'HTTPForbidden',
      `Tenant ${access.projectId} not allowed to create port on this network`,
    )
  }
  return network
}

export function addPort(
  state: NetworkState,
  access: Access,
  network: Network,
  projectId: string,
  given: JsonObject,
): Port {
  const secured = isText(given.port_security_enabled)
    ? true
    : (given.port_security_enabled ?? network.port_security_enabled) === true
  const groups = isList(given.security_groups) ? given.security_groups.map(String) : undefined
  if (groups) checkGroups(state, access, groups, secured)
  const fallback = secured ? state.defaultGroup(projectId) : undefined
  const addresses = isList(given.fixed_ips)
    ? given.fixed_ips.length === 0
      ? []
      : takeAsked(state, access, network, given.fixed_ips)
    : takeAny(state, network)
  const port: Port = {
    ...newResource(projectId, given),
    network_id: network.id,
    mac_address: isText(given.mac_address) ? given.mac_address : state.newMac(),
    admin_state_up: given.admin_state_up !== false,
    status: 'DOWN',
    device_id: isText(given.device_id) ? given.device_id : '',
    device_owner: isText(given.device_owner) ? given.device_owner : '',
    fixed_ips: addresses,
    security_groups: groups ?? (fallback ? [fallback.id] : []),
    allowed_address_pairs: isList(given.allowed_address_pairs) ? given.allowed_address_pairs : [],
    extra_dhcp_opts: isList(given.extra_dhcp_opts) ? given.extra_dhcp_opts : [],
    port_security_enabled: secured,
    'binding:vnic_type': isText(given['binding:vnic_type']) ? given['binding:vnic_type'] : 'normal',
    'binding:host_id': isText(given['binding:host_id']) ? given['binding:host_id'] : '',
    revision: 1,
  }
  state.addPort(port)
  return port
}

function checkGroups(state: NetworkState, access: Access, ids: readonly unknown[], secured: boolean): void {
  for (const id of ids) {
    const group = state.securityGroups.get(String(id))
    if (!group || !isVisible(securityGroups, state, access, group)) throw securityGroups.notFound(String(id))
  }
  if (!secured && ids.length > 0) {
    throw neutronError(
      400,
      'PortSecurityAndIPRequiredForSecurityGroups',
      'Port security must be enabled and port must have an IP address in order to use security groups.',
    )
  }
}

/** One address of each IP version the network has. */
function takeAny(state: NetworkState, network: Network): FixedIp[] {
  const subnets = state.subnetsOf(network.id)
  return ([4, 6] as const).flatMap((version) => {
    const candidates = subnets.filter((subnet) => subnet.ip_version === version)
    if (candidates.length === 0) return []
    for (const subnet of candidates) {
      const address = state.pools.get(subnet.id)?.takeAny()
      if (address !== undefined) return [{ subnet_id: subnet.id, ip_address: address }]
    }
    throw exhausted(network.id)
  })
}

function exhausted(networkId: string): Error {
  return neutronError(
    409,
    'IpAddressGenerationFailure',
    `No more IP addresses available on network ${networkId}.`,
  )
}

function takeAsked(
  state: NetworkState,
  access: Access,
  network: Network,
  asked: readonly unknown[],
): FixedIp[] {
  const taken: FixedIp[] = []
  try {
    for (const item of asked) if (isObject(item)) taken.push(takeOne(state, access, network, item))
  } catch (error) {
    for (const each of taken) state.pools.get(each.subnet_id)?.release(each.ip_address)
    throw error
  }
  return taken
}

function takeOne(state: NetworkState, access: Access, network: Network, asked: JsonObject): FixedIp {
  const wanted = isText(asked.ip_address) ? parseAddress(asked.ip_address) : undefined
  const candidates = isText(asked.subnet_id)
    ? [usableSubnet(state, access, asked.subnet_id)]
    : state.subnetsOf(network.id)
  if (candidates.some((subnet) => subnet.network_id !== network.id)) {
    throw neutronError(
      400,
      'InvalidIpForNetwork',
      `Subnet ${String(asked.subnet_id)} is not on network ${network.id}.`,
    )
  }
  if (!wanted) {
    for (const subnet of candidates) {
      const address = state.pools.get(subnet.id)?.takeAny()
      if (address !== undefined) return { subnet_id: subnet.id, ip_address: address }
    }
    throw exhausted(network.id)
  }
  const subnet = candidates.find((each) => {
    const cidr = parseCidr(each.cidr)
    return cidr !== undefined && contains(cidr, wanted)
  })
  const address = String(asked.ip_address)
  if (!subnet) {
    throw isText(asked.subnet_id)
      ? neutronError(
          400,
          'InvalidIpForSubnet',
          `IP address ${address} is not a valid IP for the specified subnet.`,
        )
      : neutronError(
          400,
          'InvalidIpForNetwork',
          `IP address ${address} is not a valid IP for any of the subnets on the specified network.`,
        )
  }
  if (!state.pools.get(subnet.id)?.take(wanted.value)) {
    throw neutronError(
      409,
      'IpAddressAlreadyAllocated',
      `IP address ${address} already allocated in subnet ${subnet.id}`,
    )
  }
  return { subnet_id: subnet.id, ip_address: address }
}

/** Keeps the addresses that are asked again, frees the others, takes the new ones. */
function replaceAddresses(
  state: NetworkState,
  access: Access,
  network: Network,
  port: Port,
  asked: readonly unknown[],
): void {
  const kept = port.fixed_ips.filter((each) =>
    asked.some((item) => isObject(item) && item.ip_address === each.ip_address),
  )
  const fresh = asked.filter(
    (item) => isObject(item) && !kept.some((each) => each.ip_address === item.ip_address),
  )
  const taken = takeAsked(state, access, network, fresh)
  for (const each of port.fixed_ips) {
    if (!kept.includes(each)) state.pools.get(each.subnet_id)?.release(each.ip_address)
  }
  port.fixed_ips = [...kept, ...taken]
}

function portView(_state: NetworkState, port: Port, access: Access): JsonObject {
  const {
    created: _created,
    updated: _updated,
    revision: _revision,
    'binding:host_id': host,
    ...attributes
  } = port
  return {
    ...attributes,
    ...standardView(port),
    qos_policy_id: null,
    qos_network_policy_id: null,
    ...(access.isAdmin && {
      'binding:host_id': host,
      'binding:profile': {},
      'binding:vif_type': host === '' ? 'unbound' : 'ovs',
      'binding:vif_details': {},
      resource_request: null,
    }),
  }
}
