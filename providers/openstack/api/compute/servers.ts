/** Servers (https://docs.openstack.org/api-ref/compute/#servers-servers). */

import { z } from 'zod'
import { lazy } from '../service/lazy.ts'
import { type List, resourceList } from '../service/list.ts'
import { BASE_MICROVERSION } from '../service/microversion.ts'
import type { CallOptions, ListOptions } from '../service/options.ts'
import { readCreated, readItems, readOne } from '../service/read.ts'
import type { ServiceRequest } from '../service/service-client.ts'
import type { ComputeClient } from './compute-client.ts'
import { type Server, type ServerBrief, serverSchema } from './server.ts'
import {
  type CreatedServer,
  type CreateServer,
  createServerBody,
  microversionForCreate,
} from './server-create.ts'
import { type WaitForDeleteOptions, type WaitForStatusOptions, waitForDelete, waitForStatus } from './wait.ts'

/** Filters of the list. `name` and `ip` are regular expressions to Nova: anchor and escape them. */
export interface ServerQuery {
  readonly name?: string | undefined
  readonly status?: string | undefined
  /** Id. */
  readonly image?: string | undefined
  /** Id. */
  readonly flavor?: string | undefined
  readonly ip?: string | undefined
  /** ISO 8601. Deleted servers come too then. */
  readonly changesSince?: string | undefined
  /** Administrators only. */
  readonly allTenants?: boolean | undefined
  readonly sortKey?: string | undefined
  readonly sortDir?: 'asc' | 'desc' | undefined
  /** Servers a page, at most and by default what the cloud allows: mostly 1,000. */
  readonly limit?: number | undefined
}

/** What an update may change. */
export interface UpdateServer {
  readonly name?: string | undefined
  readonly accessIpv4?: string | undefined
  readonly accessIpv6?: string | undefined
}

/** A network card of a server. */
export interface ServerInterface {
  readonly portId: string
  readonly networkId: string
  readonly macAddress: string
  readonly portState: string
  readonly fixedIps: readonly { readonly subnetId?: string | undefined; readonly ipAddress: string }[]
}

const briefSchema = lazy(() => z.object({ id: z.string(), name: z.string().default('') }))
const createdSchema = lazy(() => z.object({ id: z.string() }))
const metadataSchema = lazy(() => z.record(z.string(), z.string()))
const interfaceSchema = lazy(() =>
  z
    .object({
      port_id: z.string(),
      net_id: z.string(),
      mac_addr: z.string(),
      port_state: z.string(),
      fixed_ips: z.array(z.object({ subnet_id: z.string().optional(), ip_address: z.string() })).nullish(),
    })
    .transform(
      (wire): ServerInterface => ({
        portId: wire.port_id,
        networkId: wire.net_id,
        macAddress: wire.mac_addr,
        portState: wire.port_state,
        fixedIps: (wire.fixed_ips ?? []).map((ip) => ({ subnetId: ip.subnet_id, ipAddress: ip.ip_address })),
      }),
    ),
)

/** `compute.servers` */
export class Servers {
  readonly #client: ComputeClient
  readonly #list: List<Server, ServerQuery>
  readonly #listBrief: List<ServerBrief, ServerQuery>

