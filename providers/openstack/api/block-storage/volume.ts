/** A volume as Cinder shows it (https://docs.openstack.org/api-ref/block-storage/v3/#volumes-volumes). */

import { z } from 'zod'
import { lazy } from '../service/lazy.ts'

/** What Cinder sends as `status`. Newer clouds may add more, so any text is accepted. */
export type VolumeStatus =
  | 'attaching'
  | 'available'
  | 'awaiting-transfer'
  | 'backing-up'
  | 'creating'
  | 'deleting'
  | 'detaching'
  | 'downloading'
  | 'error'
  | 'error_backing-up'
  | 'error_deleting'
  | 'error_extending'
  | 'error_managing'
  | 'error_restoring'
  | 'extending'
  | 'in-use'
  | 'maintenance'
  | 'managing'
  | 'reserved'
  | 'restoring-backup'
  | 'retyping'
  | 'uploading'
  | (string & {})

/** Where a volume is attached. Nova attaches and detaches: see `compute.servers.createVolumeAttachment`. */
export interface VolumeServerAttachment {
  /** Cinder's id of it. */
  readonly attachmentId: string
  readonly serverId: string
  /** As the cloud calls it, `/dev/vdb`; the guest may call it otherwise. */
  readonly device?: string | undefined
  /** Shown to admins. */
  readonly hostName?: string | undefined
  readonly attachedAt?: string | undefined
}

/** Texts by key, each up to 255 characters. */
export type VolumeMetadata = Readonly<Record<string, string>>

/** A volume. */
export interface Volume {
  readonly id: string
  /** Empty when it has none. Not unique. */
  readonly name: string
  readonly description: string
  readonly status: VolumeStatus
  /** GiB. */
  readonly size: number
  /** Name of its type. */
  readonly volumeType?: string | undefined
  /** One of Cinder's zones, which need not be named like Nova's. */
  readonly availabilityZone?: string | undefined
  readonly bootable: boolean
  readonly encrypted: boolean
  /** May be attached to several servers. */
  readonly multiattach: boolean
  /** The snapshot it was made from. */
  readonly snapshotId?: string | undefined
  /** The volume it is a copy of. */
  readonly sourceVolumeId?: string | undefined
  readonly metadata: VolumeMetadata
  /** Properties of the image it was made from; none for others. */
  readonly imageMetadata: Readonly<Record<string, string>>
  readonly attachments: readonly VolumeServerAttachment[]
  readonly projectId?: string | undefined
  readonly userId?: string | undefined
  /** UTC without a zone, as Cinder writes it. */
  readonly createdAt?: string | undefined
  readonly updatedAt?: string | undefined
}

const wireSchema = lazy(() => {
  const text = z.string().nullish()
  const texts = z.record(z.string(), z.string())
  return z.object({
    id: z.string(),
    name: text,
    description: text,
    status: z.string(),
    size: z.number(),
    volume_type: text,
    availability_zone: text,
    // A text in every release so far.
    bootable: z.union([z.boolean(), z.string()]).optional(),
    encrypted: z.boolean().default(false),
    multiattach: z.boolean().default(false),
    snapshot_id: text,
    source_volid: text,
    metadata: texts.default({}),
    volume_image_metadata: texts.default({}),
    attachments: z
      .array(
        z.object({
          attachment_id: z.string().default(''),
          server_id: z.string(),
          device: text,
          host_name: text,
          attached_at: text,
        }),
      )
      .default([]),
    'os-vol-tenant-attr:tenant_id': z.string().optional(),
    user_id: text,
    created_at: text,
    updated_at: text,
  })
})

function toVolume(wire: z.infer<ReturnType<typeof wireSchema>>): Volume {
  return {
    id: wire.id,
    name: wire.name ?? '',
    description: wire.description ?? '',
    status: wire.status,
    size: wire.size,
    volumeType: wire.volume_type ?? undefined,
    availabilityZone: wire.availability_zone ?? undefined,
    bootable: wire.bootable === true || wire.bootable === 'true',
    encrypted: wire.encrypted,
    multiattach: wire.multiattach,
    snapshotId: wire.snapshot_id ?? undefined,
    sourceVolumeId: wire.source_volid ?? undefined,
    metadata: wire.metadata,
    imageMetadata: wire.volume_image_metadata,
    attachments: wire.attachments.map((attachment) => ({
      attachmentId: attachment.attachment_id,
      serverId: attachment.server_id,
      device: attachment.device ?? undefined,
      hostName: attachment.host_name ?? undefined,
      attachedAt: attachment.attached_at ?? undefined,
    })),
    projectId: wire['os-vol-tenant-attr:tenant_id'],
    userId: wire.user_id ?? undefined,
    createdAt: wire.created_at ?? undefined,
    updatedAt: wire.updated_at ?? undefined,
  }
}

/** Makes a volume of its wire form. */
export const volumeSchema = lazy(() => wireSchema().transform(toVolume))
