/** Servers (https://docs.openstack.org/api-ref/compute/#servers-servers). */

import { z } from 'zod'
import { lazy } from '../service/lazy.ts'
import type { Microversion } from '../service/microversion.ts'
import type { CallOptions, ListOptions } from '../service/options.ts'
import { fieldOf, readCreated, readOne } from '../service/read.ts'
import { type ServerActions, serverActions } from './actions.ts'
import { type ServerAddresses, serverAddresses } from './addresses.ts'
import type { ComputeClient } from './compute-client.ts'
import { type ConsoleTarget, consoleTarget, type ServerConsoles, serverConsoles } from './consoles.ts'
import { type FindServerOptions, findServer } from './find-server.ts'
import { type InstanceActions, instanceActions } from './instance-actions.ts'
import { type ServerInterfaces, serverInterfaces } from './interfaces.ts'
import { type ServerMetadataCalls, serverMetadata } from './metadata.ts'
import { type Migration, type MigrationQuery, migrationList } from './migration-list.ts'
import { type ServerMigrations, serverMigrations } from './migrations.ts'
import { passwordOf, type ServerPasswords, serverPasswords } from './passwords.ts'
import { serverPath } from './path-segment.ts'
import { type Server, type ServerBrief, serverSchema } from './server.ts'
import {
  checkCreate,
  type CreatedServer,
  type CreateServer,
  createServerBody,
  type ServerCount,
  versionsForCreate,
} from './server-create.ts'
import { type ServerDetails, serverDetails } from './server-details.ts'
import { type ServerImages, serverImages } from './server-images.ts'
import { operationMethods } from './server-operation.ts'
import { SERVER_FILTERS, type ServerQuery, serverQuery, versionsForQuery } from './server-query.ts'
import { exactly } from './version-range.ts'
import { type ServerRebuild, serverRebuild } from './server-rebuild.ts'
import { type ServerUpdate, serverUpdate } from './server-update.ts'
import type { WaitForDeleteOptions, WaitForStatusOptions } from './server-verdicts.ts'
import { ServerWatcher } from './server-watcher.ts'
import { type ServerShares, serverShares } from './shares.ts'
import { type ServerTags, serverTags } from './tags.ts'
import { VersionedList } from './versioned-list.ts'
import { type ServerVolumeAttachments, serverVolumeAttachments } from './volume-attachments.ts'

/** Everything that is done to one server with one request. */
export interface ServerOperations
  extends ServerActions,
    ServerAddresses,
    ServerConsoles,
    ServerDetails,
    ServerImages,
    ServerInterfaces,
    ServerMetadataCalls,
    ServerMigrations,
    ServerPasswords,
    ServerRebuild,
    ServerShares,
    ServerTags,
    ServerUpdate,
    ServerVolumeAttachments,
    InstanceActions {}

const ServerMethods = operationMethods<ServerOperations>({
  ...serverActions,
  ...serverAddresses,
  ...serverConsoles,
  ...serverDetails,
  ...serverImages,
  ...serverInterfaces,
  ...serverMetadata,
  ...serverMigrations,
  ...serverPasswords,
  ...serverRebuild,
  ...serverShares,
  ...serverTags,
  ...serverUpdate,
  ...serverVolumeAttachments,
  ...instanceActions,
})

/** How much of a server is asked for. */
export interface ServerViewOptions extends CallOptions {
  /**
   * Default 2.1. Newer ones show more (tags from 2.26, see {@link Server}); from 2.47 on the flavor comes without its id,
   * but with its figures. @throws NotSupportedError when the cloud does not have it
   */
  readonly microversion?: Microversion | undefined
}

/** {@link ServerViewOptions} of a list. */
export interface ServerListOptions extends ListOptions, ServerViewOptions {}

const briefSchema = lazy(() => z.object({ id: z.string(), name: z.string().default('') }))
const createdSchema = lazy(() => z.object({ id: z.string() }))
const reservationSchema = lazy(() => z.string())

/**
 * `compute.servers`. Each call is sent at the lowest microversion that has what is asked. What the cloud is too old or
 * too new for fails with a NotSupportedError, and what no cloud takes with a NotValidError, both before it is sent.
 */
export class Servers extends ServerMethods {
  readonly #client: ComputeClient
  readonly #watcher: ServerWatcher
  readonly #detailed: VersionedList<Server, ServerQuery>
  readonly #brief: VersionedList<ServerBrief, ServerQuery>
  readonly #migrations: VersionedList<Migration, MigrationQuery>

  constructor(client: ComputeClient) {
    super(client)
    this.#client = client
    this.#watcher = this.watcher()
    const shape = {
      key: 'servers',
      resource: 'server',
      filters: SERVER_FILTERS,
      query: serverQuery,
      versions: versionsForQuery,
    }
    this.#detailed = new VersionedList(client, { ...shape, path: '/servers/detail', schema: serverSchema })
    this.#brief = new VersionedList(client, { ...shape, path: '/servers', schema: briefSchema })
    this.#migrations = migrationList(client)
  }

