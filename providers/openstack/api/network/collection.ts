/** What all Neutron collections have in common: list, get, create, update and delete. */

import type { z } from 'zod'
import { segment } from '../compute/path-segment.ts'
import { lazy } from '../service/lazy.ts'
import { type Filters, type List, resourceList } from '../service/list.ts'
import type { CallOptions, ListOptions } from '../service/options.ts'
import { readCreated, readOne } from '../service/read.ts'
import type { ServiceClient } from '../service/service-client.ts'
import type { Query } from '../transport/request.ts'
import { toWire } from './wire.ts'

/** A filter value; several values mean "any of these". */
export type Filter = string | readonly string[] | undefined

/** Filters that every collection knows. */
export interface NeutronQuery {
  readonly id?: Filter
  readonly name?: Filter
  readonly projectId?: Filter
  /** All of these tags; one text with commas, or a list. */
  readonly tags?: Filter
  /** Any of these tags. */
  readonly tagsAny?: Filter
  /** Those that do not have all of these tags. */
  readonly notTags?: Filter
  /** Those that have none of these tags. */
  readonly notTagsAny?: Filter
  /** Items a page; absent leaves it to the cloud, which mostly sends all at once. */
  readonly limit?: number | undefined
}

/** How one collection looks on the wire. */
export interface CollectionShape<T, Q> {
  /** Path below the endpoint, which is also where the tags are: `/security-groups`. */
  readonly path: string
  /** Key of one item in a body: `security_group`. The list's key has an `s` more. */
  readonly key: string
  /** For messages: `security group`. */
  readonly resource: string
  /** Makes an item of its wire form. */
  readonly schema: () => z.ZodType<T>
  /** Filters besides those of every collection. */
  readonly filters: Filters<Omit<Q, keyof NeutronQuery>>
}

const COMMON_FILTERS: Filters<NeutronQuery> = {
  id: true,
  name: true,
  projectId: true,
  tags: true,
  tagsAny: true,
  notTags: true,
  notTagsAny: true,
  limit: true,
}

/** One collection of Neutron. `T` is an item, `Q` its filters, `C` what create takes. */
export class NeutronCollection<T, Q extends NeutronQuery, C extends object> {
  protected readonly client: ServiceClient
  protected readonly shape: CollectionShape<T, Q>
  readonly #list: () => List<T, Q>

  constructor(client: ServiceClient, shape: CollectionShape<T, Q>) {
    this.client = client
    this.shape = shape
    // Opening an environ makes all collections, and uses few.
    this.#list = lazy(() => {
      const filters = { ...COMMON_FILTERS, ...shape.filters } as Filters<Q>
      return resourceList(client, { ...shape, key: `${shape.key}s`, query: queryOf, filters })
    })
  }

  /** The items that match, page by page as they are asked for. */
  list(query?: Q, options: ListOptions = {}): AsyncIterable<T> {
    return this.#list().iterate(query ?? ({} as Q), options)
  }

  /** {@link list}, collected. */
  all(query?: Q, options: ListOptions = {}): Promise<T[]> {
    return this.#list().collect(query ?? ({} as Q), options)
  }

  /** @throws NotFoundError when there is none, or the caller may not see it. */
  async get(id: string, options: CallOptions = {}): Promise<T> {
    const { json } = await this.client.request({
      method: 'GET',
      path: this.pathOf(id),
      operation: 'get',
      resource: this.nameOf(id),
      ...options,
    })
    return this.read(json)
  }

  /** Creates one. A create that may have happened is never repeated; see `outcomeUnknown`. */
  async create(create: C, options: CallOptions = {}): Promise<T> {
    const { path, key, resource } = this.shape
    const { json } = await this.client.request({
      method: 'POST',
      path,
      json: { [key]: toWire(create) },
      operation: 'create',
      resource,
      ...options,
    })
    return this.#readCreated(json)
  }

  /** Creates all or none, in one request, in the order given. */
  async createMany(creates: readonly C[], options: CallOptions = {}): Promise<T[]> {
    if (creates.length === 0) return []
    const { path, key, resource } = this.shape
    const { json } = await this.client.request({
      method: 'POST',
      path,
      json: { [`${key}s`]: creates.map((create) => toWire(create)) },
      operation: 'create',
      resource: `${creates.length} ${resource}s`,
      ...options,
    })
    // Strict, as with one: what was created must be known completely.
    const bodies = (json as Record<string, unknown> | undefined)?.[`${key}s`]
    return (Array.isArray(bodies) ? bodies : [undefined]).map((item) => this.#readCreated({ [key]: item }))
  }

  /** Whether there was one. Already gone is success. */
  async delete(id: string, options: CallOptions = {}): Promise<boolean> {
    return await this.client.delete({
      path: this.pathOf(id),
      resource: this.nameOf(id),
      ...options,
    })
  }

  protected pathOf(id: string): string {
    return `${this.shape.path}/${segment(`the id of a ${this.shape.resource}`, id)}`
  }

  protected read(json: unknown): T {
    const { key, schema, resource } = this.shape
    return readOne(json, key, schema(), resource)
  }

  #readCreated(json: unknown): T {
    const { key, schema, resource } = this.shape
    return readCreated(json, key, schema(), resource)
  }

  protected nameOf(id: string): string {
    return `${this.shape.resource} ${id}`
  }
}

function queryOf({ tags, tagsAny, notTags, notTagsAny, ...rest }: NeutronQuery): Query {
  return {
    ...(toWire(rest) as Query),
    tags: listed(tags),
    'tags-any': listed(tagsAny),
    'not-tags': listed(notTags),
    'not-tags-any': listed(notTagsAny),
  }
}

/** Neutron takes several tags as one text with commas. */
function listed(tags: Filter): string | undefined {
  return typeof tags === 'string' ? tags : tags?.join(',')
}
