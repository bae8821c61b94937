/** Turns servers off and on. */

import {
  type CallOptions,
  ConflictError,
  EnvironsError,
  NotFoundError,
  type Power,
  type RebootOptions,
} from 'cloud-environs/provider'
import type { Server } from './api/index.ts'
import { modelServer } from './servers-of-model.ts'
import type { Scope } from './scope.ts'

/** A guest may take a minute to shut down, and Nova as long again. */
const TIMEOUT_MS = 180_000

/** The power of one model's servers. */
export class ServerPower implements Power {
  readonly #scope: Scope

  constructor(scope: Scope) {
    this.#scope = scope
  }

  async start(id: string, { signal }: CallOptions = {}): Promise<void> {
    const { status } = await modelServer(this.#scope, id, signal)
    if (status === 'ACTIVE') return
    const { servers } = this.#scope.connection.compute
    // What was paused or suspended in the cloud comes back in its own way.
    if (status === 'PAUSED') await servers.unpause(id, { signal })
    else if (status === 'SUSPENDED') await servers.resume(id, { signal })
    else await servers.start(id, { signal })
    await this.#settled(id, 'start', 'ACTIVE', signal)
  }

  async stop(id: string, { signal }: CallOptions = {}): Promise<void> {
    const { status } = await modelServer(this.#scope, id, signal)
    if (status === 'SHUTOFF') return
    await this.#scope.connection.compute.servers.stop(id, { signal })
    await this.#settled(id, 'stop', 'SHUTOFF', signal)
  }

  async reboot(id: string, { hard = false, signal }: RebootOptions = {}): Promise<void> {
    await modelServer(this.#scope, id, signal)
    await this.#scope.connection.compute.servers.reboot(id, hard ? 'HARD' : 'SOFT', { signal })
    await this.#settled(id, 'reboot', 'ACTIVE', signal)
  }

  /** Waits until it is in that status and nothing is being done to it. */
  async #settled(
    id: string,
    operation: string,
    goal: string,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const verdict = (server: Server | undefined): true | undefined => {
      const resource = `server ${id}`
      if (!server)
        throw new NotFoundError(`cannot ${operation} ${resource}: it is gone`, { operation, resource })
      if (server.status === 'ERROR') {
        const why = server.fault?.message ?? 'the cloud gives no details'
        throw new EnvironsError(`cannot ${operation} ${resource}: it is in ERROR: ${why}`, {
          operation,
          resource,
          hint: 'a hard reboot may help; if not, stop the instance and start another',
        })
      }
      if (server.taskState !== undefined) return undefined
      if (server.status === goal) return true
      throw new ConflictError(`cannot ${operation} ${resource}: it came to be ${server.status}`, {
        operation,
        resource,
        hint: 'somebody else does something with it at the same time',
      })
    }
    await this.#scope.watcher.until(id, verdict, { signal, timeoutMs: TIMEOUT_MS, goal })
  }
}
