/** Flavors: the sizes a server can have (https://docs.openstack.org/api-ref/compute/#flavors). */

import { z } from 'zod'
import { lazy } from '../service/lazy.ts'
import type { CallOptions, ListOptions } from '../service/options.ts'
import { readCreated, readOne } from '../service/read.ts'
import { type List, resourceList } from '../service/list.ts'
import type { ServiceClient, ServiceRequest } from '../service/service-client.ts'
import { segment } from './path-segment.ts'

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

/** What a new flavor shall be. Administrators only. */
export interface CreateFlavor {
  /** Unique. */
  readonly name: string
  /** Default: the cloud makes one up. */
  readonly id?: string | undefined
  readonly vcpus: number
  /** MiB. */
  readonly ram: number
  /** Root disk in GiB. */
  readonly disk: number
  /** GiB, default 0. */
  readonly ephemeral?: number | undefined
  /** MiB, default 0. */
  readonly swap?: number | undefined
  /** Default true. */
  readonly isPublic?: boolean | undefined
}

/** What a flavor asks of hosts and hypervisors: `hw:cpu_policy`, `aggregate_instance_extra_specs:ssd`, ... */
export type FlavorExtraSpecs = Readonly<Record<string, string>>

/** Filters of the list. */
export interface FlavorQuery {
  /** MiB at least. */
  readonly minRam?: number | undefined
  /** GiB at least. */
  readonly minDisk?: number | undefined
  /** Public flavors, others, or all; for administrators. Others get all that they may use. Default true. */
  readonly isPublic?: boolean | 'all' | undefined
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

const specsSchema = lazy(() => z.record(z.string(), z.string()))

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
      filters: { minRam: true, minDisk: true, isPublic: true },
      query: ({ minRam, minDisk, isPublic }) => ({
        minRam,
        minDisk,
        is_public: isPublic === 'all' ? 'None' : isPublic,
      }),
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

  /** @throws NotFoundError when there is none, or the project may not use it */
  async get(id: string, options: CallOptions = {}): Promise<Flavor> {
    const json = await this.#ask('GET', pathOf(id), {
      operation: 'get',
      resource: `flavor ${id}`,
      ...options,
    })
    return readOne(json, 'flavor', flavorSchema().transform(toFlavor), `flavor ${id}`)
  }

  /** Administrators only. @throws AlreadyExistsError */
  async create(create: CreateFlavor, options: CallOptions = {}): Promise<Flavor> {
    const { isPublic, ephemeral, ...rest } = create
    const flavor = {
      ...rest,
      'OS-FLV-EXT-DATA:ephemeral': ephemeral,
      'os-flavor-access:is_public': isPublic,
    }
    const resource = `flavor "${create.name}"`
    const json = await this.#ask('POST', PATH, {
      json: { flavor },
      operation: 'create',
      resource,
      ...options,
    })
    return readCreated(json, 'flavor', flavorSchema().transform(toFlavor), resource)
  }

  /** Administrators only. Whether there was one: already gone is success. Servers keep what they have of it. */
  async delete(id: string, options: CallOptions = {}): Promise<boolean> {
    return await this.#client.delete({ path: pathOf(id), resource: `flavor ${id}`, ...options })
  }

  /** What the flavor asks for, as far as the cloud shows it. */
  async getExtraSpecs(id: string, options: CallOptions = {}): Promise<FlavorExtraSpecs> {
    const resource = `extra specs of flavor ${id}`
    const json = await this.#ask('GET', specsPath(id), { operation: 'get', resource, ...options })
    return readOne(json, 'extra_specs', specsSchema(), resource)
  }

  /** Adds to the extra specs, or replaces those that are there. Administrators only. Servers keep those they have. */
  async setExtraSpecs(id: string, specs: FlavorExtraSpecs, options: CallOptions = {}): Promise<void> {
    await this.#ask('POST', specsPath(id), {
      json: { extra_specs: specs },
      repeatable: true,
      operation: 'set',
      resource: `extra specs of flavor ${id}`,
      ...options,
    })
  }

  /** Administrators only. Whether it was there. */
  async deleteExtraSpec(id: string, key: string, options: CallOptions = {}): Promise<boolean> {
    return await this.#client.delete({
      path: `${specsPath(id)}/${segment('the name of an extra spec', key)}`,
      resource: `extra spec "${key}" of flavor ${id}`,
      ...options,
    })
  }

  async #ask(
    method: ServiceRequest['method'],
    path: string,
    request: Omit<ServiceRequest, 'method' | 'path'>,
  ): Promise<unknown> {
    return (await this.#client.request({ method, path, ...request })).json
  }
}

const PATH = '/flavors'

function pathOf(id: string): string {
  return `${PATH}/${segment('the id of a flavor', id)}`
}

function specsPath(id: string): string {
  return `${pathOf(id)}/os-extra_specs`
}
