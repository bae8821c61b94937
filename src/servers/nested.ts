import { NotFoundError } from '../environ/errors.ts'
import type { ConsoleOutputOptions, ConsoleSession, RebootOptions } from '../environ/operations.ts'
import type { CallOptions } from '../environ/options.ts'
import type { ServerId } from '../environ/server-hosting.ts'
import type { Server, ServerParams, ServerUpdate } from './server.ts'
import type { ServerService } from './service.ts'

/** The path that callers of version 1 name. */
export interface NestedScope {
  readonly organization: string
  readonly project: string
  /** UUID of the model. */
  readonly identity: string
}

/**
 * Servers under a path of organization, project and identity: version 1 over the service. What is under another path
 * is not there.
 */
export class NestedServers {
  readonly #service: ServerService
  readonly #scope: NestedScope

  constructor(service: ServerService, scope: NestedScope) {
    this.#service = service
    this.#scope = scope
  }

  /** @throws NotFoundError for a network of another path, before anything is made */
  async create(params: ServerParams, options?: CallOptions): Promise<Server> {
    this.#check(await this.#service.scopeOf(params.network, options), `network ${params.network}`)
    return await this.#service.create(params, options)
  }

  async get(id: ServerId, options?: CallOptions): Promise<Server> {
    const server = await this.#service.get(id, options)
    this.#check(server, `server ${id}`)
    return server
  }

  /** Those of the path, sorted by id. */
  async list(options?: CallOptions): Promise<readonly Server[]> {
    const { organization, project, identity } = this.#scope
    const servers = await this.#service.list({ organization, project }, options)
    return servers.filter((server) => server.identity === identity)
  }

  async update(id: ServerId, update: ServerUpdate, options?: CallOptions): Promise<Server> {
    await this.get(id, options)
    return await this.#service.update(id, update, options)
  }

  async delete(id: ServerId, options?: CallOptions): Promise<void> {
    await this.get(id, options)
    await this.#service.delete(id, options)
  }

  async start(id: ServerId, options?: CallOptions): Promise<void> {
    await this.get(id, options)
    await this.#service.start(id, options)
  }

  async stop(id: ServerId, options?: CallOptions): Promise<void> {
    await this.get(id, options)
    await this.#service.stop(id, options)
  }

  async reboot(id: ServerId, options?: RebootOptions): Promise<void> {
    await this.get(id, options)
    await this.#service.reboot(id, options)
  }

  async consoleOutput(id: ServerId, options?: ConsoleOutputOptions): Promise<string> {
    await this.get(id, options)
    return await this.#service.consoleOutput(id, options)
  }

  async consoleSession(id: ServerId, options?: CallOptions): Promise<ConsoleSession> {
    await this.get(id, options)
    return await this.#service.consoleSession(id, options)
  }

  #check(of: NestedScope, resource: string): void {
    const { organization, project, identity } = this.#scope
    if (of.organization === organization && of.project === project && of.identity === identity) return
    throw new NotFoundError(`${resource} not found in project ${project} of organization ${organization}`, {
      resource,
      hint: 'name the organization, the project and the identity that it belongs to',
    })
  }
}
