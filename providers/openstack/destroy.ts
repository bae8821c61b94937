/** Removes all that belongs to a model or to a controller, found by its tags and marks alone. */

import { TAG_CONTROLLER, TAG_MODEL } from 'cloud-environs/provider'
import { removeKeypairs } from './hosted-servers.ts'
import { markOf, ownerOf } from './machine-groups.ts'
import { removeMarked } from './machine-resources.ts'
import { groupNames } from './names.ts'
import { Removal } from './removal.ts'
import type { Scope } from './scope.ts'
import type { SecurityGroups } from './security-groups.ts'
import { deleteServers, serversToRemove } from './servers-of-model.ts'
import { deleteTaggedVolumes } from './storage.ts'

/** What is to go. */
interface Belongings {
  readonly tag: typeof TAG_MODEL | typeof TAG_CONTROLLER
  readonly uuid: string
  /** Whether a mark is one of theirs. */
  readonly marked: (mark: string) => boolean
}

/** What a model has, whatever controller it belongs to: the model's UUID is in all its marks. */
export const ofModel = (uuid: string): Belongings => ({
  tag: TAG_MODEL,
  uuid,
  marked: (mark) => mark.startsWith('juju-') && mark.includes(`-${uuid}`),
})

/** What all models of a controller have. */
export const ofController = (uuid: string): Belongings => ({
  tag: TAG_CONTROLLER,
  uuid,
  marked: (mark) => mark.startsWith(groupNames.ofController(uuid)),
})

/** Removes it, and logs what went and what refused to go, which does not keep the rest. */
export async function destroyBelongings(
  scope: Scope,
  groups: SecurityGroups,
  { tag, uuid, marked }: Belongings,
  signal?: AbortSignal,
): Promise<void> {
  const removal = new Removal()
  try {
    const servers = await serversToRemove(scope, tag, uuid, signal)
    const stuck = await deleteServers(scope, servers, removal, signal)
    await deleteTaggedVolumes(scope, { [tag]: uuid }, removal, signal)
    // The groups of a server that is still there cannot go, and its ports and addresses are in use.
    const kept = stuck.flatMap(({ metadata }) => {
      const owner = ownerOf(metadata)
      return owner ? [markOf(owner)] : []
    })
    const free = (mark: string): boolean => marked(mark) && !kept.some((each) => each.startsWith(mark))
    await removeMarked(scope, groups, free, removal, signal)
    await removeKeypairs(scope, marked, removal, signal)
  } finally {
    removal.log(scope.services.logger)
  }
  removal.throwRefused('destroy')
}
