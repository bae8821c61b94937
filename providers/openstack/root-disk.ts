/** What a server boots from: its image on the host's disk, or a volume that is made of the image. */

import { type Constraints, NotValidError } from 'cloud-environs/provider'
import type { CreateServer } from './api/index.ts'

const MIB_PER_GIB = 1024
/** Juju's size of a boot volume when none is asked for. */
const DEFAULT_VOLUME_GIB = 30

/** Values of the constraint `root-disk-source`. */
export const ROOT_DISK_SOURCES = ['volume', 'local'] as const

/** Whether the root disk is to be a volume. @throws NotValidError for a source that is not known */
export function bootsFromVolume({ rootDiskSource }: Constraints): boolean {
  if (!rootDiskSource || rootDiskSource === 'local') return false
  if (rootDiskSource === 'volume') return true
  throw new NotValidError(`root-disk-source "${rootDiskSource}" is not known`, {
    resource: 'constraint root-disk-source',
    hint: `use one of: ${ROOT_DISK_SOURCES.join(', ')}`,
  })
}

/** GiB of the boot volume: what is asked for, rounded up, and never less than the image needs. */
export function bootVolumeGib({ rootDisk }: Constraints, minDisk = 0): number {
  const wanted = rootDisk ? Math.ceil(rootDisk / MIB_PER_GIB) : DEFAULT_VOLUME_GIB
  return Math.max(wanted, Math.ceil(minDisk / MIB_PER_GIB))
}

/** What Nova is to be told. A boot volume goes with its server. */
export function rootDiskOf(
  constraints: Constraints,
  image: { readonly id: string; readonly minDisk?: number },
): Pick<CreateServer, 'image' | 'blockDevices'> {
  if (!bootsFromVolume(constraints)) return { image: image.id }
  return {
    blockDevices: [
      {
        sourceType: 'image',
        destinationType: 'volume',
        uuid: image.id,
        bootIndex: 0,
        volumeSize: bootVolumeGib(constraints, image.minDisk),
        deleteOnTermination: true,
      },
    ],
  }
}
