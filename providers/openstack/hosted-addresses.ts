/** Floating IPs of hosted servers, which may get one and lose it while they exist. */

import type { CallOptions, PublicAddresses, ServerId } from 'cloud-environs/provider'
import type { FloatingIp } from './api/index.ts'
import { hostedMarkId, hostedPort, hostedServer } from './hosted-servers.ts'
import { usableNetwork } from './networks.ts'
import { allocatePublicAddress, projectFloatingIps, wayOut } from './public-addresses.ts'
import type { Scope } from './scope.ts'

/** The public addresses of one model's hosted servers. */
export class HostedPublicAddresses implements PublicAddresses {
  readonly #scope: Scope

  constructor(scope: Scope) {
    this.#scope = scope
  }

  /** One that somebody else gave the server counts, and is only parted from it when none is wanted. */
  async ensurePublicIp(id: ServerId, wanted: boolean, { signal }: CallOptions = {}): Promise<void> {
    const key = `public address ${wanted ? 'for' : 'off'} server ${id}`
    await this.#scope.coalescer.share(key, signal, (signal) => this.#ensure(id, wanted, signal))
  }

  async #ensure(id: ServerId, wanted: boolean, signal: AbortSignal): Promise<void> {
    const server = await hostedServer(this.#scope, id, signal)
    const [port, floatingIps] = await Promise.all([
      hostedPort(this.#scope, id, signal),
      projectFloatingIps(this.#scope, signal),
    ])
    const leading = floatingIps.filter(({ portId }) => portId === port.id)
    const marked = floatingIps.filter(({ description }) => hostedMarkId(this.#scope, description) === id)
    // Somebody may have led one that was made for it elsewhere.
    const idle = marked.filter(({ portId }) => portId === undefined)
    const useless = wanted ? idle : [...leading, ...idle]
    await Promise.all(useless.map((floatingIp) => this.#part(floatingIp, marked, signal)))
    if (!wanted || leading.length > 0) return
    const network = await usableNetwork(this.#scope, port.networkId, signal)
    const way = await wayOut(this.#scope, [network], signal)
    await allocatePublicAddress(this.#scope, server.id, way, port.description, signal)
  }

  /** What was made for the server goes; the others are their makers'. */
  async #part(floatingIp: FloatingIp, marked: readonly FloatingIp[], signal: AbortSignal): Promise<void> {
    const { floatingIps } = this.#scope.connection.network
    if (marked.includes(floatingIp)) await floatingIps.delete(floatingIp.id, { signal })
    else await floatingIps.update(floatingIp.id, { portId: null }, { signal })
  }
}