  /** Servers in detail. */
  list(query: ServerQuery = {}, options: ServerListOptions = {}): AsyncIterable<Server> {
    return this.#detailed.iterate(query, options)
  }

  /** {@link list}, collected. */
  all(query: ServerQuery = {}, options: ServerListOptions = {}): Promise<Server[]> {
    return this.#detailed.collect(query, options)
  }

  /** Ids and names only. */
  listBrief(query: ServerQuery = {}, options: ListOptions = {}): AsyncIterable<ServerBrief> {
    return this.#brief.iterate(query, options)
  }

  /** {@link listBrief}, collected. */
  allBrief(query: ServerQuery = {}, options: ListOptions = {}): Promise<ServerBrief[]> {
    return this.#brief.collect(query, options)
  }

  /** @throws NotFoundError */
  async get(id: string, { microversion, ...options }: ServerViewOptions = {}): Promise<Server> {
    const path = serverPath(id)
    const { json } = await this.#client.request({
      method: 'GET',
      path,
      microversion: await this.#client.microversionFor(
        exactly(microversion),
        `get server ${id} like that`,
        options,
      ),
      operation: 'get',
      resource: `server ${id}`,
      ...options,
    })
    return readOne(json, 'server', serverSchema(), `server ${id}`)
  }

  /** By id, or by its exact name; `undefined` when there is none. @throws NotValidError, with the ids, when several have the name */
  find(nameOrId: string, options: FindServerOptions = {}): Promise<Server | undefined> {
    return findServer(this, nameOrId, options)
  }

  /**
   * Asks for a new server; it is in status `BUILD` when this returns. A create that may have happened is never
   * repeated: see `outcomeUnknown`. @throws QuotaExceededError, NotValidError, ConflictError, NotSupportedError
   */
  async create(create: CreateServer, options: CallOptions = {}): Promise<CreatedServer> {
    checkCreate(create)
    const resource = `server "${create.name}"`
    const json = await this.#create(create, undefined, resource, options)
    const { id } = readCreated(json, 'server', createdSchema(), resource)
    return { id, adminPassword: passwordOf(fieldOf(json, 'server')) }
  }

  /** {@link create} for several servers at once. The reservation to list them by: see `reservationId` of the list. */
  async createMany(create: CreateServer & ServerCount, options: CallOptions = {}): Promise<string> {
    const { minCount = 1, maxCount = minCount } = create
    checkCreate(create, { minCount, maxCount })
    const resource = `servers "${create.name}"`
    const json = await this.#create(create, { minCount, maxCount }, resource, options)
    return readCreated(json, 'reservation_id', reservationSchema(), resource)
  }

  /** Starts the deletion. Whether there was a server: already gone is success. See {@link waitForDelete}. */
  async delete(id: string, options: CallOptions = {}): Promise<boolean> {
    return this.#client.delete({ path: serverPath(id), resource: `server ${id}`, ...options })
  }

  /** What moves between hosts or did, for all servers, from microversion 2.59 on newest first. Administrators only. */
  listMigrations(query: MigrationQuery = {}, options: ListOptions = {}): AsyncIterable<Migration> {
    return this.#migrations.iterate(query, options)
  }

  /** {@link listMigrations}, collected. */
  allMigrations(query: MigrationQuery = {}, options: ListOptions = {}): Promise<Migration[]> {
    return this.#migrations.collect(query, options)
  }

  /**
   * Where the console is that a token, the one in the URL of a console, lets its bearer in. Administrators only. Needs
   * microversion 2.31. @throws NotFoundError when the token is unknown or has expired
   */
  validateConsoleToken(token: string, options: CallOptions = {}): Promise<ConsoleTarget> {
    return consoleTarget(this.#client, token, options)
  }

  /**
   * Waits until the server is in one of the statuses wanted, by default `ACTIVE`. Waits for several share their looks.
   * @throws ServerStatusError when it goes to `ERROR` (or another status to reject), with the fault;
   * NotFoundError when it is gone; TimeoutError
   */
  waitForStatus(id: string, options: WaitForStatusOptions = {}): Promise<Server> {
    return this.#watcher.waitForStatus(id, options)
  }

  /** Waits until the server is gone, or deleted softly. @throws TimeoutError, ServerStatusError */
  waitForDelete(id: string, options: WaitForDeleteOptions = {}): Promise<void> {
    return this.#watcher.waitForDelete(id, options)
  }

  /**
   * Follows many servers with one request at a time. The query, mostly a name, says which servers to list for that;
   * others are found all the same.
   */
  watcher(query: ServerQuery = {}): ServerWatcher {
    return new ServerWatcher(this, this.#client.clock, query)
  }

  async #create(
    create: CreateServer,
    count: ServerCount | undefined,
    resource: string,
    options: CallOptions,
  ): Promise<unknown> {
    const toDo = `create ${resource} like that`
    const microversion = await this.#client.microversionFor(versionsForCreate(create), toDo, options)
    const { json } = await this.#client.request({
      method: 'POST',
      path: '/servers',
      json: createServerBody(create, microversion, count),
      microversion,
      operation: 'create',
      resource,
      ...options,
    })
    return json
  }
}
