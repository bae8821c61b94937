/** An image as Glance shows it (https://docs.openstack.org/api-ref/image/v2/#images). */

import { z } from 'zod'
import { lazy } from '../service/lazy.ts'

/** What Glance sends as `status`; `active` is the one that can be used. Newer clouds may add more. */
export type ImageStatus =
  | 'active'
  | 'deactivated'
  | 'deleted'
  | 'importing'
  | 'killed'
  | 'pending_delete'
  | 'queued'
  | 'saving'
  | 'uploading'
  | (string & {})

/** Who sees an image: everybody, everybody who knows its id, its members, or its owner. */
export type ImageVisibility = 'public' | 'community' | 'shared' | 'private'

/** An image. */
export interface Image {
  readonly id: string
  /** Empty when it has none. Not unique. */
  readonly name: string
  readonly status: ImageStatus
  readonly visibility: string
  /** Id of a project. */
  readonly owner?: string | undefined
  readonly tags: readonly string[]
  /** Cannot be deleted. */
  readonly protected: boolean
  /** Left out of lists that do not ask for it. */
  readonly osHidden: boolean
  /** Bytes. Absent until it is uploaded. */
  readonly size?: number | undefined
  /** Bytes of the disk that it becomes, where the cloud knows. */
  readonly virtualSize?: number | undefined
  /** GiB that a root disk must have. */
  readonly minDisk: number
  /** MiB that a flavor must have. */
  readonly minRam: number
  readonly diskFormat?: string | undefined
  readonly containerFormat?: string | undefined
  /** `sha512`, most often. */
  readonly osHashAlgo?: string | undefined
  /** Of the data, in hexadecimal. */
  readonly osHashValue?: string | undefined
  readonly createdAt?: string | undefined
  readonly updatedAt?: string | undefined
  /** The text properties that are not named above: `os_distro`, `os_version`, `architecture`, `hw_…`, ... */
  readonly properties: Readonly<Record<string, string>>
}

const wireSchema = lazy(() => {
  const text = z.string().nullish()
  return z
    .object({
      id: z.string(),
      name: text,
      status: z.string(),
      visibility: z.string().default('private'),
      owner: text,
      tags: z.array(z.string()).default([]),
      protected: z.boolean().default(false),
      os_hidden: z.boolean().default(false),
      size: z.number().nullish(),
      virtual_size: z.number().nullish(),
      min_disk: z.number().default(0),
      min_ram: z.number().default(0),
      disk_format: text,
      container_format: text,
      os_hash_algo: text,
      os_hash_value: text,
      created_at: text,
      updated_at: text,
    })
    .catchall(z.unknown())
})

function toImage(wire: z.infer<ReturnType<typeof wireSchema>>): Image {
  const properties: Record<string, string> = {}
  for (const key in wire) {
    const value = wire[key]
    if (typeof value === 'string' && !(key in wireSchema().shape) && !NOT_PROPERTIES.has(key)) {
      properties[key] = value
    }
  }
  return {
    id: wire.id,
    name: wire.name ?? '',
    status: wire.status,
    visibility: wire.visibility,
    owner: wire.owner ?? undefined,
    tags: wire.tags,
    protected: wire.protected,
    osHidden: wire.os_hidden,
    size: wire.size ?? undefined,
    virtualSize: wire.virtual_size ?? undefined,
    minDisk: wire.min_disk,
    minRam: wire.min_ram,
    diskFormat: wire.disk_format ?? undefined,
    containerFormat: wire.container_format ?? undefined,
    osHashAlgo: wire.os_hash_algo ?? undefined,
    osHashValue: wire.os_hash_value ?? undefined,
    createdAt: wire.created_at ?? undefined,
    updatedAt: wire.updated_at ?? undefined,
    properties,
  }
}

/** Fields of Glance's own that describe the record and not what is in the image. */
const NOT_PROPERTIES: ReadonlySet<string> = new Set([
  'checksum',
  'direct_url',
  'file',
  'schema',
  'self',
  'stores',
])

/** Makes an image of its wire form. */
export const imageSchema = lazy(() => wireSchema().transform(toImage))
