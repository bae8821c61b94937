import type { Access } from '../access.ts'
import { novaError } from './errors.ts'
import type { Flavor } from './flavor.ts'
import { exceeds } from './quota.ts'
import type { RequestedNetwork } from './server.ts'
import { members, type ServerGroup } from './server-group.ts'
import type { ComputeState } from './state.ts'

/** How many servers the quotas let in: at most `max`, and an error below `min`. */
export function admit(
  state: ComputeState,
  access: Access,
  flavor: Flavor,
  wanted: readonly RequestedNetwork[],
  min: number,
  max: number,
): number {
  const quotas = state.quotasOf(access.projectId)
  const used = state.usage(access.projectId)
  const needs = [
    { name: 'cores', each: flavor.vcpus, used: used.cores, allowed: quotas.cores },
    { name: 'instances', each: 1, used: used.instances, allowed: quotas.instances },
    { name: 'ram', each: flavor.ram, used: used.ram, allowed: quotas.ram },
  ]
  const room = needs.map(({ each, used: taken, allowed }) =>
    allowed < 0 ? Number.POSITIVE_INFINITY : Math.floor((allowed - taken) / each),
  )
  const newPorts = wanted.filter(({ portId }) => portId === undefined).length
  const portRoom =
    newPorts === 0
      ? Number.POSITIVE_INFINITY
      : Math.floor(state.network.freePorts(access.projectId) / newPorts)
  const count = Math.min(max, ...room)
  if (count < min) {
    const over = needs.filter(
      ({ each, used: taken, allowed }) => allowed >= 0 && taken + each * min > allowed,
    )
    const list = (pick: (need: (typeof needs)[number]) => unknown) => over.map(pick).join(', ')
    const names = list(({ name }) => name)
    throw novaError(
      403,
      `Quota exceeded for ${names}: Requested ${list(({ each }) => each * min)}, but already used ${list(({ used: taken }) => taken)} of ${list(({ allowed }) => allowed)} ${names}`,
    )
  }
  if (portRoom < min) throw novaError(403, 'Maximum number of ports exceeded')
  return Math.min(count, portRoom)
}

/** Refuses more servers in a group than the quota allows. */
export function admitToGroup(state: ComputeState, access: Access, group: ServerGroup, count: number): void {
  const limit = state.quotasOf(access.projectId).server_group_members
  if (!exceeds(members(group).length + count, limit)) return
  throw novaError(403, 'Quota exceeded, too many servers in group')
}
