import type { Access } from '../access.ts'
import { isObject } from '../json.ts'
import { Refusal } from '../message.ts'
import { addPort } from '../neutron/ports.ts'
import type { Port } from '../neutron/resources.ts'
import { dropVolumes, makeVolumes, messageOf, plugIn, volumesUnderWay } from './attached-volumes.ts'
import { leaveOtherEnd, NO_VALID_HOST } from './placement.ts'
import type { RequestedNetwork, Server } from './server.ts'
import type { ComputeState } from './state.ts'

/** Builds a server in the background: scheduling, networking, spawning, then ACTIVE or ERROR. */
export function build(state: ComputeState, access: Access, server: Server): void {
  const extra = Number(server.metadata.loopback_build_seconds ?? 0)
  const total = state.settings.buildMillis + (Number.isFinite(extra) ? extra * 1000 : 0)
  const left = () => server.vmState === 'building' && server.taskState !== 'deleting'
  state.timers.after(total * 0.3, () => {
    if (!left()) return
    const host = state.hosts.claim(server)
    if (!host) {
      fail(state, server, NO_VALID_HOST)
      return
    }
    server.host = host.name
    server.zone = host.zone
    server.taskState = 'networking'
    if (!connect(state, access, server)) return
    const spawn = () => {
      server.taskState = 'spawning'
      state.timers.after(total * 0.7, () => {
        if (left()) finish(state, server)
      })
    }
    if (server.newVolumes.length === 0) spawn()
    else withVolumes(state, server, left, spawn)
  })
}

/** Has Cinder make the volumes of the server, and goes on when they are there. */
function withVolumes(state: ComputeState, server: Server, left: () => boolean, goOn: () => void): void {
  server.taskState = 'block_device_mapping'
  const attempt = (step: () => void) => {
    try {
      step()
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      fail(state, server, `Build of instance ${server.id} aborted: ${messageOf(error)}`)
    }
  }
  const look = () => {
    if (left()) attempt(() => (volumesUnderWay(state, server) ? wait() : goOn()))
  }
  const wait = () => state.timers.after(state.settings.deleteMillis, look)
  attempt(() => {
    makeVolumes(state, server)
    wait()
  })
}

function finish(state: ComputeState, server: Server): void {
  const asked = server.metadata.loopback_build_fault
  const aborted = `Build of instance ${server.id} aborted: metadata asked for loopback_build_fault=abort`
  const rescheduled = `Exceeded maximum number of retries. Exhausted all hosts available for retrying build failures for instance ${server.id}.`
  if (server.plannedFault !== undefined) return fail(state, server, server.plannedFault)
  if (asked === 'abort') return fail(state, server, aborted)
  if (asked === 'reschedule') return fail(state, server, rescheduled)
  for (const attached of server.volumes) plugIn(state, server, attached)
  for (const port of state.network.portsOfDevice(server.id)) port.status = 'ACTIVE'
  server.vmState = 'active'
  server.taskState = null
  server.powerState = 1
  server.launched = Date.now()
  server.updated = Date.now()
  state.instanceActions.end(server, 'create')
}

/** Leaves the server in ERROR, without host and ports, as Nova does after a failed build. */
function fail(state: ComputeState, server: Server, message: string): void {
  disconnect(state, server)
  // What was to be attached stays reserved when there was no host to attach it.
  if (server.host !== undefined) dropVolumes(state, server)
  state.hosts.release(server.host, server.flavor)
  state.instanceActions.end(server, 'create', message)
  server.host = undefined
  server.zone = server.requestedZone ?? ''
  server.vmState = 'error'
  server.taskState = null
  server.fault = { code: 500, message, created: Date.now() }
  server.updated = Date.now()
}

function connect(state: ComputeState, access: Access, server: Server): boolean {
  try {
    for (const wanted of server.requestedNetworks) {
      const port = wireUp(state, access, server, wanted, server.requestedGroups)
      if (wanted.tag !== undefined) server.portTags.set(port.id, wanted.tag)
    }
    return true
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    fail(state, server, `Build of instance ${server.id} aborted: ${reasonOf(server, error)}`)
    return false
  }
}

function reasonOf(server: Server, error: Refusal): string {
  const body = isObject(error.reply.body) ? error.reply.body.NeutronError : undefined
  const type = isObject(body) ? body.type : undefined
  if (type === 'InvalidIpForNetwork') {
    const wrong = server.requestedNetworks.find(({ fixedIp }) => fixedIp !== undefined)
    return `Invalid input received: Fixed IP ${wrong?.fixedIp} is not a valid ip address for network ${wrong?.networkId}.`
  }
  if (type === 'IpAddressAlreadyAllocated') {
    const wrong = server.requestedNetworks.find(({ fixedIp }) => fixedIp !== undefined)
    return `Fixed IP address ${wrong?.fixedIp} is already in use.`
  }
  return 'Failed to allocate the network(s), not rescheduling.'
}

/** Makes or takes the port for one of a server's networks. */
export function wireUp(
  state: ComputeState,
  access: Access,
  server: Server,
  wanted: RequestedNetwork,
  groups: readonly string[],
): Port {
  const owner = `compute:${server.zone}`
  if (wanted.portId !== undefined) {
    const port = state.network.ports.get(wanted.portId)
    if (!port) throw new Refusal({ status: 404 })
    port['binding:host_id'] = server.host ?? ''
    state.network.setDevice(port, server.id, owner)
    return port
  }
  const network = state.network.networks.get(wanted.networkId ?? '')
  const allowed = network && (network.shared || network.project_id === server.projectId || access.isAdmin)
  if (!network || !allowed) throw new Refusal({ status: 404 })
  state.network.claim('port', server.projectId)
  const secured = network.port_security_enabled
  const port = addPort(state.network, access, network, server.projectId, {
    device_id: server.id,
    device_owner: owner,
    'binding:host_id': server.host ?? '',
    ...(wanted.fixedIp !== undefined && { fixed_ips: [{ ip_address: wanted.fixedIp }] }),
    ...(secured && groups.length > 0 && { security_groups: [...groups] }),
  })
  server.ownPorts.add(port.id)
  return port
}

/** Deletes the ports Nova made and frees those it was given. */
function disconnect(state: ComputeState, server: Server): void {
  for (const port of state.network.portsOfDevice(server.id)) unplug(state, server, port)
}

export function unplug(state: ComputeState, server: Server, port: Port): void {
  server.portTags.delete(port.id)
  if (server.ownPorts.delete(port.id)) return state.network.dropPort(port)
  port.status = 'DOWN'
  port['binding:host_id'] = ''
  state.network.setDevice(port, '', '')
}

/**
 * Deletes in the background. A second call while that goes on changes nothing. A server that is on no host (not
 * scheduled yet, or failed) is gone at once, as Nova's API itself deletes it.
 */
export function remove(state: ComputeState, server: Server): void {
  if (server.taskState === 'deleting') return
  if (server.host === undefined) return finishRemoval(state, server)
  server.taskState = 'deleting'
  server.updated = Date.now()
  state.timers.after(state.settings.deleteMillis, () => finishRemoval(state, server))
}

function finishRemoval(state: ComputeState, server: Server): void {
  disconnect(state, server)
  state.hosts.release(server.host, server.flavor)
  leaveOtherEnd(state, server)
  dropVolumes(state, server)
  if (server.shelvedImageId !== undefined) state.images.images.delete(server.shelvedImageId)
  state.instanceActions.end(server, 'delete')
  server.vmState = 'deleted'
  server.taskState = null
  server.powerState = 0
  server.guest?.remove()
  server.terminated = Date.now()
  server.updated = Date.now()
}
