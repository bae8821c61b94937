import { isList, isObject, isText, type JsonObject, objectAt } from '../json.ts'
import { Refusal, type Reply } from '../message.ts'
import { isVisible } from '../neutron/collection.ts'
import { ports } from '../neutron/ports.ts'
import type { Port, SecurityGroupRule } from '../neutron/resources.ts'
import type { Router } from '../router.ts'
import {
  bodyOf,
  type Call,
  checkLock,
  checkState,
  type Handler,
  ok,
  serverOf,
  versionNotFound,
} from './call.ts'
import { novaError } from './errors.ts'
import { unplug, wireUp } from './lifecycle.ts'
import { available } from './requested-networks.ts'
import { type Schema, TAG, validate } from './schema.ts'
import type { RequestedNetwork, Server } from './server.ts'
import type { ComputeState } from './state.ts'

/** /servers/{id}/os-interface and /servers/{id}/os-security-groups. */
export function interfaceRoutes(router: Router<Handler>): void {
  router
    .add('GET', '/servers/:id/os-interface', (call) => {
      const server = serverOf(call)
      const attached = call.state.network.portsOfDevice(server.id)
      return ok({ interfaceAttachments: attached.map((port) => view(call, server, port)) })
    })
    .add('GET', '/servers/:id/os-interface/:port', (call) => {
      const server = serverOf(call)
      const port = call.state.network.portsOfDevice(server.id).find(({ id }) => id === call.parameters.port)
      if (!port) throw novaError(404, `Port id ${call.parameters.port} could not be found.`)
      return ok({ interfaceAttachment: view(call, server, port) })
    })
    .add('POST', '/servers/:id/os-interface', attach)
    .add('DELETE', '/servers/:id/os-interface/:port', detach)
    .add('GET', '/servers/:id/os-security-groups', (call) =>
      ok({ security_groups: groupsOf(call.state, serverOf(call)) }),
    )
    .add('GET', '/os-security-groups', (call) => {
      proxied(call)
      const mine = [...call.state.network.securityGroups.values()].filter(
        ({ project_id: owner }) => owner === call.access.projectId,
      )
      return ok({ security_groups: mine.map(({ id }) => groupView(call.state, id)) })
    })
    .add('GET', '/os-security-groups/:group', (call) => {
      proxied(call)
      const wanted = call.parameters.group ?? ''
      const group = call.state.network.securityGroups.get(wanted)
      if (!group || (group.project_id !== call.access.projectId && !call.access.isAdmin)) {
        throw novaError(404, `Security group ${wanted} not found.`)
      }
      return ok({ security_group: groupView(call.state, wanted) })
    })
}

function schema(minor: number): Schema {
  return {
    type: 'object',
    properties: {
      interfaceAttachment: {
        type: 'object',
        properties: {
          net_id: { type: 'string', format: 'uuid' },
          port_id: { type: 'string', format: 'uuid' },
          fixed_ips: {
            type: 'array',
            maxItems: 1,
            items: {
              type: 'object',
              properties: { ip_address: { type: 'string', format: 'ip' } },
              required: ['ip_address'],
            },
          },
          ...(minor >= 49 && { tag: TAG }),
        },
      },
    },
  }
}

function attach(call: Call): Reply {
  const body = bodyOf(call)
  validate(schema(call.minor), body)
  const given = objectAt(body, 'interfaceAttachment') ?? {}
  const wanted = readWanted(call, given)
  const server = serverOf(call)
  checkLock(call, server)
  checkState(server, 'attach_interface', ['active', 'paused', 'stopped'])
  const port = plug(call, server, wanted)
  call.state.instanceActions.begin(call, server, 'attach_interface')
  call.state.instanceActions.end(server, 'attach_interface')
  if (wanted.tag !== undefined) server.portTags.set(port.id, wanted.tag)
  port.status = 'ACTIVE'
  return ok({ interfaceAttachment: view(call, server, port) })
}

