import { createHash, randomUUID } from 'node:crypto'
import type { Access } from '../access.ts'
import type { JsonObject } from '../json.ts'
import type { Identity } from '../keystone/identity.ts'
import type { ImageOption } from '../options.ts'
import { zulu } from '../time.ts'

export interface Image {
  readonly id: string
  name: string | null
  status: string
  visibility: string
  owner: string
  disk_format: string | null
  container_format: string | null
  min_disk: number
  min_ram: number
  protected: boolean
  os_hidden: boolean
  size: number | null
  virtual_size: number | null
  checksum: string | null
  os_hash_value: string | null
  tags: string[]
  readonly created: number
  updated: number
  /** Projects that a shared image is shared with, by id. */
  readonly members: Map<string, Member>
  /** All other properties, flat on the wire. */
  readonly properties: Map<string, unknown>
}

/** What a project makes of an image that was shared with it. */
export interface Member {
  readonly status: string
  readonly created: number
  readonly updated: number
}

/** Glance's images of one region. */
export class ImageStore {
  readonly images = new Map<string, Image>()

  /** The image when the access may see it. */
  visible(id: string, access: Access): Image | undefined {
    const image = this.images.get(id)
    return image && mayUse(image, access) ? image : undefined
  }

  seed(options: readonly ImageOption[], identity: Identity): void {
    for (const [index, option] of options.entries()) {
      const image = newImage(identity.projectNamed(option.owner ?? 'admin')?.id ?? '', {
        name: option.name,
        visibility: option.visibility ?? 'public',
        disk_format: 'qcow2',
        container_format: 'bare',
        min_disk: option.minDisk ?? 1,
        min_ram: option.minRam ?? 0,
        tags: [...(option.tags ?? [])],
        ...(option.id !== undefined && { id: option.id }),
        // A second apart, so that sorting by age is the order of the list.
        created: option.createdAt?.getTime() ?? Date.now() - (options.length - index) * 1000,
      })
      for (const [name, value] of Object.entries(option.properties ?? {})) image.properties.set(name, value)
      fill(image, Buffer.alloc(262_144, option.name))
      image.virtual_size = image.min_disk * 1_073_741_824
      image.status = option.status ?? 'active'
      image.updated = image.created
      this.images.set(image.id, image)
    }
  }
}

/** Whether the access may boot or show it. Community images count, though lists leave them out. */
function mayUse(image: Image, access: Access): boolean {
  if (access.isAdmin || image.owner === access.projectId) return true
  if (image.visibility === 'shared') return image.members.has(access.projectId)
  return image.visibility === 'public' || image.visibility === 'community'
}

export function newImage(owner: string, given: Partial<Omit<Image, 'properties' | 'members'>>): Image {
  const now = Date.now()
  return {
    id: randomUUID(),
    name: null,
    status: 'queued',
    visibility: 'shared',
    owner,
    disk_format: null,
    container_format: null,
    min_disk: 0,
    min_ram: 0,
    protected: false,
    os_hidden: false,
    size: null,
    virtual_size: null,
    checksum: null,
    os_hash_value: null,
    tags: [],
    created: now,
    updated: now,
    ...given,
    members: new Map(),
    properties: new Map(),
  }
}

/** Stores the image's data, of which only the sums are kept. */
export function fill(image: Image, data: Buffer): void {
  image.size = data.length
  image.virtual_size = data.length
  image.checksum = createHash('md5').update(data).digest('hex')
  image.os_hash_value = createHash('sha512').update(data).digest('hex')
  image.status = 'active'
  image.updated = Date.now()
}

export function imageView(image: Image): JsonObject {
  return {
    ...Object.fromEntries(image.properties),
    name: image.name,
    disk_format: image.disk_format,
    container_format: image.container_format,
    visibility: image.visibility,
    size: image.size,
    virtual_size: image.virtual_size,
    status: image.status,
    checksum: image.checksum,
    protected: image.protected,
    min_ram: image.min_ram,
    min_disk: image.min_disk,
    owner: image.owner,
    os_hidden: image.os_hidden,
    os_hash_algo: image.os_hash_value === null ? null : 'sha512',
    os_hash_value: image.os_hash_value,
    id: image.id,
    created_at: zulu(image.created),
    updated_at: zulu(image.updated),
    tags: image.tags,
    self: `/v2/images/${image.id}`,
    file: `/v2/images/${image.id}/file`,
    schema: '/v2/schemas/image',
    ...(image.status === 'active' && { stores: 'file' }),
  }
}
