import type { Access } from '../access.ts'
import { isText, type JsonObject } from '../json.ts'
import { address, anything, dnsName, nullable, STANDARD, uuid } from './attributes.ts'
import { type Collection, isVisible } from './collection.ts'
import { invalidInput, neutronError } from './errors.ts'
import { networks, ownerOf } from './networks.ts'
import { ports } from './ports.ts'
import { type FloatingIp, type Network, newResource, type Port, standardView, touch } from './resources.ts'
import type { NetworkState } from './state.ts'
import { parseAddress, parseCidr, contains } from './addresses.ts'

export const floatingIps: Collection<FloatingIp> = {
  singular: 'floatingip',
  plural: 'floatingips',
  attributes: {
    ...STANDARD,
    floating_network_id: { read: uuid, required: true },
    floating_ip_address: { read: nullable(address), adminUnless: null },
    subnet_id: { read: nullable(uuid) },
    port_id: { read: nullable(uuid), put: true },
    fixed_ip_address: { read: nullable(address), put: true },
    qos_policy_id: { read: anything, put: true },
    dns_name: { read: dnsName },
    dns_domain: { read: dnsName },
    router_id: { read: anything, post: false },
    status: { read: anything, post: false },
    port_details: { read: anything, post: false },
  },
  store: (state) => state.floatingIps,
  view: floatingIpView,
  notFound: (id) => neutronError(404, 'FloatingIPNotFound', `Floating IP ${id} could not be found`),
  create(state, access, given) {
    const projectId = ownerOf(given, access)
    const network = externalNetwork(state, access, String(given.floating_network_id))
    state.claim('floatingip', projectId)
    if (isText(given.fixed_ip_address) && !isText(given.port_id)) throw needsPort()
    const taken = takeAddress(state, network, given)
    const floatingIp: FloatingIp = {
      ...newResource(projectId, given),
      floating_network_id: network.id,
      floating_ip_address: taken.address,
      dns_name: isText(given.dns_name) ? given.dns_name : '',
      dns_domain: isText(given.dns_domain) ? given.dns_domain : '',
      port_id: null,
      fixed_ip_address: null,
      router_id: null,
      status: 'DOWN',
    }
    try {
      if (isText(given.port_id)) join(state, access, floatingIp, given.port_id, given.fixed_ip_address)
    } catch (error) {
      state.pools.get(taken.subnetId)?.release(taken.address)
      throw error
    }
    state.floatingIps.set(floatingIp.id, floatingIp)
    return floatingIp
  },
  update(state, access, floatingIp, given) {
    if (isText(given.fixed_ip_address) && !isText(given.port_id)) throw needsPort()
    if (isText(given.description)) floatingIp.description = given.description
    if (isText(given.port_id)) join(state, access, floatingIp, given.port_id, given.fixed_ip_address)
    else if (given.port_id === null) state.associate(floatingIp, undefined)
    else touch(floatingIp)
  },
  remove(state, _access, floatingIp) {
    state.associate(floatingIp, undefined)
    state.floatingIps.delete(floatingIp.id)
    for (const subnet of state.subnetsOf(floatingIp.floating_network_id)) {
      state.pools.get(subnet.id)?.release(floatingIp.floating_ip_address)
    }
  },
}

function externalNetwork(state: NetworkState, access: Access, id: string): Network {
  const network = state.networks.get(id)
  if (!network || !isVisible(networks, state, access, network)) throw networks.notFound(id)
  if (!network['router:external']) {
    throw neutronError(
      400,
      'BadRequest',
      `Bad floatingip request: Network ${id} is not a valid external network.`,
    )
  }
  return network
}

function needsPort(): Error {
  return neutronError(
    400,
    'BadRequest',
    'Bad floatingip request: fixed_ip_address cannot be specified without a port_id.',
  )
}

function takeAddress(
  state: NetworkState,
  network: Network,
  given: JsonObject,
): { address: string; subnetId: string } {
  const subnets = state
    .subnetsOf(network.id)
    .filter(({ id, ip_version: version }) => version === 4 && (given.subnet_id ?? id) === id)
  if (isText(given.subnet_id) && subnets.length === 0) {
    throw invalidInput(
      `Failed to create port on network ${network.id}, because fixed_ips included invalid subnet ${given.subnet_id}.`,
    )
  }
  const wanted = isText(given.floating_ip_address) ? parseAddress(given.floating_ip_address) : undefined
  for (const subnet of subnets) {
    const pool = state.pools.get(subnet.id)
    const cidr = parseCidr(subnet.cidr)
    if (wanted) {
      const address = String(given.floating_ip_address)
      if (!cidr || !contains(cidr, wanted)) continue
      if (pool?.take(wanted.value)) return { address, subnetId: subnet.id }
      throw neutronError(
        409,
        'IpAddressAlreadyAllocated',
        `IP address ${address} already allocated in subnet ${subnet.id}`,
      )
    }
    const address = pool?.takeAny()
    if (address !== undefined) return { address, subnetId: subnet.id }
  }
  if (wanted) {
    throw neutronError(
      400,
      'InvalidIpForNetwork',
      `IP address ${String(given.floating_ip_address)} is not a valid IP for any of the subnets on the specified network.`,
    )
  }
  throw neutronError(
    400,
    'ExternalIpAddressExhausted',
    `Unable to find any IP address on external network ${network.id}.`,
  )
}

