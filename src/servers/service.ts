import type { ConsoleOutputOptions, ConsoleSession, RebootOptions, Snapshot } from '../environ/operations.ts'
import { supportsOwnership } from '../environ/capabilities.ts'
import type { CallOptions } from '../environ/options.ts'
import type { ResourceScope, ServerId } from '../environ/server-hosting.ts'
import { findHosted, ownRecord, type ServerServices, toServer } from './access.ts'
import { createServer } from './create.ts'
import { deleteNetwork, deleteServer } from './delete.ts'
import { listServers } from './list.ts'
import { type NestedScope, NestedServers } from './nested.ts'
import * as operations from './operations.ts'
import { capable } from './rules.ts'
import type { Server, ServerFilter, ServerParams, ServerUpdate } from './server.ts'
import { type ServerSnapshotParams, snapshotServer } from './snapshot.ts'
import * as ssh from './ssh.ts'
import type { IdentityKey, SshAuthority } from './server-store.ts'
import { updateServer } from './update.ts'

/**
 * Servers on networks of a cloud, over any environ that has the capabilities (`ownership`, `serverHosting`,
 * `imageCatalog`, `instanceTypes`, and each operation its own): NotSupportedError names the one that is missing. A server
 * gets its scope from its network. It belongs to the environ's model, and is no other model's to see.
 *
 * A call that is not allowed throws ForbiddenError, and NotFoundError for a server that is not there or was made by
 * another version of the service.
 */
export class ServerService {
  readonly #services: ServerServices

  constructor(services: ServerServices) {
    this.#services = services
  }

  /**
   * Makes a server and waits until it runs. The first rule that does not hold answers, before anything is made: the
   * network is there, servers may be created in its project, the name is free on it, user data and authority go together,
   * the authority is there, the flavor and the image are and suit each other, all else is valid.
   * @throws NotFoundError, AlreadyExistsError, NotValidError; what could not be finished is removed
   */
  async create(params: ServerParams, options?: CallOptions): Promise<Server> {
    return await createServer(this.#services, params, options)
  }

  /** To whom servers on a network belong: its scope, and the model. @throws NotFoundError */
  async scopeOf(
    network: string,
    options?: CallOptions,
  ): Promise<ResourceScope & { readonly identity: string }> {
    const { environ } = this.#services
    const { ownership } = capable(environ, supportsOwnership, 'ownership')
    return { ...(await ownership.resolveScope(network, options)), identity: environ.config().uuid }
  }

  async get(id: ServerId, options?: CallOptions): Promise<Server> {
    const record = await ownRecord(this.#services, id, 'read', options)
    return toServer(record, await findHosted(this.#services, record, options), this.#services.clock.now())
  }

  /** Those that fit and that may be seen, sorted by id; none is no error. @throws InvalidRequestError for a tag */
  async list(filter?: ServerFilter, options?: CallOptions): Promise<readonly Server[]> {
    return await listServers(this.#services, filter, options)
  }

  /**
   * Makes a server what `update` says, and waits until it is. User data reach it when it is built anew.
   * @throws NotValidError when name, flavor or SSH mode would change, InvalidRequestError while it is being made, deleted
   * or built anew, ConflictError when somebody else changes it at the same time
   */
  async update(id: ServerId, update: ServerUpdate, options?: CallOptions): Promise<Server> {
    return await updateServer(this.#services, id, update, options)
  }

  /**
   * Removes a server and all that was made for it, and waits until it is gone. One whose deletion was interrupted is
   * deleted to its end. @throws NotFoundError when there is none (any more)
   */
  async delete(id: ServerId, options?: CallOptions): Promise<void> {
    await deleteServer(this.#services, id, options)
  }

  /**
   * Removes a network, and the model's servers on it first. Whatever else is on it blocks that, before anything is
   * removed. @throws NotFoundError, ConflictError naming what blocks
   */
  async deleteNetwork(network: string, options?: CallOptions): Promise<void> {
    await deleteNetwork(this.#services, network, options)
  }

  /** Waits until it runs. @throws InvalidRequestError when its state does not allow it */
  async start(id: ServerId, options?: CallOptions): Promise<void> {
    await operations.start(this.#services, id, options)
  }

  /** Waits until it is off. @throws InvalidRequestError when its state does not allow it */
  async stop(id: ServerId, options?: CallOptions): Promise<void> {
    await operations.stop(this.#services, id, options)
  }

  /** Asks the guest; with `hard`, turns the power off and on. @throws InvalidRequestError unless it runs */
  async reboot(id: ServerId, options?: RebootOptions): Promise<void> {
    await operations.reboot(this.#services, id, options)
  }

  /** What it wrote to its console. @throws InvalidRequestError while it has none */
  async consoleOutput(id: ServerId, options?: ConsoleOutputOptions): Promise<string> {
    return await operations.consoleOutput(this.#services, id, options)
  }

  /** Whoever has its URL has the console. @throws InvalidRequestError while it has none */
  async consoleSession(id: ServerId, options?: CallOptions): Promise<ConsoleSession> {
    return await operations.consoleSession(this.#services, id, options)
  }

  /**
   * Begins an image of a server, which says that it is a snapshot and whose; it inherits what the server's image says.
   * Whoever does it may see the server, and create images in its organization. One that cannot be published is removed.
   * @throws NotFoundError, NotValidError for a reserved tag, InvalidRequestError when its state does not allow it
   */
  async snapshot(id: ServerId, params: ServerSnapshotParams, options?: CallOptions): Promise<Snapshot> {
    return await snapshotServer(this.#services, id, params, options)
  }

  /** The key pair of the server's model. @throws NotFoundError unless its SSH mode is `keypair` */
  async sshKey(id: ServerId, options?: CallOptions): Promise<Pick<IdentityKey, 'publicKey' | 'privateKey'>> {
    return await ssh.sshKey(this.#services, id, options)
  }

  /** Keeps an authority that servers of the project may trust. Twice is as good as once. @throws NotValidError */
  async addAuthority(
    scope: Pick<ResourceScope, 'organization' | 'project'>,
    publicKey: string,
  ): Promise<SshAuthority> {
    return await ssh.addAuthority(this.#services, scope, publicKey)
  }

  /** @throws ConflictError naming a server that trusts it */
  async removeAuthority(id: string): Promise<void> {
    await ssh.removeAuthority(this.#services, id)
  }

  /**
   * The same servers in the manner of version 1, whose callers name organization, project and identity.
   * @deprecated for callers that cannot do without yet
   */
  nested(scope: NestedScope): NestedServers {
    return new NestedServers(this, scope)
  }
}
