/** What a Neutron has beyond its core (https://docs.openstack.org/api-ref/network/v2/#extensions). */

import { z } from 'zod'
import { segment } from '../compute/path-segment.ts'
import { Coalescer } from '../service/coalescer.ts'
import { lazy } from '../service/lazy.ts'
import { type List, resourceList } from '../service/list.ts'
import type { CallOptions, ListOptions } from '../service/options.ts'
import { readOne } from '../service/read.ts'
import type { ServiceClient } from '../service/service-client.ts'

/** An extension. */
export interface NetworkExtension {
  /** Its name in programs: `standard-attr-tag`, `dns-integration`, `trunk`, ... */
  readonly alias: string
  readonly name: string
  readonly description: string
}

const extensionSchema = lazy(() =>
  z.object({ alias: z.string(), name: z.string().default(''), description: z.string().default('') }),
)

/** `network.extensions` */
export class NetworkExtensions {
  readonly #client: ServiceClient
  readonly #list: List<NetworkExtension, undefined>
  readonly #coalescer = new Coalescer()
  #aliases: ReadonlySet<string> | undefined

  constructor(client: ServiceClient) {
    this.#client = client
    this.#list = resourceList(client, {
      path: '/extensions',
      key: 'extensions',
      resource: 'extension',
      schema: extensionSchema,
      filters: {},
      query: () => ({}),
    })
  }

  all(options: ListOptions = {}): Promise<NetworkExtension[]> {
    return this.#list.collect(undefined, options)
  }

  /** @throws NotSupportedError when the cloud does not have it */
  async get(alias: string, options: CallOptions = {}): Promise<NetworkExtension> {
    const resource = `extension ${alias}`
    const { json } = await this.#client.request({
      method: 'GET',
      path: `/extensions/${segment('the alias of an extension', alias)}`,
      operation: 'get',
      resource,
      ...options,
    })
    return readOne(json, 'extension', extensionSchema(), resource)
  }

  /** Whether the cloud has it. Asked once for each connection: what a cloud has does not change while it is used. */
  async has(alias: string, options: CallOptions = {}): Promise<boolean> {
    this.#aliases ??= await this.#coalescer.share('aliases', options.signal, async (signal) => {
      const extensions = await this.all({ ...options, signal })
      return new Set(extensions.map((extension) => extension.alias))
    })
    return this.#aliases.has(alias)
  }
}
