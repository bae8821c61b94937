/** Lists of Nova, each sent at the lowest microversion that has what its query asks. */

import { checkQuery, type ListShape, resourceList } from '../service/list.ts'
import { BASE_MICROVERSION, type Microversion } from '../service/microversion.ts'
import type { ListOptions } from '../service/options.ts'
import type { ComputeClient } from './compute-client.ts'
import { allOf, exactly, type VersionRanges, worksEverywhere } from './version-range.ts'

/** Options of a list, with the microversion it has to be sent at. */
export interface VersionedListOptions extends ListOptions {
  readonly microversion?: Microversion | undefined
}

/** What a list of that shape looks like, and the microversions that a query works at. */
export interface VersionedListShape<T, Q> extends Omit<ListShape<T, Q>, 'microversion'> {
  readonly versions: (query: Q) => VersionRanges
}

/** Both ways to read it, as `List` has them. */
export class VersionedList<T, Q> {
  readonly #client: ComputeClient
  readonly #shape: VersionedListShape<T, Q>

  constructor(client: ComputeClient, shape: VersionedListShape<T, Q>) {
    this.#client = client
    this.#shape = shape
  }

  /** One item after the other. */
  iterate(query: Q, { microversion, ...options }: VersionedListOptions): AsyncIterable<T> {
    const ranges = this.#rangesOf(query, microversion)
    // The other way costs each item a turn of the loop.
    if (worksEverywhere(ranges)) return this.#listAt(BASE_MICROVERSION).iterate(query, options)
    const listChosen = () => this.#listFor(query, ranges, options)
    return (async function* () {
      yield* (await listChosen()).iterate(query, options)
    })()
  }

  /** All items. */
  async collect(query: Q, { microversion, ...options }: VersionedListOptions): Promise<T[]> {
    const list = await this.#listFor(query, this.#rangesOf(query, microversion), options)
    return list.collect(query, options)
  }

  #rangesOf(query: Q, microversion: Microversion | undefined): VersionRanges {
    return allOf([this.#shape.versions(query), exactly(microversion)])
  }

  #listAt(microversion: Microversion) {
    return resourceList(this.#client, { ...this.#shape, microversion })
  }

  async #listFor(query: Q, ranges: VersionRanges, { signal, deadlineMs }: ListOptions) {
    // Bad queries fail before the cloud is asked for its versions.
    checkQuery(this.#shape, query)
    this.#shape.query(query)
    const toDo = `list ${this.#shape.resource}s like that`
    return this.#listAt(await this.#client.microversionFor(ranges, toDo, { signal, deadlineMs }))
  }
}
