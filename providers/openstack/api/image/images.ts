/** Images (https://docs.openstack.org/api-ref/image/v2/#images). Names are not unique. */

import { z } from 'zod'
import { lazy } from '../service/lazy.ts'
import { type List, resourceList } from '../service/list.ts'
import type { CallOptions, ListOptions } from '../service/options.ts'
import { readOne } from '../service/read.ts'
import type { ServiceClient } from '../service/service-client.ts'

/** An image. */
export interface Image {
  readonly id: string
  readonly name: string
  /** `active` is the one that can be used. */
  readonly status: string
  readonly visibility: string
  readonly owner?: string | undefined
  readonly tags: readonly string[]
  /** Bytes. Absent until it is uploaded. */
  readonly size?: number | undefined
  /** GiB that a root disk must have. */
  readonly minDisk: number
  /** MiB that a flavor must have. */
  readonly minRam: number
  readonly diskFormat?: string | undefined
  readonly containerFormat?: string | undefined
  readonly createdAt?: string | undefined
  readonly updatedAt?: string | undefined
  /** The text properties that are not named above: `os_distro`, `os_version`, `architecture`, `hw_…`, ... */
  readonly properties: Readonly<Record<string, string>>
}

/** Filters of the list. */
export interface ImageQuery {
  readonly name?: string | undefined
  readonly status?: string | undefined
  /** Absent means public, own and accepted shared ones. */
  readonly visibility?: 'public' | 'private' | 'shared' | 'community' | 'all' | undefined
  readonly owner?: string | undefined
  /** All of these tags. */
  readonly tags?: readonly string[] | undefined
  /** Properties that must have these values: `{ os_distro: 'ubuntu' }`. */
  readonly properties?: Readonly<Record<string, string>> | undefined
  /** `created_at:desc` is the default. */
  readonly sort?: string | undefined
  /** Images a page, default and most often maximum 1,000. */
  readonly limit?: number | undefined
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
      size: z.number().nullish(),
      min_disk: z.number().default(0),
      min_ram: z.number().default(0),
      disk_format: text,
      container_format: text,
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
    size: wire.size ?? undefined,
    minDisk: wire.min_disk,
    minRam: wire.min_ram,
    diskFormat: wire.disk_format ?? undefined,
    containerFormat: wire.container_format ?? undefined,
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
  'os_hash_algo',
  'os_hash_value',
  'schema',
  'self',
  'stores',
])

const imageSchema = lazy(() => wireSchema().transform(toImage))

/** `image.images` */
export class Images {
  readonly #client: ServiceClient
  readonly #list: List<Image, ImageQuery>

  constructor(client: ServiceClient) {
    this.#client = client
    this.#list = resourceList(client, {
      path: '/images',
      key: 'images',
      resource: 'image',
      schema: imageSchema,
      // Glance's own page is 25 images long.
      query: ({ tags, properties, limit = 1000, ...rest }) => ({ ...properties, ...rest, tag: tags, limit }),
    })
  }

  /** Images that match. */
  list(query: ImageQuery = {}, options: ListOptions = {}): AsyncIterable<Image> {
    return this.#list.iterate(query, options)
  }

  /** {@link list}, collected. */
  all(query: ImageQuery = {}, options: ListOptions = {}): Promise<Image[]> {
    return this.#list.collect(query, options)
  }

  /** @throws NotFoundError */
  async get(id: string, options: CallOptions = {}): Promise<Image> {
    const { json } = await this.#client.request({
      method: 'GET',
      path: `/images/${encodeURIComponent(id)}`,
      operation: 'get',
      resource: `image ${id}`,
      ...options,
    })
    return readOne(json, undefined, imageSchema(), `image ${id}`)
  }
}