function readWanted(call: Call, given: JsonObject): RequestedNetwork {
  const { net_id: networkId, port_id: portId, fixed_ips: addresses, tag } = given
  if (networkId !== undefined && portId !== undefined) {
    throw novaError(400, 'Must not input both network_id and port_id')
  }
  const [address] = isList(addresses) ? addresses : []
  if (address !== undefined && !isText(networkId)) {
    throw novaError(400, 'Must input network_id when request IP address')
  }
  const tagged = isText(tag) ? { tag } : {}
  if (isText(portId)) {
    const port = call.state.network.ports.get(portId)
    if (!port || !isVisible(ports, call.state.network, call.access, port)) {
      throw novaError(404, `Port id ${portId} could not be found.`)
    }
    if (port.device_id !== '') throw novaError(409, `Port ${portId} is still in use.`)
    return { portId, ...tagged }
  }
  if (!isText(networkId)) return { ...only(call), ...tagged }
  const fixedIp = isObject(address) && isText(address.ip_address) ? address.ip_address : undefined
  return { networkId, ...(fixedIp !== undefined && { fixedIp }), ...tagged }
}

function only(call: Call): RequestedNetwork {
  try {
    const [network] = available(call.state, call.access, false)
    if (network) return network
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
  }
  throw novaError(400, 'Multiple possible networks found, use a Network ID to be more specific.')
}

/** Neutron's refusals, as Nova words them. */
function plug(call: Call, server: Server, wanted: RequestedNetwork): Port {
  try {
    return wireUp(call.state, call.access, server, wanted, [])
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const neutron = objectAt(error.reply.body, 'NeutronError')
    if (neutron?.type === 'OverQuota') throw novaError(403, 'Maximum number of ports exceeded')
    if (neutron?.type === 'IpAddressAlreadyAllocated') {
      throw novaError(400, `Fixed IP address ${wanted.fixedIp} is already in use.`)
    }
    if (neutron?.type === 'InvalidIpForNetwork') {
      throw novaError(
        400,
        `Invalid input received: Fixed IP ${wanted.fixedIp} is not a valid ip address for network ${wanted.networkId}.`,
      )
    }
    if (neutron?.type === 'IpAddressGenerationFailure') {
      throw novaError(400, `No fixed IP addresses available for network: ${wanted.networkId}`)
    }
    throw novaError(404, `Network ${wanted.networkId} could not be found.`)
  }
}

function detach(call: Call): Reply {
  const { state, parameters } = call
  const server = serverOf(call)
  checkLock(call, server)
  checkState(server, 'detach_interface', ['active', 'paused', 'stopped'])
  state.instanceActions.begin(call, server, 'detach_interface')
  // The compute host does it later; a port that is not there is noticed only by it.
  state.timers.after(state.settings.deleteMillis, () => {
    const port = state.network.portsOfDevice(server.id).find(({ id }) => id === parameters.port)
    if (port) unplug(state, server, port)
    state.instanceActions.end(server, 'detach_interface', port ? undefined : 'The port is not attached.')
  })
  return { status: 202 }
}

function view({ minor }: Call, server: Server, port: Port): JsonObject {
  return {
    net_id: port.network_id,
    port_id: port.id,
    mac_addr: port.mac_address,
    port_state: port.status,
    fixed_ips: port.fixed_ips,
    ...(minor >= 70 && { tag: server.portTags.get(port.id) ?? null }),
  }
}

function groupsOf(state: ComputeState, server: Server): JsonObject[] {
  const { network } = state
  const ids = new Set(network.portsOfDevice(server.id).flatMap((port) => port.security_groups))
  return [...ids].map((id) => groupView(state, id))
}

/** Nova's own view of Neutron's groups ended with 2.36; the `openstack` command still starts from it. */
function proxied(call: Call): void {
  if (call.minor >= 36) throw versionNotFound()
  call.state.network.defaultGroup(call.access.projectId)
}

/** Nova shows incoming rules only, in its own old words. */
function groupView(state: ComputeState, id: string): JsonObject {
  const group = state.network.securityGroups.get(id)
  const rules = [...state.network.securityGroupRules.values()].filter(
    (rule) => rule.security_group_id === id && rule.direction === 'ingress',
  )
  return {
    id,
    name: group?.name,
    description: group?.description,
    tenant_id: group?.project_id,
    rules: rules.map((rule) => ruleView(state, rule)),
  }
}

function ruleView(state: ComputeState, rule: SecurityGroupRule): JsonObject {
  const remote = state.network.securityGroups.get(rule.remote_group_id ?? '')
  return {
    id: rule.id,
    parent_group_id: rule.security_group_id,
    ip_protocol: rule.protocol,
    from_port: rule.port_range_min,
    to_port: rule.port_range_max,
    group: remote ? { name: remote.name, tenant_id: remote.project_id } : {},
    ip_range: rule.remote_ip_prefix === null ? {} : { cidr: rule.remote_ip_prefix },
  }
}
