/** What volumes are made and changed with, checked before anything is sent. */

import { NotValidError } from 'cloud-environs'
import type { VolumeMetadata } from './volume.ts'

const TEXT_MAX = 255

/** What a new volume shall be. */
export interface CreateVolume {
  /** GiB, a whole number. Absent is possible for a copy of a volume or of a snapshot: as large as that. */
  readonly size?: number | undefined
  readonly name?: string | undefined
  readonly description?: string | undefined
  /** Name or id; default the type that the cloud chooses. */
  readonly volumeType?: string | undefined
  /** One of Cinder's zones, which need not be named like Nova's. */
  readonly availabilityZone?: string | undefined
  /** Image to fill it with, which makes it bootable. */
  readonly imageId?: string | undefined
  readonly snapshotId?: string | undefined
  /** Volume to copy. */
  readonly sourceVolumeId?: string | undefined
  readonly metadata?: VolumeMetadata | undefined
  /** `same_host`, `different_host`: ids of volumes to be near to, or far from. */
  readonly schedulerHints?: Readonly<Record<string, string | readonly string[]>> | undefined
}

/** What an update may change. */
export interface UpdateVolume {
  readonly name?: string | undefined
  readonly description?: string | undefined
  /** Replaces all metadata. */
  readonly metadata?: VolumeMetadata | undefined
}

/** The body of a create. @throws NotValidError */
export function createVolumeBody(create: CreateVolume): object {
  const { size, imageId, snapshotId, sourceVolumeId, schedulerHints } = create
  if (size !== undefined) checkSize(size)
  else if (snapshotId === undefined && sourceVolumeId === undefined) {
    throw new NotValidError('a new volume needs a size', { hint: 'give the size in GiB' })
  }
  return {
    volume: {
      ...updateVolumeBody(create).volume,
      size,
      volume_type: create.volumeType,
      availability_zone: create.availabilityZone,
      imageRef: imageId,
      snapshot_id: snapshotId,
      source_volid: sourceVolumeId,
    },
    'OS-SCH-HNT:scheduler_hints': schedulerHints,
  }
}

/** The body of an update. @throws NotValidError */
export function updateVolumeBody({ name, description, metadata }: UpdateVolume): { volume: object } {
  checkText('name', name)
  checkText('description', description)
  if (metadata !== undefined) checkMetadata(metadata)
  return { volume: { name, description, metadata } }
}

/** @throws NotValidError for anything but a whole number of GiB from 1 */
export function checkSize(size: number): void {
  if (Number.isSafeInteger(size) && size >= 1) return
  throw new NotValidError(`${size} is not the size of a volume`, { hint: 'give whole GiB, at least 1' })
}

/** @throws NotValidError for keys or values over 255 characters, and keys with others than `A-Za-z0-9-_:. /` */
export function checkMetadata(metadata: VolumeMetadata): void {
  for (const [key, value] of Object.entries(metadata)) {
    if (!/^[A-Za-z0-9\-_:. /]{1,255}$/.test(key)) {
      throw new NotValidError(`${JSON.stringify(key.slice(0, 60))} is not a metadata key`, {
        hint: 'use 1 to 255 letters, digits, spaces and any of - _ : . /',
      })
    }
    checkText(`value of metadata "${key}"`, value)
  }
}

function checkText(what: string, text: string | undefined): void {
  if (text === undefined) return
  if (typeof text !== 'string') throw new NotValidError(`the ${what} is not a text`)
  const { length } = Array.from(text)
  if (length > TEXT_MAX) {
    throw new NotValidError(`the ${what} has ${length} characters: at most ${TEXT_MAX} are possible`)
  }
}
