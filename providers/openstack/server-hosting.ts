/** Servers of the server service: each on a port of its own, on a network that somebody else made. */

import {
  type CallOptions,
  type HostedServer,
  type HostedServerFilter,
  type HostedServerNetworking,
  type HostedServerParams,
  type ServerHosting,
  type ServerId,
  TAG_MODEL,
  TAG_SERVER,
} from 'cloud-environs/provider'
import { raceAbort } from './api/service/coalescer.ts'
import { createHostedServer, hostedUserData, portNetworking } from './create-hosted-server.ts'
import { hostedPort, hostedServer, hostedServers, removeHostedRest } from './hosted-servers.ts'
import { Removal } from './removal.ts'
import type { Scope } from './scope.ts'
import type { SecurityGroups } from './security-groups.ts'
import { whenSettled } from './server-status.ts'
import { deleteServers, serversToRemove } from './servers-of-model.ts'

/** The hosted servers of one model. */
export class NovaServerHosting implements ServerHosting {
  readonly #scope: Scope
  readonly #groups: SecurityGroups
  readonly #controllerUuid: string
  /** By id, the end of all creates that are under way. */
  readonly #creates = new Map<ServerId, Promise<unknown>>()

  constructor(scope: Scope, groups: SecurityGroups, controllerUuid: string) {
    this.#scope = scope
    this.#groups = groups
    this.#controllerUuid = controllerUuid
  }

  async create(params: HostedServerParams, { signal }: CallOptions = {}): Promise<HostedServer> {
    const { id } = params
    const before = this.#creates.get(id)
    const create = this.#createAfter(before, params, signal)
    const all = Promise.allSettled([before, create])
    this.#creates.set(id, all)
    void all.then(() => {
      if (this.#creates.get(id) === all) this.#creates.delete(id)
    })
    return await create
  }

  async list(
    filter: HostedServerFilter = {},
    { signal }: CallOptions = {},
  ): Promise<readonly HostedServer[]> {
    return await hostedServers(this.#scope, filter, signal)
  }

  /** A boot volume is written anew, too, which takes a cloud with microversion 2.93. */
  async rebuild(
    id: ServerId,
    { imageId, userData }: { readonly imageId: string; readonly userData?: Uint8Array | undefined },
    { signal }: CallOptions = {},
  ): Promise<void> {
    const { connection, watcher } = this.#scope
    const { servers } = connection.compute
    const encoded = hostedUserData(userData)
    const [server, image] = await Promise.all([
      hostedServer(this.#scope, id, signal),
      connection.image.images.get(imageId, { signal }),
    ])
    const { id: instanceId, imageId: before, status } = server
    const reimageBootVolume = before === undefined ? true : undefined
    await servers.rebuild(instanceId, { image: image.id, userData: encoded, reimageBootVolume }, { signal })
    if (status === 'SHUTOFF') {
      const stopped = whenSettled(instanceId, 'rebuild', 'SHUTOFF')
      // Nova stops it again, a moment after it runs.
      const verdict: typeof stopped = (seen) => (seen?.status === 'ACTIVE' ? undefined : stopped(seen))
      await watcher.until(instanceId, verdict, { signal, goal: 'SHUTOFF' })
      await servers.start(instanceId, { signal })
    }
    await watcher.until(instanceId, whenSettled(instanceId, 'rebuild', 'ACTIVE'), { signal, goal: 'ACTIVE' })
  }

  async setNetworking(
    id: ServerId,
    networking: HostedServerNetworking,
    { signal }: CallOptions = {},
  ): Promise<void> {
    const wanted = portNetworking(networking)
    await hostedServer(this.#scope, id, signal)
    const port = await hostedPort(this.#scope, id, signal)
    const { ports } = this.#scope.connection.network
    await ports.update(port.id, wanted, { signal })
  }

  async delete(id: ServerId, { signal }: CallOptions = {}): Promise<void> {
    const { uuid } = this.#scope.config()
    const servers = await serversToRemove(this.#scope, TAG_MODEL, uuid, signal)
    const removal = new Removal()
    const own = servers.filter(({ metadata }) => metadata[TAG_SERVER] === id)
    const stuck = await deleteServers(this.#scope, own, removal, signal)
    // Its port and its address stay with it.
    if (stuck.length === 0) await removeHostedRest(this.#scope, this.#groups, id, removal, signal)
    removal.throwRefused('delete server')
  }

  /** Two of one id at the same moment would make two servers. */
  async #createAfter(
    before: Promise<unknown> | undefined,
    params: HostedServerParams,
    signal: AbortSignal | undefined,
  ): Promise<HostedServer> {
    if (before) await raceAbort(before, signal)
    const [existing] = await hostedServers(this.#scope, { ids: [params.id] }, signal)
    return (
      existing ?? (await createHostedServer(this.#scope, this.#groups, this.#controllerUuid, params, signal))
    )
  }
}
