/** Storage: Cinder's volumes, where the cloud has Cinder. */

import { findError, NotFoundError, type StorageProvider } from 'cloud-environs/provider'
import { CinderVolumes } from './cinder-volumes.ts'
import { CINDER } from './create-volume.ts'
import type { Removal } from './removal.ts'
import type { Scope } from './scope.ts'
import { deleteVolume, taggedVolumes } from './volumes-of-model.ts'

/** Whether the catalog has block storage. */
export async function hasBlockStorage(
  { connection: { identity } }: Scope,
  signal?: AbortSignal,
): Promise<boolean> {
  // First, so that what is not found below is the service and nothing else.
  await identity.authenticate({ signal })
  try {
    await identity.endpoint('block-storage', { signal })
    return true
  } catch (error) {
    if (findError(error, NotFoundError)) return false
    throw error
  }
}

/** See `StorageProviderRegistry`. */
export const storageTypes = async (scope: Scope, signal?: AbortSignal): Promise<readonly string[]> =>
  (await hasBlockStorage(scope, signal)) ? [CINDER] : []

/** See `StorageProviderRegistry`. @throws NotFoundError */
export async function storageOfType(
  scope: Scope,
  type: string,
  signal?: AbortSignal,
): Promise<StorageProvider> {
  const types = await storageTypes(scope, signal)
  if (!types.includes(type)) {
    throw new NotFoundError(`storage provider "${type}" not found`, {
      hint: types.length > 0 ? `use one of: ${types.join(', ')}` : 'this cloud has no block storage',
    })
  }
  return { scope: 'environ', dynamic: true, releasable: true, volumeSource: () => new CinderVolumes(scope) }
}

/** Deletes the volumes that carry the tags, and waits until they are gone. */
export async function deleteTaggedVolumes(
  scope: Scope,
  tags: Readonly<Record<string, string>>,
  removal: Removal,
  signal?: AbortSignal,
): Promise<void> {
  if (!(await hasBlockStorage(scope, signal))) return
  await removal.remove(
    await taggedVolumes(scope, tags, signal),
    ({ name, id }) => `volume ${name} (${id})`,
    ({ id }) => deleteVolume(scope, id, tags, signal),
  )
  signal?.throwIfAborted()
}
