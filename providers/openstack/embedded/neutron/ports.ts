import type { Access } from '../access.ts'
import { asText, isList, isText, type JsonObject } from '../json.ts'
import { readAddressPairs } from './address-pairs.ts'
import { anything, dnsName, fixedIps, flag, list, mac, oneOf, STANDARD, text, uuid } from './attributes.ts'
import { type Collection, isVisible } from './collection.ts'
import { neutronError } from './errors.ts'
import { replaceAddresses, takeAny, takeAsked } from './fixed-ips.ts'
import { networks, ownerOf } from './networks.ts'
import { type Network, newResource, type Port, standardView, touch } from './resources.ts'
import { securityGroups } from './security-groups.ts'
import type { NetworkState } from './state.ts'

const VNIC_TYPES = [
  'normal',
  'direct',
  'macvtap',
  'baremetal',
  'direct-physical',
  'virtio-forwarder',
  'smart-nic',
  'vdpa',
  'accelerator-direct',
  'accelerator-direct-physical',
  'remote-managed',
]

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
    'binding:vnic_type': { read: oneOf(...VNIC_TYPES), put: true },
    'binding:host_id': { read: text, put: true, adminUnless: '' },
    'binding:profile': { read: anything, put: true },
    dns_name: { read: dnsName, put: true },
    dns_assignment: { read: anything, post: false },
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
    const {
      device_id: device,
      device_owner: owner,
      fixed_ips: addresses,
      allowed_address_pairs,
      ...rest
    } = given
    const network = state.networks.get(port.network_id)
    const secured = (rest.port_security_enabled ?? port.port_security_enabled) === true
    if (isList(rest.security_groups)) checkGroups(state, access, rest.security_groups, secured)
    else if (!secured && port.security_groups.length > 0) throw hasGroups()
    const pairs =
      allowed_address_pairs === undefined
        ? port.allowed_address_pairs
        : readAddressPairs(allowed_address_pairs, port.mac_address)
    if (!secured && pairs.length > 0) throw pairsNeedSecurity()
    if (isList(addresses) && network) replaceAddresses(state, access, network, port, addresses)
    Object.assign(port, rest, { allowed_address_pairs: pairs })
    if (device !== undefined || owner !== undefined) {
      state.setDevice(port, asText(device ?? port.device_id), asText(owner ?? port.device_owner))
    } else touch(port)
  },
  remove(state, _access, port) {
    // What is left of a router that is gone may go.
    if (port.device_owner.startsWith('network:router') && state.routers.has(port.device_id)) {
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
  const macAddress = isText(given.mac_address) ? given.mac_address : state.newMac()
  const pairs = readAddressPairs(given.allowed_address_pairs ?? [], macAddress)
  if (!secured && pairs.length > 0) throw pairsNeedSecurity()
  const fallback = secured ? state.defaultGroup(projectId) : undefined
  const addresses = isList(given.fixed_ips)
    ? given.fixed_ips.length === 0
      ? []
      : takeAsked(state, access, network, given.fixed_ips)
    : takeAny(state, network)
  const port: Port = {
    ...newResource(projectId, given),
    network_id: network.id,
    mac_address: macAddress,
    admin_state_up: given.admin_state_up !== false,
    status: 'DOWN',
    device_id: isText(given.device_id) ? given.device_id : '',
    device_owner: isText(given.device_owner) ? given.device_owner : '',
    fixed_ips: addresses,
    security_groups: groups ?? (fallback ? [fallback.id] : []),
    allowed_address_pairs: pairs,
    extra_dhcp_opts: isList(given.extra_dhcp_opts) ? given.extra_dhcp_opts : [],
    port_security_enabled: secured,
    'binding:vnic_type': isText(given['binding:vnic_type']) ? given['binding:vnic_type'] : 'normal',
    'binding:host_id': isText(given['binding:host_id']) ? given['binding:host_id'] : '',
    dns_name: isText(given.dns_name) ? given.dns_name : '',
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

function hasGroups(): Error {
  return neutronError(
    409,
    'PortSecurityPortHasSecurityGroup',
    'Port has security group associated. Cannot disable port security or IP address until security group is removed.',
  )
}

function pairsNeedSecurity(): Error {
  return neutronError(
    409,
    'AddressPairAndPortSecurityRequired',
    'Port Security must be enabled in order to have allowed address pairs on a port.',
  )
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
    dns_assignment: port.fixed_ips.map(({ ip_address: address }) => {
      const hostname = port.dns_name === '' ? `host-${address.replace(/[.:]/g, '-')}` : port.dns_name
      return { ip_address: address, hostname, fqdn: `${hostname}.openstacklocal.` }
    }),
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
