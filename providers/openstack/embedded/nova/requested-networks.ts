import type { Access } from '../access.ts'
import { isList, isObject, isText } from '../json.ts'
import { isVisible } from '../neutron/collection.ts'
import { networks } from '../neutron/networks.ts'
import { ports } from '../neutron/ports.ts'
import { securityGroups } from '../neutron/security-groups.ts'
import { novaError } from './errors.ts'
import type { RequestedNetwork } from './server.ts'
import type { ComputeState } from './state.ts'

const AMBIGUOUS = 'Multiple possible networks found, use a Network ID to be more specific.'

/** Resolves and checks the `networks` of a create request. */
export function readNetworks(state: ComputeState, access: Access, given: unknown): RequestedNetwork[] {
  if (given === 'none') return []
  if (!isList(given) || given.length === 0) return available(state, access, given === 'auto')
  const wanted = given.filter(isObject).map(
    (entry): RequestedNetwork => ({
      ...(isText(entry.port) && { portId: entry.port }),
      ...(isText(entry.uuid) && { networkId: entry.uuid }),
      ...(isText(entry.fixed_ip) && { fixedIp: entry.fixed_ip }),
      ...(isText(entry.tag) && { tag: entry.tag }),
    }),
  )
  const seen = new Set<string>()
  for (const { portId, networkId, fixedIp } of wanted) {
    if (portId === undefined) {
      if (networkId === undefined) throw novaError(400, "Bad network format: missing 'uuid'")
      checkNetwork(state, access, networkId)
      if (fixedIp !== undefined) checkAddress(state, networkId, fixedIp)
      continue
    }
    if (fixedIp !== undefined) {
      throw novaError(
        400,
        `Specified Fixed IP '${fixedIp}' cannot be used with port '${portId}': the two cannot be specified together.`,
      )
    }
    if (seen.has(portId)) {
      throw novaError(
        400,
        `Port ID '${portId}' was specified twice: you cannot attach a port multiple times.`,
      )
    }
    seen.add(portId)
    checkPort(state, access, portId)
  }
  return wanted
}

/** Without a choice: the project's only network, or a shared one. */
export function available(state: ComputeState, access: Access, auto: boolean): RequestedNetwork[] {
  const candidates = [...state.network.networks.values()].filter(
    (network) =>
      !network['router:external'] &&
      (network.project_id === access.projectId || network.shared) &&
      state.network.subnetsOf(network.id).length > 0,
  )
  const [only, ...others] = candidates
  if (others.length > 0) throw novaError(409, AMBIGUOUS)
  if (only) return [{ networkId: only.id }]
  if (!auto) return []
  throw novaError(400, `Unable to automatically allocate a network for project ${access.projectId}`)
}

function checkNetwork(state: ComputeState, access: Access, id: string): void {
  const network = state.network.networks.get(id)
  if (!network || !isVisible(networks, state.network, access, network)) {
    throw novaError(400, `Network ${id} could not be found.`)
  }
  if (state.network.subnetsOf(id).length === 0) {
    throw novaError(400, `Network ${id} requires a subnet in order to boot instances on.`)
  }
}

function checkAddress(state: ComputeState, networkId: string, address: string): void {
  for (const port of state.network.ports.values()) {
    if (port.network_id !== networkId) continue
    if (!port.fixed_ips.some(({ ip_address: each }) => each === address)) continue
    throw novaError(400, `Fixed IP address ${address} is already in use on instance ${port.device_id}.`)
  }
}

function checkPort(state: ComputeState, access: Access, id: string): void {
  const port = state.network.ports.get(id)
  if (!port || !isVisible(ports, state.network, access, port)) {
    throw novaError(400, `Port id ${id} could not be found.`)
  }
  if (port.device_id !== '') throw novaError(409, `Port ${id} is still in use.`)
  if (port.fixed_ips.length === 0) {
    throw novaError(400, `Port ${id} requires a FixedIP in order to be used.`)
  }
}

/** The ids of security groups named in a create request, by name or id. */
export function readGroups(state: ComputeState, access: Access, given: unknown): string[] {
  state.network.defaultGroup(access.projectId)
  if (!isList(given)) return []
  const ids = given.map((entry) => {
    const name = isObject(entry) && isText(entry.name) ? entry.name : 'default'
    const found = findGroups(state, access, name)
    if (found.length > 1) throw ambiguousGroup(name)
    if (found[0] === undefined) {
      throw novaError(400, `Unable to find security_group with name or id '${name}'`)
    }
    return found[0]
  })
  return [...new Set(ids)]
}

/** Ids of the groups of that id or name; the id wins. */
export function findGroups(state: ComputeState, access: Access, nameOrId: string): string[] {
  const mine = [...state.network.securityGroups.values()].filter(
    (group) =>
      isVisible(securityGroups, state.network, access, group) &&
      (group.project_id === access.projectId || group.id === nameOrId),
  )
  const byId = mine.filter(({ id }) => id === nameOrId)
  return (byId.length > 0 ? byId : mine.filter(({ name }) => name === nameOrId)).map(({ id }) => id)
}

export function ambiguousGroup(name: string): Error {
  return novaError(
    409,
    `Multiple security_group matches found for name '${name}', use an ID to be more specific.`,
  )
}
