import type { Access } from '../access.ts'
import { isList, isObject, isText, type JsonObject } from '../json.ts'
import { pythonText } from '../nova/python.ts'
import { contains, parseAddress, parseCidr } from './addresses.ts'
import { anything, flag, list, routes, STANDARD, text } from './attributes.ts'
import { type Collection, isVisible } from './collection.ts'
import { neutronError, notAuthorized } from './errors.ts'
import { networks, ownerOf, zoneHints } from './networks.ts'
import { addPort, ports } from './ports.ts'
import { newResource, type Port, type Router, standardView, type Subnet, touch } from './resources.ts'
import type { NetworkState } from './state.ts'
import { usableSubnet } from './subnets.ts'

const INTERFACE = 'network:router_interface'
const GATEWAY = 'network:router_gateway'

export const routers: Collection<Router> = {
  singular: 'router',
  plural: 'routers',
  attributes: {
    ...STANDARD,
    admin_state_up: { read: flag, put: true },
    external_gateway_info: { read: anything, put: true },
    routes: { read: routes, post: false, put: true },
    availability_zone_hints: { read: list(text) },
    availability_zones: { read: anything, post: false },
    status: { read: anything, post: false },
    flavor_id: { read: anything },
  },
  store: (state) => state.routers,
  view: routerView,
  notFound: (id) => neutronError(404, 'RouterNotFound', `Router ${id} could not be found`),
  create(state, access, given) {
    const projectId = ownerOf(given, access)
    state.claim('router', projectId)
    const router = addRouter(state, projectId, given)
    setGateway(state, access, router, given.external_gateway_info)
    return router
  },
  update(state, access, router, given) {
    const { external_gateway_info: gateway, ...rest } = given
    checkNexthops(state, router, rest.routes)
    Object.assign(router, rest)
    if (gateway !== undefined) setGateway(state, access, router, gateway)
    touch(router)
  },
  remove(state, access, router) {
    const ends = state.portsOfDevice(router.id).filter(({ device_owner: owner }) => owner === INTERFACE)
    if (ends.length > 0) {
      const ids = ends.map(({ id }) => id).join(',')
      throw neutronError(409, 'RouterInUse', `Router ${router.id} has ports still attached: ${ids}`)
    }
    setGateway(state, access, router, null)
    state.routers.delete(router.id)
  },
}

export function addRouter(state: NetworkState, projectId: string, given: JsonObject): Router {
  const router: Router = {
    ...newResource(projectId, given),
    admin_state_up: given.admin_state_up !== false,
    external_gateway_info: null,
    routes: [],
    availability_zone_hints: zoneHints(state, given),
  }
  state.routers.set(router.id, router)
  return router
}

export function setGateway(state: NetworkState, access: Access, router: Router, given: unknown): void {
  const wanted = isObject(given) ? given : {}
  if (wanted.enable_snat !== undefined && !access.isAdmin) {
    throw notAuthorized('rule:update_router:external_gateway_info:enable_snat')
  }
  const enableSnat = wanted.enable_snat !== false
  const networkId = isText(wanted.network_id) ? wanted.network_id : undefined
  const current = router.external_gateway_info
  if (networkId === current?.network_id) {
    if (current) router.external_gateway_info = { ...current, enable_snat: enableSnat }
    return
  }
  checkUnused(state, router)
  for (const port of state.portsOfDevice(router.id)) if (port.device_owner === GATEWAY) state.dropPort(port)
  router.external_gateway_info = null
  if (networkId === undefined) return
  const network = state.networks.get(networkId)
  if (!network || !isVisible(networks, state, access, network)) throw networks.notFound(networkId)
  if (!network['router:external']) {
    throw badRouter(`Network ${networkId} is not an external network.`)
  }
  // The gateway's port belongs to nobody, so that projects do not see it.
  const port = addPort(state, access, network, '', {
    device_id: router.id,
    device_owner: GATEWAY,
    port_security_enabled: false,
    ...(isList(wanted.external_fixed_ips) && { fixed_ips: wanted.external_fixed_ips }),
  })
  port.status = 'ACTIVE'
  router.external_gateway_info = {
    network_id: networkId,
    external_fixed_ips: port.fixed_ips,
    enable_snat: enableSnat,
  }
}

function checkUnused(state: NetworkState, router: Router): void {
  const networkId = router.external_gateway_info?.network_id
  if (![...state.floatingIps.values()].some((each) => each.router_id === router.id)) return
  throw neutronError(
    409,
    'RouterExternalGatewayInUseByFloatingIp',
    `Gateway cannot be updated for router ${router.id}, since a gateway to external network ${networkId} is required by one or more floating IPs.`,
  )
}

/** Routes lead to what is on a subnet of the router. */
function checkNexthops(state: NetworkState, router: Router, given: unknown): void {
  const subnetIds = state
    .portsOfDevice(router.id)
    .flatMap(({ fixed_ips: all }) => all.map((ip) => ip.subnet_id))
  const cidrs = subnetIds.flatMap((id) => parseCidr(state.subnets.get(id)?.cidr ?? '') ?? [])
  for (const route of isList(given) ? given.filter(isObject) : []) {
    const nexthop = parseAddress(String(route.nexthop))
    if (nexthop && cidrs.some((cidr) => contains(cidr, nexthop))) continue
    throw neutronError(
      400,
      'InvalidRoutes',
      `Invalid format for routes: ${pythonText(given)}, the nexthop is not connected with router`,
    )
  }
}

