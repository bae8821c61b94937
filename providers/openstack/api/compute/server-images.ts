/** Images made of servers. */

import { NotValidError, UnavailableError } from 'cloud-environs'
import type { CallOptions } from '../service/options.ts'
import { fieldOf } from '../service/read.ts'
import { annotate } from '../transport/failure.ts'
import { headerOf, type HttpAnswer } from '../transport/request.ts'
import { checkMetadata, checkName } from './server-input.ts'
import type { Operations } from './server-operation.ts'
import type { VersionRanges } from './version-range.ts'

/** A backup and how many of its kind to keep. */
export interface ServerBackup {
  readonly name: string
  /** Any word, mostly `daily` or `weekly`: images of other types are not counted. */
  readonly type: string
  /** How many images of the type to keep, this one included; 0 removes all. */
  readonly rotation: number
  /** Properties of the image. */
  readonly metadata?: Readonly<Record<string, string>> | undefined
}

/** Calls that make images. */
export interface ServerImages {
  /**
   * Begins to make an image of the server's disk, or snapshots of its volumes; the image is `active` when it is done.
   * Id of the image. @throws ConflictError in a wrong state, or while another one is made
   */
  createImage(
    id: string,
    name: string,
    options?: CallOptions & { readonly metadata?: Readonly<Record<string, string>> | undefined },
  ): Promise<string>
  /** Begins to make a backup, and removes the oldest of its type. Id of the image, when the cloud tells it. */
  backup(id: string, backup: ServerBackup, options?: CallOptions): Promise<string | undefined>
}

/** From 2.45 on the answer has the id in its body; the header that has it before is made for people. */
const WITH_ID: VersionRanges = [{ from: '2.45' }, {}]

/** See {@link ServerImages}. */
export const serverImages: Operations<ServerImages> = {
  createImage: {
    inputs: 1,
    operation: 'create an image of',
    versions: () => WITH_ID,
    check: ([name, { metadata }]) => {
      checkName('an image', name)
      checkMetadata(metadata)
    },
    body: ([name, { metadata }]) => ({ createImage: { name, metadata } }),
    read: (answer, { resource }) => {
      const imageId = imageIdOf(answer)
      if (imageId !== undefined) return imageId
      const error = new UnavailableError(`the cloud makes an image of ${resource} and does not tell its id`, {
        resource,
        hint: 'look for the image by its name',
      })
      throw annotate(error, { outcomeUnknown: true })
    },
  },
  backup: {
    inputs: 1,
    operation: 'back up',
    versions: () => WITH_ID,
    check: ([{ name, type, rotation, metadata }]) => {
      checkName('an image', name)
      checkName('a type of backups', type)
      checkMetadata(metadata)
      if (Number.isSafeInteger(rotation) && rotation >= 0) return
      throw new NotValidError(`cannot keep ${String(rotation)} backups`, { hint: 'give 0 or more' })
    },
    body: ([{ name, type, rotation, metadata }]) => ({
      createBackup: { name, backup_type: type, rotation, metadata },
    }),
    read: imageIdOf,
  },
}

function imageIdOf({ json, headers }: HttpAnswer): string | undefined {
  const inBody = fieldOf(json, 'image_id')
  if (typeof inBody === 'string') return inBody
  return headerOf(headers, 'location')?.split(/[?#]/)[0]?.replace(/\/$/, '').split('/').pop() || undefined
}
