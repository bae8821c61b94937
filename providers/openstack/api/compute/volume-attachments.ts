/** Volumes of servers (https://docs.openstack.org/api-ref/compute/#servers-with-volume-attachments-servers-os-volume-attachments). */

import { z } from 'zod'
import { lazy } from '../service/lazy.ts'
import type { CallOptions } from '../service/options.ts'
import { readItems, readOne } from '../service/read.ts'
import { segment } from './path-segment.ts'
import { checkTag } from './server-input.ts'
import type { Operations } from './server-operation.ts'
import { allOf, EVERY_VERSION, since, type VersionRanges } from './version-range.ts'

/** A volume of a server. */
export interface VolumeAttachment {
  readonly volumeId: string
  readonly serverId: string
  /** As the cloud calls it; the guest may call it otherwise. */
  readonly device?: string | undefined
  /** From microversion 2.70. */
  readonly tag?: string | undefined
  /** From microversion 2.79. */
  readonly deleteOnTermination?: boolean | undefined
  /** Cinder's id of it, from microversion 2.89. */
  readonly attachmentId?: string | undefined
}

/** How to attach a volume. */
export interface CreateVolumeAttachment {
  readonly volumeId: string
  /** Most hypervisors choose themselves. */
  readonly device?: string | undefined
  /** Needs microversion 2.49. */
  readonly tag?: string | undefined
  /** Default false; saying it needs microversion 2.79. */
  readonly deleteOnTermination?: boolean | undefined
}

/** What to change of an attachment. */
export interface UpdateVolumeAttachment {
  /** Needs microversion 2.85. */
  readonly deleteOnTermination?: boolean | undefined
  /** Id of the volume to put in its place. For Cinder's use while it moves a volume. */
  readonly replacement?: string | undefined
}

/** Calls about volumes. The path has the id of the volume, never that of the attachment. */
export interface ServerVolumeAttachments {
  volumeAttachments(id: string, options?: CallOptions): Promise<VolumeAttachment[]>
  /** @throws NotFoundError */
  getVolumeAttachment(id: string, volumeId: string, options?: CallOptions): Promise<VolumeAttachment>
  /** Begins to attach. Volumes for several servers need 2.60, shelved servers 2.20: used where the cloud has it. */
  createVolumeAttachment(
    id: string,
    attachment: CreateVolumeAttachment,
    options?: CallOptions,
  ): Promise<VolumeAttachment>
  updateVolumeAttachment(
    id: string,
    volumeId: string,
    update: UpdateVolumeAttachment,
    options?: CallOptions,
  ): Promise<void>
  /** Begins to detach. Whether it was attached. */
  deleteVolumeAttachment(id: string, volumeId: string, options?: CallOptions): Promise<boolean>
}

const attachmentSchema = lazy(() =>
  z
    .object({
      volumeId: z.string(),
      serverId: z.string(),
      device: z.string().nullish(),
      tag: z.string().nullish(),
      delete_on_termination: z.boolean().optional(),
      attachment_id: z.string().nullish(),
    })
    .transform(
      (wire): VolumeAttachment => ({
        volumeId: wire.volumeId,
        serverId: wire.serverId,
        device: wire.device ?? undefined,
        tag: wire.tag ?? undefined,
        deleteOnTermination: wire.delete_on_termination,
        attachmentId: wire.attachment_id ?? undefined,
      }),
    ),
)

const PATH = '/os-volume_attachments'
const pathOf = (volumeId: string) => `${PATH}/${segment('the id of a volume', volumeId)}`

/** The most that a cloud tells. */
const SHOWN: VersionRanges = [{ from: '2.89' }, { from: '2.79' }, { from: '2.70' }, {}]
/** Answers of 2.101 and later say nothing; volumes of several servers and shelved servers came before. */
const ATTACH: VersionRanges = [{ from: '2.60', to: '2.100' }, { from: '2.101' }, { from: '2.20' }, {}]

/** See {@link ServerVolumeAttachments}. */
export const serverVolumeAttachments: Operations<ServerVolumeAttachments> = {
  volumeAttachments: {
    method: 'GET',
    path: PATH,
    operation: 'list volumes of',
    versions: () => SHOWN,
    read: ({ json }, { logger }) => readItems(json, 'volumeAttachments', attachmentSchema(), logger),
  },
  getVolumeAttachment: {
    inputs: 1,
    method: 'GET',
    path: ([volumeId]) => pathOf(volumeId),
    operation: 'get a volume of',
    versions: () => SHOWN,
    read: ({ json }, { args: [volumeId], resource }) =>
      readOne(json, 'volumeAttachment', attachmentSchema(), `volume ${volumeId} of ${resource}`),
  },
  createVolumeAttachment: {
    inputs: 1,
    path: PATH,
    operation: 'attach a volume to',
    check: ([{ volumeId, tag }]) => {
      segment('the id of a volume', volumeId)
      if (tag !== undefined) checkTag(tag)
    },
    versions: ([{ tag, deleteOnTermination }]) =>
      allOf([
        tag === undefined ? EVERY_VERSION : since('2.49'),
        deleteOnTermination === undefined ? EVERY_VERSION : since('2.79'),
        ATTACH,
      ]),
    body: ([{ volumeId, device, tag, deleteOnTermination }]) => ({
      volumeAttachment: { volumeId, device, tag, delete_on_termination: deleteOnTermination },
    }),
    read: ({ json }, { args: [{ volumeId }], id, resource }) =>
      json === undefined
        ? { volumeId, serverId: id }
        : readOne(json, 'volumeAttachment', attachmentSchema(), `volume ${volumeId} of ${resource}`),
  },
  updateVolumeAttachment: {
    inputs: 2,
    method: 'PUT',
    path: ([volumeId]) => pathOf(volumeId),
    operation: 'update a volume of',
    versions: ([, { deleteOnTermination }]) =>
      deleteOnTermination === undefined ? EVERY_VERSION : since('2.85'),
    body: ([volumeId, { deleteOnTermination, replacement = volumeId }]) => ({
      volumeAttachment: { volumeId: replacement, delete_on_termination: deleteOnTermination },
    }),
  },
  deleteVolumeAttachment: {
    inputs: 1,
    method: 'DELETE',
    path: ([volumeId]) => pathOf(volumeId),
    operation: 'detach a volume of',
    // Below 2.20, shelved servers keep theirs.
    versions: () => [{ from: '2.20' }, {}],
    read: () => true,
    gone: false,
  },
}