/** PUT /routers/{id}/add_router_interface and remove_router_interface. */
export function changeInterface(
  state: NetworkState,
  access: Access,
  router: Router,
  verb: 'add' | 'remove',
  given: unknown,
): JsonObject {
  const body = isObject(given) ? given : {}
  if (!isText(body.subnet_id) && !isText(body.port_id)) {
    throw badRouter('Either subnet_id or port_id must be specified.')
  }
  const port =
    verb === 'add' ? addInterface(state, access, router, body) : removeInterface(state, access, router, body)
  const subnetId = port.fixed_ips[0]?.subnet_id ?? null
  touch(router)
  return {
    id: router.id,
    tenant_id: router.project_id,
    network_id: port.network_id,
    port_id: port.id,
    subnet_id: subnetId,
    subnet_ids: port.fixed_ips.map(({ subnet_id: id }) => id),
  }
}

function addInterface(state: NetworkState, access: Access, router: Router, given: JsonObject): Port {
  if (isText(given.port_id)) {
    const port = state.ports.get(given.port_id)
    if (!port || !isVisible(ports, state, access, port)) throw ports.notFound(given.port_id)
    if (port.device_id !== '') {
      throw neutronError(
        409,
        'PortInUse',
        `Unable to complete operation on port ${port.id} for network ${port.network_id}. Port already has an attached device ${port.device_id}.`,
      )
    }
    for (const { subnet_id: id } of port.fixed_ips) checkApart(state, router, id)
    state.setDevice(port, router.id, INTERFACE)
    port.status = 'ACTIVE'
    return port
  }
  return joinSubnet(state, access, router, usableSubnet(state, access, String(given.subnet_id)))
}

/** Gives the router the subnet's gateway address. */
export function joinSubnet(state: NetworkState, access: Access, router: Router, subnet: Subnet): Port {
  const network = state.networks.get(subnet.network_id)
  if (!network) throw networks.notFound(subnet.network_id)
  if (subnet.gateway_ip === null || !parseAddress(subnet.gateway_ip)) {
    throw badRouter('Subnet for router interface must have a gateway IP.')
  }
  checkApart(state, router, subnet.id)
  const port = addPort(state, access, network, router.project_id, {
    device_id: router.id,
    device_owner: INTERFACE,
    fixed_ips: [{ subnet_id: subnet.id, ip_address: subnet.gateway_ip }],
    security_groups: [],
  })
  port.status = 'ACTIVE'
  return port
}

/** A router has one end on a subnet. */
function checkApart(state: NetworkState, router: Router, subnetId: string): void {
  const joined = state
    .portsOfDevice(router.id)
    .some(({ fixed_ips: addresses }) => addresses.some(({ subnet_id: id }) => id === subnetId))
  if (joined) throw badRouter(`Router already has a port on subnet ${subnetId}.`)
}

function badRouter(why: string): Error {
  return neutronError(400, 'BadRequest', `Bad router request: ${why}`)
}

function removeInterface(state: NetworkState, access: Access, router: Router, given: JsonObject): Port {
  const port = state
    .portsOfDevice(router.id)
    .find(
      (each) =>
        each.device_owner === INTERFACE &&
        (each.id === given.port_id || each.fixed_ips.some(({ subnet_id: id }) => id === given.subnet_id)),
    )
  if (!port) {
    const id = isText(given.port_id) ? given.port_id : String(given.subnet_id)
    if (isText(given.subnet_id)) usableSubnet(state, access, given.subnet_id)
    throw neutronError(
      404,
      'RouterInterfaceNotFound',
      `Router ${router.id} does not have an interface with id ${id}`,
    )
  }
  const subnetIds = port.fixed_ips.map(({ subnet_id: id }) => id)
  const used = [...state.floatingIps.values()].some(
    (each) =>
      each.router_id === router.id &&
      state.ports.get(each.port_id ?? '')?.fixed_ips.some(({ subnet_id: id }) => subnetIds.includes(id)),
  )
  if (used) {
    throw neutronError(
      409,
      'RouterInterfaceInUseByFloatingIP',
      `Router interface for subnet ${subnetIds.join(',')} on router ${router.id} cannot be deleted, as it is required by one or more floating IPs.`,
    )
  }
  state.dropPort(port)
  return port
}

function routerView(state: NetworkState, router: Router): JsonObject {
  return {
    ...standardView(router),
    admin_state_up: router.admin_state_up,
    status: 'ACTIVE',
    external_gateway_info: router.external_gateway_info,
    availability_zones: router.external_gateway_info ? state.zones.slice(0, 1) : [],
    availability_zone_hints: router.availability_zone_hints,
    routes: router.routes,
    flavor_id: null,
  }
}
