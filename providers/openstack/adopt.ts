/** Takes a model over from another controller: its tags, and the names and marks that have the controller's UUID in them. */

import { EnvironsError, TAG_CONTROLLER } from 'cloud-environs/provider'
import type { Scope } from './scope.ts'
import type { SecurityGroups } from './security-groups.ts'
import { modelServers } from './servers-of-model.ts'
import { hasBlockStorage } from './storage.ts'
import { modelVolumes } from './volumes-of-model.ts'

/** See `ResourceAdopter.adoptResources`. What fails does not keep the rest. */
export async function adoptModel(
  scope: Scope,
  groups: SecurityGroups,
  controllerUuid: string,
  signal?: AbortSignal,
): Promise<void> {
  const { compute, blockStorage, network, identity } = scope.connection
  const model = scope.config().uuid
  const projectId = (await identity.authenticate({ signal })).project?.id
  const [servers, volumes, own, floatingIps, ports] = await Promise.all([
    modelServers(scope, signal),
    (await hasBlockStorage(scope, signal)) ? modelVolumes(scope, signal) : [],
    groups.list(signal),
    network.floatingIps.all({ projectId }, { signal }),
    network.ports.all({ projectId }, { signal }),
  ])
  const renamed = (mark: string): string | undefined => {
    const [, rest] = new RegExp(`^juju-[0-9a-f-]{36}-(${model}.*)$`).exec(mark) ?? []
    const wanted = `juju-${controllerUuid}-${rest}`
    return rest === undefined || wanted === mark ? undefined : wanted
  }
  const changes = [
    ...servers
      .filter(({ metadata }) => metadata[TAG_CONTROLLER] !== controllerUuid)
      .map(
        ({ id }) =>
          () =>
            compute.servers.updateMetadata(id, { [TAG_CONTROLLER]: controllerUuid }, { signal }),
      ),
    ...volumes
      .filter(({ metadata }) => metadata[TAG_CONTROLLER] !== controllerUuid)
      .map(
        ({ id }) =>
          () =>
            blockStorage.volumes.updateMetadata(id, { [TAG_CONTROLLER]: controllerUuid }, { signal }),
      ),
    ...own.flatMap(({ id, name }) => {
      const wanted = renamed(name)
      return wanted === undefined
        ? []
        : [() => network.securityGroups.update(id, { name: wanted }, { signal })]
    }),
    ...floatingIps.flatMap(({ id, description }) => {
      const wanted = renamed(description)
      return wanted === undefined
        ? []
        : [() => network.floatingIps.update(id, { description: wanted }, { signal })]
    }),
    ...ports.flatMap(({ id, description }) => {
      const wanted = renamed(description)
      return wanted === undefined ? [] : [() => network.ports.update(id, { description: wanted }, { signal })]
    }),
  ]
  const outcomes = await Promise.allSettled(changes.map((change): Promise<unknown> => change()))
  signal?.throwIfAborted()
  const failed = outcomes
    .filter((outcome) => outcome.status === 'rejected')
    .map(({ reason }): unknown => reason)
  if (failed.length === 0) return
  throw new EnvironsError(
    `${failed.length} of ${changes.length} resources of the model could not be taken over`,
    {
      operation: 'adoptResources',
      resource: `model ${model}`,
      cause: new AggregateError(failed),
      hint: 'try again; what was taken over already stays so',
    },
  )
}
