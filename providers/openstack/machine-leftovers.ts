/** What machines have beside their servers, whether they have one or not: found by mark and tag alone. */

import type { MachineResource } from 'cloud-environs/provider'
import { markOf } from './machine-groups.ts'
import { removeMarked } from './machine-resources.ts'
import type { Removal } from './removal.ts'
import type { Scope } from './scope.ts'
import type { SecurityGroups } from './security-groups.ts'
import { hasBlockStorage } from './storage.ts'
import { deleteVolume, intendedMachine, modelTag, modelVolumes } from './volumes-of-model.ts'

const NUMBER = /^\d+$/

/** The volumes that were made for machines and were in none of them yet: what is on the others is worth something. */
async function unusedVolumes(scope: Scope, signal?: AbortSignal): Promise<readonly MachineResource[]> {
  if (!(await hasBlockStorage(scope, signal))) return []
  return (await modelVolumes(scope, signal)).flatMap((volume) => {
    const machineId = intendedMachine(volume)
    if (machineId === undefined || volume.attachments.length > 0) return []
    return [{ kind: 'volume', id: volume.id, name: volume.name, machineId }]
  })
}

/** See `MachineResourceKeeper.machineResources`. */
export async function machineResources(
  scope: Scope,
  groups: SecurityGroups,
  controllerUuid: string,
  signal?: AbortSignal,
): Promise<readonly MachineResource[]> {
  const { identity, network } = scope.connection
  const projectId = (await identity.authenticate({ signal })).project?.id
  const prefix = markOf({ controllerUuid, modelUuid: scope.config().uuid, machineId: '' })
  const marked = (kind: string, mark: string, id: string, name: string): readonly MachineResource[] => {
    const machineId = mark.slice(prefix.length)
    return mark.startsWith(prefix) && NUMBER.test(machineId) ? [{ kind, id, name, machineId }] : []
  }
  const [floatingIps, ports, own, volumes] = await Promise.all([
    network.floatingIps.all({ projectId }, { signal }),
    network.ports.all({ projectId }, { signal }),
    groups.list(signal),
    unusedVolumes(scope, signal),
  ])
  return [
    ...floatingIps.flatMap(({ id, description, floatingIpAddress }) =>
      marked('floating IP', description, id, floatingIpAddress),
    ),
    ...ports.flatMap(({ id, description, name }) => marked('port', description, id, name)),
    ...own.flatMap(({ id, name }) => marked('security group', name, id, name)),
    ...volumes,
  ]
}

/** See `MachineResourceKeeper.removeMachineResources`; none of these machines has a server. */
export async function removeMachineResources(
  scope: Scope,
  groups: SecurityGroups,
  controllerUuid: string,
  machineIds: readonly string[],
  removal: Removal,
  signal?: AbortSignal,
): Promise<void> {
  const modelUuid = scope.config().uuid
  const marks = new Set(machineIds.map((machineId) => markOf({ controllerUuid, modelUuid, machineId })))
  await removeMarked(scope, groups, (mark) => marks.has(mark), removal, signal)
  const volumes = await unusedVolumes(scope, signal)
  await removal.remove(
    volumes.filter(({ machineId }) => machineIds.includes(machineId)),
    ({ name, id }) => `volume ${name} (${id})`,
    ({ id }) => deleteVolume(scope, id, modelTag(scope), signal),
  )
  signal?.throwIfAborted()
}
