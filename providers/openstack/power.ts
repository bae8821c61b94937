/** Turns servers off and on. */

import type { CallOptions, Power, RebootOptions } from 'cloud-environs/provider'
import { whenSettled } from './server-status.ts'
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
    const verdict = whenSettled(id, operation, goal)
    await this.#scope.watcher.until(id, verdict, { signal, timeoutMs: TIMEOUT_MS, goal })
  }
}