  constructor(client: ComputeClient) {
    this.#client = client
    const shape = { key: 'servers', resource: 'server', query: queryOf, microversion: BASE_MICROVERSION }
    this.#list = resourceList(client, {
      ...shape,
      path: '/servers/detail',
      schema: serverSchema,
    })
    this.#listBrief = resourceList(client, {
      ...shape,
      path: '/servers',
      schema: briefSchema,
    })
  }

  /** Servers in detail. */
  list(query: ServerQuery = {}, options: ListOptions = {}): AsyncIterable<Server> {
    return this.#list.iterate(query, options)
  }

  /** {@link list}, collected. */
  all(query: ServerQuery = {}, options: ListOptions = {}): Promise<Server[]> {
    return this.#list.collect(query, options)
  }

  /** Ids and names only. */
  listBrief(query: ServerQuery = {}, options: ListOptions = {}): AsyncIterable<ServerBrief> {
    return this.#listBrief.iterate(query, options)
  }

  /** {@link listBrief}, collected. */
  allBrief(query: ServerQuery = {}, options: ListOptions = {}): Promise<ServerBrief[]> {
    return this.#listBrief.collect(query, options)
  }

  /** @throws NotFoundError */
  async get(id: string, options: CallOptions = {}): Promise<Server> {
    const { json } = await this.#call('GET', 'get', id, options)
    return readOne(json, 'server', serverSchema(), `server ${id}`)
  }

  /**
   * Asks for a new server; it is in status `BUILD` when this returns. A create that may have happened is never
   * repeated: see `outcomeUnknown`. @throws QuotaExceededError, NotValidError, ConflictError, NotSupportedError (the
   * cloud is too old for something in it)
   */
  async create(create: CreateServer, options: CallOptions = {}): Promise<CreatedServer> {
    const microversion = microversionForCreate(create)
    const resource = `server "${create.name}"`
    await this.#client.requireMicroversion(microversion, `create ${resource} like that`, options)
    const { json } = await this.#client.request({
      method: 'POST',
      path: '/servers',
      json: createServerBody(create, microversion),
      microversion,
      operation: 'create',
      resource,
      ...options,
    })
    return readCreated(json, 'server', createdSchema(), resource)
  }

  /** Changes what is given. @throws NotFoundError */
  async update(id: string, update: UpdateServer, options: CallOptions = {}): Promise<Server> {
    const { name, accessIpv4, accessIpv6 } = update
    const body = { server: { name, accessIPv4: accessIpv4, accessIPv6: accessIpv6 } }
    const { json } = await this.#call('PUT', 'update', id, options, '', body)
    return readOne(json, 'server', serverSchema(), `server ${id}`)
  }

  /** Starts the deletion. Whether there was a server: already gone is success. See {@link waitForDelete}. */
  delete(id: string, options: CallOptions = {}): Promise<boolean> {
    return this.#client.delete({ path: pathOf(id), resource: `server ${id}`, ...options })
  }

  /** Adds to the metadata, or replaces values of keys that are there. The metadata afterwards. */
  async updateMetadata(
    id: string,
    metadata: Readonly<Record<string, string>>,
    options: CallOptions = {},
  ): Promise<Record<string, string>> {
    const { json } = await this.#client.request({
      method: 'POST',
      path: `${pathOf(id)}/metadata`,
      json: { metadata },
      repeatable: true,
      operation: 'update metadata of',
      resource: `server ${id}`,
      ...options,
    })
    return readOne(json, 'metadata', metadataSchema(), `metadata of server ${id}`)
  }

  /** Removes one key of the metadata. Whether it was there. */
  deleteMetadata(id: string, key: string, options: CallOptions = {}): Promise<boolean> {
    return this.#client.delete({
      path: `${pathOf(id)}/metadata/${encodeURIComponent(key)}`,
      resource: `metadata "${key}" of server ${id}`,
      ...options,
    })
  }

  /** The network cards of a server. @throws NotFoundError */
  async interfaces(id: string, options: CallOptions = {}): Promise<ServerInterface[]> {
    const { json } = await this.#call('GET', 'list interfaces of', id, options, '/os-interface')
    return readItems(json, 'interfaceAttachments', interfaceSchema(), this.#client.logger)
  }

  /** What the server printed on its console, the last `lines` of it. @throws ConflictError while it is not yet there */
  async getConsoleOutput(
    id: string,
    { lines, ...options }: CallOptions & { readonly lines?: number | undefined } = {},
  ): Promise<string> {
    const { json } = await this.#client.request({
      method: 'POST',
      path: `${pathOf(id)}/action`,
      json: { 'os-getConsoleOutput': lines === undefined ? {} : { length: lines } },
      repeatable: true,
      operation: 'get console output of',
      resource: `server ${id}`,
      ...options,
    })
    return readOne(json, 'output', z.string(), `console output of server ${id}`)
  }

  /**
   * Waits until the server is in one of the statuses wanted, by default `ACTIVE`.
   * @throws ServerStatusError when it goes to `ERROR` (or another status to reject), with the fault;
   * NotFoundError when it is gone; TimeoutError
   */
  waitForStatus(id: string, options: WaitForStatusOptions = {}): Promise<Server> {
    return waitForStatus(this, this.#client.clock, id, options)
  }

  /** Waits until the server is gone, or deleted softly. @throws TimeoutError, ServerStatusError */
  waitForDelete(id: string, options: WaitForDeleteOptions = {}): Promise<void> {
    return waitForDelete(this, this.#client.clock, id, options)
  }

  #call(
    method: ServiceRequest['method'],
    operation: string,
    id: string,
    options: CallOptions,
    below = '',
    json?: unknown,
  ) {
    return this.#client.request({
      method,
      path: pathOf(id) + below,
      json,
      microversion: BASE_MICROVERSION,
      operation,
      resource: `server ${id}`,
      ...options,
    })
  }
}

function pathOf(id: string): string {
  return `/servers/${encodeURIComponent(id)}`
}

function queryOf({ changesSince, allTenants, sortKey, sortDir, ...rest }: ServerQuery) {
  return {
    ...rest,
    'changes-since': changesSince,
    all_tenants: allTenants ? 'true' : undefined,
    sort_key: sortKey,
    sort_dir: sortDir,
  }
}
