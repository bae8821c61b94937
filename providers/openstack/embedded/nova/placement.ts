import { nameDevices } from './attached-volumes.ts'
import type { Call } from './call.ts'
import type { Flavor } from './flavor.ts'
import type { Host } from './hosts.ts'
import { novaError } from './errors.ts'
import { exceeds } from './quota.ts'
import type { OtherEnd, Server } from './server.ts'
import type { ComputeState } from './state.ts'
import type { Migration, MigrationType } from './migration.ts'

export const NO_VALID_HOST = 'No valid host was found. There are not enough hosts available.'

/** Moves the server, with its ports, to a host where it has room, or off all hosts. */
export function settle(
  state: ComputeState,
  server: Server,
  host: { readonly name: string; readonly zone: string } | undefined,
): void {
  server.host = host?.name
  server.zone = host?.zone ?? server.requestedZone ?? ''
  if (host) nameDevices(server)
  for (const port of state.network.portsOfDevice(server.id)) port['binding:host_id'] = host?.name ?? ''
}

/** Gives up the room at the other end of a move. */
export function leaveOtherEnd(state: ComputeState, server: Server): void {
  if (!server.otherEnd) return
  state.hosts.release(server.otherEnd.host, server.otherEnd.flavor)
  server.otherEnd = undefined
}

/** Puts the server to where it goes, and keeps its room where it was. */
export function arrive(state: ComputeState, server: Server, to: OtherEnd): void {
  server.otherEnd = {
    host: server.host ?? '',
    zone: server.zone,
    flavor: server.flavor,
    migration: to.migration,
  }
  settle(state, server, { name: to.host, zone: to.zone })
  server.flavor = to.flavor
}

/** An action that failed later on. The fault shows while the server is in ERROR. */
export function fault({ state }: Call, server: Server, record: string, message: string, code = 500): void {
  server.fault = { code, message, created: Date.now() }
  state.instanceActions.end(server, record, message)
}

/** Records that the server is on its way to a host, or that it does not get there. */
export function beginMigration(
  { state, access }: Call,
  server: Server,
  type: MigrationType,
  to: { readonly host?: Host | undefined; readonly flavor?: Flavor; readonly status: string },
): Migration {
  return state.migrations.begin(access, {
    serverId: server.id,
    type,
    status: to.status,
    sourceHost: server.host ?? '',
    destHost: to.host?.name ?? null,
    oldFlavor: numberOf(state, server.flavor),
    newFlavor: numberOf(state, to.flavor ?? server.flavor),
  })
}

/** Nova's own number of a flavor, which is not its id. */
function numberOf(state: ComputeState, flavor: Flavor): number {
  return [...state.flavors.keys()].indexOf(flavor.id) + 1
}

/** Refuses what would take the project over its quotas. */
export function checkQuota(
  state: ComputeState,
  projectId: string,
  more: { readonly instances?: number; readonly cores: number; readonly ram: number },
): void {
  const used = state.usage(projectId)
  const quotas = state.quotasOf(projectId)
  const names = ['cores', 'instances', 'ram'] as const
  const over = names.filter((name) => {
    const wanted = more[name] ?? 0
    return wanted > 0 && exceeds(used[name] + wanted, quotas[name])
  })
  if (over.length === 0) return
  const list = (of: (name: (typeof names)[number]) => unknown) => over.map(of).join(', ')
  throw novaError(
    403,
    `Quota exceeded for ${list((name) => name)}: Requested ${list((name) => more[name])}, but already used ${list((name) => used[name])} of ${list((name) => quotas[name])} ${list((name) => name)}`,
  )
}
