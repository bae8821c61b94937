/** The volumes that belong to a model or a controller: by tag, never by name alone. */

import { ConflictError, EnvironsError, findError, NotFoundError, TAG_MODEL } from 'cloud-environs/provider'
import type { Volume } from './api/index.ts'
import type { Scope } from './scope.ts'

/** Statuses in which nothing is being done to a volume, or nothing will be done any more but its end. */
const SETTLED = [
  'available',
  'in-use',
  'deleting',
  'maintenance',
  'error',
  'error_backing-up',
  'error_deleting',
  'error_extending',
  'error_managing',
  'error_restoring',
]

/** How often, and how far apart, it is looked whether a server that seems not to have a volume let it go. */
const DETACH_ATTEMPTS = 30
const DETACH_DELAY_MS = 1_000

/** How often a volume that is still there is deleted again. */
const DELETE_ATTEMPTS = 5

type Tags = Readonly<Record<string, string>>

/** What the volumes of the model carry. Those that Nova makes for servers to boot from carry nothing. */
export const modelTag = ({ config }: Scope): Tags => ({ [TAG_MODEL]: config().uuid })

/** Tag of a volume that was made for a machine, until it is first attached: so far nothing is on it. */
export const TAG_INTENDED_MACHINE = 'juju-intended-machine-id'

/** The machine that a volume was made for, and never was in. */
export const intendedMachine = ({ metadata }: Volume): string | undefined => metadata[TAG_INTENDED_MACHINE]

const carries = ({ metadata }: Volume, tags: Tags): boolean =>
  Object.entries(tags).every(([key, value]) => metadata[key] === value)

/** Whether the volume is one of the model. */
export const isOurs = (scope: Scope, volume: Volume): boolean => carries(volume, modelTag(scope))

/** All volumes of the project that carry the tags, in whatever status. */
export async function taggedVolumes(
  { connection }: Scope,
  tags: Tags,
  signal?: AbortSignal,
): Promise<readonly Volume[]> {
  const volumes = await connection.blockStorage.volumes.all({ metadata: tags }, { signal })
  // Not all clouds heed the filter.
  return volumes.filter((volume) => carries(volume, tags))
}

/** The volumes of a model. */
export const modelVolumes = (scope: Scope, signal?: AbortSignal): Promise<readonly Volume[]> =>
  taggedVolumes(scope, modelTag(scope), signal)

/** A volume once nothing is being done to it; nothing when there is none. */
export async function settledVolume(
  { connection }: Scope,
  id: string,
  signal?: AbortSignal,
): Promise<Volume | undefined> {
  try {
    return await connection.blockStorage.volumes.waitForStatus(id, { accept: SETTLED, signal })
  } catch (error) {
    if (findError(error, NotFoundError)) return undefined
    throw error
  }
}

/** One volume of a model, once nothing is being done to it. @throws NotFoundError, for another model's too */
export async function modelVolume(scope: Scope, id: string, signal?: AbortSignal): Promise<Volume> {
  const volume = await settledVolume(scope, id, signal)
  if (volume && isOurs(scope, volume)) return volume
  throw volumeNotFound(id, volume !== undefined)
}

/** That there is no such volume, or that it is somebody else's. */
export const volumeNotFound = (id: string, exists = false): NotFoundError =>
  new NotFoundError(`volume ${id} ${exists ? 'is not of this model' : 'not found'}`, {
    resource: `volume ${id}`,
    hint: 'list the volumes of the model for what there is',
  })

/**
 * Takes a volume from a server and waits until it is free. Not attached, or no such server, is success.
 * @throws ConflictError when the server keeps it
 */
export async function detachVolume(
  scope: Scope,
  id: string,
  serverId: string,
  signal?: AbortSignal,
): Promise<void> {
  const { servers } = scope.connection.compute
  for (let attempt = 1; ; attempt++) {
    const accepted = await servers.deleteVolumeAttachment(serverId, id, { signal })
    const volume = await settledVolume(scope, id, signal)
    if (!volume?.attachments.some((attachment) => attachment.serverId === serverId)) return
    if (accepted || attempt === DETACH_ATTEMPTS) break
    // Cinder lets the volumes of a server go a little after it is gone; or a proxy said that there is none.
    await scope.services.clock.sleep(DETACH_DELAY_MS, { signal })
  }
  throw new ConflictError(`server ${serverId} did not let volume ${id} go`, {
    operation: 'detachVolumes',
    resource: `volume ${id}`,
    hint: 'unmount it in the machine, or stop the machine, and try again',
  })
}

/**
 * Deletes a volume and waits until it is gone; gone already is success. One that is in use is detached first, once.
 * @throws NotFoundError for a volume that is without the tags; VolumeStatusError when the cloud cannot delete it
 */
export async function deleteVolume(
  scope: Scope,
  id: string,
  tags: Tags,
  signal?: AbortSignal,
): Promise<void> {
  const { volumes } = scope.connection.blockStorage
  let volume = await settledVolume(scope, id, signal)
  if (volume && !carries(volume, tags)) throw volumeNotFound(id, true)
  if (volume?.status === 'in-use') {
    await Promise.all(volume.attachments.map(({ serverId }) => detachVolume(scope, id, serverId, signal)))
    volume = await settledVolume(scope, id, signal)
  }
  // A "not found" is not taken on trust: a proxy may have said it.
  for (let attempt = 1; volume; attempt++) {
    if (volume.status === 'deleting' || (await volumes.delete(id, { signal }))) {
      await volumes.waitForDelete(id, { signal })
      return
    }
    volume = await settledVolume(scope, id, signal)
    if (!volume || attempt < DELETE_ATTEMPTS) continue
    throw new EnvironsError(`volume ${id} is there, but the cloud says "not found" when it is deleted`, {
      operation: 'destroyVolumes',
      resource: `volume ${id}`,
      hint: "see with the cloud's own tools what it is",
    })
  }
}
