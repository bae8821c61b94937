/** Volume types (https://docs.openstack.org/api-ref/block-storage/v3/#volume-types-types). */

import { z } from 'zod'
import { segment } from '../compute/path-segment.ts'
import { lazy } from '../service/lazy.ts'
import { type List, resourceList } from '../service/list.ts'
import type { CallOptions, ListOptions } from '../service/options.ts'
import { readOne } from '../service/read.ts'
import type { ServiceClient } from '../service/service-client.ts'

/** A kind of storage that volumes can be made of. */
export interface VolumeType {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly isPublic: boolean
  /** What it asks of the storage; mostly only what an admin may see is missing. */
  readonly extraSpecs: Readonly<Record<string, string>>
}

/** How to page the list. */
export interface VolumeTypeQuery {
  /** Types a page; the cloud's own maximum, mostly 1,000, is the default. */
  readonly limit?: number | undefined
}

const typeSchema = lazy(() =>
  z
    .object({
      id: z.string(),
      name: z.string(),
      description: z.string().nullish(),
      is_public: z.boolean().default(true),
      extra_specs: z.record(z.string(), z.string()).default({}),
    })
    .transform(
      (wire): VolumeType => ({
        id: wire.id,
        name: wire.name,
        description: wire.description ?? '',
        isPublic: wire.is_public,
        extraSpecs: wire.extra_specs,
      }),
    ),
)

/** `blockStorage.volumeTypes` */
export class VolumeTypes {
  readonly #client: ServiceClient
  readonly #list: List<VolumeType, VolumeTypeQuery>

  constructor(client: ServiceClient) {
    this.#client = client
    this.#list = resourceList(client, {
      path: '/types',
      key: 'volume_types',
      resource: 'volume type',
      schema: typeSchema,
      filters: { limit: true },
      query: ({ limit }) => ({ limit }),
    })
  }

  /** Types that the project may use. */
  list(query: VolumeTypeQuery = {}, options: ListOptions = {}): AsyncIterable<VolumeType> {
    return this.#list.iterate(query, options)
  }

  /** {@link list}, collected. */
  all(query: VolumeTypeQuery = {}, options: ListOptions = {}): Promise<VolumeType[]> {
    return this.#list.collect(query, options)
  }

  /** By id; `default` is the one that volumes without a type get. @throws NotFoundError */
  async get(id: string, options: CallOptions = {}): Promise<VolumeType> {
    const { json } = await this.#client.request({
      method: 'GET',
      path: `/types/${segment('the id of a volume type', id)}`,
      operation: 'get',
      resource: `volume type ${id}`,
      ...options,
    })
    return readOne(json, 'volume_type', typeSchema(), `volume type ${id}`)
  }
}
