/** A list of one kind of resource, as an async iterable and collected. */

import { NotValidError } from 'cloud-environs'
import type { Query } from '../transport/request.ts'
import type { Microversion } from './microversion.ts'
import type { ListOptions } from './options.ts'
import { pages } from './paging.ts'
import { type ItemSchema, readItems } from './read.ts'
import type { ServiceClient } from './service-client.ts'

/** How a list looks on the wire. `T` is an item, `Q` what the caller filters by. */
export interface ListShape<T, Q> {
  readonly path: string
  /** Key of the list in a page. */
  readonly key: string
  /** One item, for messages. */
  readonly resource: string
  /** Makes an item of its wire form. */
  readonly schema: () => ItemSchema<T>
  /** Everything that the list can be filtered by; a filter that no service knows would be passed over in silence. */
  readonly filters: Filters<NoInfer<Q>>
  readonly query: (query: Q) => Query
  readonly microversion?: Microversion | undefined
}

/** The names of all filters, whatever is said of them. */
export type Filters<Q> = Readonly<Record<keyof Q, unknown>>

/** @throws NotValidError for a filter that is not known, and a page of no size */
export function checkQuery<Q>(
  { filters, resource }: { readonly filters: Filters<Q>; readonly resource: string },
  query: Q,
): void {
  for (const [name, value] of Object.entries<unknown>(query ?? {})) {
    if (value === undefined) continue
    if (!Object.hasOwn(filters, name)) {
      throw new NotValidError(`${resource}s cannot be listed by "${name}"`, {
        hint: `use one of ${Object.keys(filters).join(', ')}`,
      })
    }
    if (name === 'limit' && !(Number.isSafeInteger(value) && Number(value) > 0)) {
      throw new NotValidError(`${resource}s cannot be listed with ${JSON.stringify(value)} in a page`, {
        hint: 'use a whole number from 1 on',
      })
    }
  }
}

/** Both ways to read a list. Each use starts from the first page. */
export interface List<T, Q> {
  /** One item after the other; pages are fetched when they are needed. */
  iterate(query: Q, options: ListOptions): AsyncIterable<T>
  /** All items. */
  collect(query: Q, options: ListOptions): Promise<T[]>
}

/** The list of that shape. */
export function resourceList<T, Q>(client: ServiceClient, shape: ListShape<T, Q>): List<T, Q> {
  async function* itemPages(query: Q, { maxPages, ...options }: ListOptions) {
    checkQuery(shape, query)
    const resource = `${shape.resource}s`
    const bodies = pages({
      key: shape.key,
      query: shape.query(query),
      resource,
      maxPages,
      fetch: async (each) => {
        const { path, microversion } = shape
        const request = {
          method: 'GET',
          path,
          microversion,
          query: each,
          operation: 'list',
          resource,
        } as const
        return (await client.request({ ...request, ...options })).json
      },
    })
    for await (const body of bodies) {
      yield readItems(body, shape.key, shape.schema(), client.logger)
    }
  }
  return {
    async *iterate(query, options) {
      for await (const page of itemPages(query, options)) yield* page
    },
    async collect(query, options) {
      const all: T[] = []
      for await (const page of itemPages(query, options)) for (const item of page) all.push(item)
      return all
    },
  }
}
