/** Flavors: the sizes a server can have (https://docs.openstack.org/api-ref/compute/#flavors). */

import { z } from 'zod'
import { lazy } from '../service/lazy.ts'
import type { ListOptions } from '../service/options.ts'
import { type List, resourceList } from '../service/list.ts'
import type { ServiceClient } from '../service/service-client.ts'

/** A flavor. */
export interface Flavor {
  readonly id: string
  readonly name: string
  readonly vcpus: number
  /** MiB. */
  readonly ram: number
  /** Root disk in GiB; 0 means as large as the image, or none when it boots from a volume. */
  readonly disk: number
  /** GiB. */
  readonly ephemeral: number
  /** MiB. */
  readonly swap: number
  readonly isPublic: boolean
  readonly isDisabled: boolean
}

/** Filters of the list. */
export interface FlavorQuery {
  /** MiB at least. */
  readonly minRam?: number | undefined
  /** GiB at least. */
  readonly minDisk?: number | undefined
}

const flavorSchema = lazy(() =>
  z.object({
    id: z.string(),
    name: z.string(),
    vcpus: z.number(),
    ram: z.number(),
    disk: z.number(),
    'OS-FLV-EXT-DATA:ephemeral': z.number().optional(),
    // An empty text stands for 0 below microversion 2.75.
    swap: z.union([z.number(), z.string()]).optional(),
    'os-flavor-access:is_public': z.boolean().optional(),
    'OS-FLV-DISABLED:disabled': z.boolean().optional(),
  }),
)

function toFlavor(wire: z.infer<ReturnType<typeof flavorSchema>>): Flavor {
  return {
    id: wire.id,
    name: wire.name,
    vcpus: wire.vcpus,
    ram: wire.ram,
    disk: wire.disk,
    ephemeral: wire['OS-FLV-EXT-DATA:ephemeral'] ?? 0,
    swap: Number(wire.swap ?? 0),
    isPublic: wire['os-flavor-access:is_public'] ?? true,
    isDisabled: wire['OS-FLV-DISABLED:disabled'] ?? false,
  }
}

/** `compute.flavors` */
export class Flavors {
  readonly #client: ServiceClient
  readonly #list: List<Flavor, FlavorQuery>

  constructor(client: ServiceClient) {
    this.#client = client
    this.#list = resourceList(this.#client, {
      path: '/flavors/detail',
      key: 'flavors',
      resource: 'flavor',
      schema: lazy(() => flavorSchema().transform(toFlavor)),
      query: ({ minRam, minDisk }) => ({ minRam, minDisk }),
    })
  }

  /** Flavors in detail that the project may use. */
  list(query: FlavorQuery = {}, options: ListOptions = {}): AsyncIterable<Flavor> {
    return this.#list.iterate(query, options)
  }

  /** {@link list}, collected. */
  all(query: FlavorQuery = {}, options: ListOptions = {}): Promise<Flavor[]> {
    return this.#list.collect(query, options)
  }
}