/** Associates, when a router leads from the external network to the port's subnet. */
function join(
  state: NetworkState,
  access: Access,
  floatingIp: FloatingIp,
  portId: string,
  asked: unknown,
): void {
  const port = state.ports.get(portId)
  if (!port || !isVisible(ports, state, access, port)) throw ports.notFound(portId)
  const fixed = fixedIpOf(port, asked)
  const rival = state
    .floatingIpsOf(port.id)
    .find((each) => each !== floatingIp && each.fixed_ip_address === fixed.ip_address)
  if (rival && rival.floating_network_id === floatingIp.floating_network_id) {
    throw neutronError(
      409,
      'FloatingIPPortAlreadyAssociated',
      `Cannot associate floating IP ${floatingIp.floating_ip_address} (${floatingIp.id}) with port ${port.id} using fixed IP ${fixed.ip_address}, as that fixed IP already has a floating IP on external network ${floatingIp.floating_network_id}.`,
    )
  }
  const routerId = routerBetween(state, floatingIp.floating_network_id, fixed.subnet_id)
  if (routerId === undefined) {
    throw neutronError(
      404,
      'ExternalGatewayForFloatingIPNotFound',
      `External network ${floatingIp.floating_network_id} is not reachable from subnet ${fixed.subnet_id}.  Therefore, cannot associate Port ${port.id} with a Floating IP.`,
    )
  }
  state.associate(floatingIp, { port, address: fixed.ip_address, routerId })
}

function fixedIpOf(port: Port, asked: unknown): Port['fixed_ips'][number] {
  const candidates = port.fixed_ips.filter(({ ip_address: each }) => parseAddress(each)?.version === 4)
  const [first, second] = candidates
  const chosen = isText(asked) ? candidates.find(({ ip_address: each }) => each === asked) : first
  if (isText(asked) && !chosen) {
    throw neutronError(
      400,
      'BadRequest',
      `Bad floatingip request: Port ${port.id} does not have fixed ip ${asked}.`,
    )
  }
  if (!chosen) {
    throw neutronError(
      400,
      'BadRequest',
      `Bad floatingip request: Cannot add floating IP to port ${port.id} that has no fixed IPv4 addresses.`,
    )
  }
  if (second && !isText(asked)) {
    throw neutronError(
      400,
      'BadRequest',
      `Bad floatingip request: Port ${port.id} has multiple fixed IPv4 addresses.  Must provide a specific IPv4 address when assigning a floating IP.`,
    )
  }
  return chosen
}

function routerBetween(state: NetworkState, networkId: string, subnetId: string): string | undefined {
  for (const router of state.routers.values()) {
    if (router.external_gateway_info?.network_id !== networkId) continue
    const joined = state
      .portsOfDevice(router.id)
      .some((port) => port.fixed_ips.some(({ subnet_id: id }) => id === subnetId))
    if (joined) return router.id
  }
  return undefined
}

function floatingIpView(state: NetworkState, floatingIp: FloatingIp): JsonObject {
  const { name: _name, ...standard } = standardView(floatingIp)
  const port = floatingIp.port_id === null ? undefined : state.ports.get(floatingIp.port_id)
  return {
    ...standard,
    floating_ip_address: floatingIp.floating_ip_address,
    floating_network_id: floatingIp.floating_network_id,
    router_id: floatingIp.router_id,
    port_id: floatingIp.port_id,
    fixed_ip_address: floatingIp.fixed_ip_address,
    status: floatingIp.status,
    dns_name: floatingIp.dns_name,
    dns_domain: floatingIp.dns_domain,
    qos_policy_id: null,
    port_details: port
      ? {
          name: port.name,
          network_id: port.network_id,
          mac_address: port.mac_address,
          admin_state_up: port.admin_state_up,
          status: port.status,
          device_id: port.device_id,
          device_owner: port.device_owner,
        }
      : null,
    port_forwardings: [],
  }
}
