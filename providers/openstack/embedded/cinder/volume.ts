import { micro } from '../time.ts'
import type { JsonObject } from '../json.ts'
import type { VolumeType } from './types.ts'

export interface Attachment {
  readonly id: string
  readonly serverId: string
  readonly device: string
  readonly attached: number
}

export interface Volume {
  readonly id: string
  /** Place in the order of creation. */
  readonly serial: number
  readonly projectId: string
  readonly userId: string
  readonly type: VolumeType
  readonly zone: string
  readonly sourceVolumeId: string | null
  /** What Cinder keeps of the image that it was made from. */
  readonly imageMetadata: Readonly<Record<string, string>> | undefined
  readonly created: number
  name: string | null
  description: string | null
  status: string
  /** GiB. */
  size: number
  bootable: boolean
  metadata: Record<string, string>
  attachments: Attachment[]
  updated: number | undefined
}

/** Where the links of an answer lead: the endpoint, with the project in it as the client has it. */
export interface LinkBase {
  readonly base: string
  readonly bookmarkBase: string
}

export function briefView(volume: Volume, at: LinkBase): JsonObject {
  return { id: volume.id, name: volume.name, links: links(volume, at) }
}

/** `full` is what lists and shows have, and the answers to creates and updates have not. */
export function volumeView(volume: Volume, minor: number, at: LinkBase, full: boolean): JsonObject {
  const { id, updated } = volume
  return {
    id,
    status: volume.status,
    size: volume.size,
    availability_zone: volume.zone,
    created_at: micro(volume.created),
    updated_at: updated === undefined ? null : micro(updated),
    name: volume.name,
    description: volume.description,
    volume_type: volume.type.name,
    snapshot_id: null,
    source_volid: volume.sourceVolumeId,
    metadata: volume.metadata,
    links: links(volume, at),
    user_id: volume.userId,
    bootable: String(volume.bootable),
    encrypted: false,
    replication_status: null,
    consistencygroup_id: null,
    multiattach: volume.type.multiattach,
    attachments: volume.attachments.map((attachment) => ({
      id,
      attachment_id: attachment.id,
      volume_id: id,
      server_id: attachment.serverId,
      host_name: null,
      device: attachment.device,
      attached_at: micro(attachment.attached),
    })),
    ...(minor >= 13 && { group_id: null }),
    ...(minor >= 48 && { shared_targets: true, service_uuid: null }),
    ...(minor >= 63 && { volume_type_id: volume.type.id }),
    ...(minor >= 65 && { consumes_quota: true }),
    ...(full && { 'os-vol-tenant-attr:tenant_id': volume.projectId }),
    ...(full && volume.imageMetadata && { volume_image_metadata: volume.imageMetadata }),
  }
}

function links({ id }: Volume, { base, bookmarkBase }: LinkBase): JsonObject[] {
  return [
    { rel: 'self', href: `${base}/volumes/${id}` },
    { rel: 'bookmark', href: `${bookmarkBase}/volumes/${id}` },
  ]
}
