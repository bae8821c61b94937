/** A list of one kind of resource, as an async iterable and collected. */

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
  readonly query: (query: Q) => Query
  readonly microversion?: Microversion | undefined
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
