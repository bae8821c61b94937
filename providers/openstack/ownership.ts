/** To whom networks and security groups belong, and who uses them. */

import {
  type CallOptions,
  ConflictError,
  findError,
  type NetworkUser,
  type Ownership,
  type ResourceScope,
  type SecurityGroupInfo,
} from 'cloud-environs/provider'
import { networkPorts } from './network-users.ts'
import { usableNetwork } from './networks.ts'
import type { Scope } from './scope.ts'

/** What belongs to the credential's project. */
export class ProjectOwnership implements Ownership {
  readonly #scope: Scope

  constructor(scope: Scope) {
    this.#scope = scope
  }

  /** What is made on a network, on a shared one too, is the project's: ids of its domain and of the project itself. */
  async resolveScope(networkId: string, { signal }: CallOptions = {}): Promise<ResourceScope> {
    await usableNetwork(this.#scope, networkId, signal)
    const { project } = await this.#scope.connection.identity.authenticate({ signal })
    return {
      organization: project?.domain?.id ?? '',
      project: project?.id ?? '',
      region: this.#scope.region,
    }
  }

  async networkUsers(networkId: string, { signal }: CallOptions = {}): Promise<readonly NetworkUser[]> {
    await usableNetwork(this.#scope, networkId, signal)
    return (await networkPorts(this.#scope, networkId, signal)).users
  }

  /** The project's own routers are parted from it, and stay. Any other port blocks. */
  async deleteNetwork(networkId: string, { signal }: CallOptions = {}): Promise<void> {
    const { networks, routers } = this.#scope.connection.network
    const { users, routerInterfaces } = await networkPorts(this.#scope, networkId, signal)
    if (users.length > 0) {
      const named = users.map(({ kind, name, id }) => `${kind} ${name === '' ? id : `"${name}" (${id})`}`)
      throw new ConflictError(`network ${networkId} is in use by ${named.join(', ')}`, {
        operation: 'delete network',
        resource: `network ${networkId}`,
        hint: 'remove what uses it first',
      })
    }
    const ends = routerInterfaces.flatMap(({ deviceId, fixedIps }) =>
      fixedIps.map(({ subnetId }) => ({ router: deviceId, subnetId })),
    )
    try {
      for (const { router, subnetId } of ends) await routers.removeInterface(router, { subnetId }, { signal })
      await networks.delete(networkId, { signal })
    } catch (error) {
      // Whoever came to it meanwhile keeps its way out.
      if (findError(error, ConflictError)) {
        const joins = ends.map(({ router, subnetId }) =>
          routers.addInterface(router, { subnetId }, { signal }),
        )
        await Promise.allSettled(joins)
      }
      throw error
    }
  }

  async securityGroup(id: string, { signal }: CallOptions = {}): Promise<SecurityGroupInfo> {
    const { name, projectId = '' } = await this.#scope.connection.network.securityGroups.get(id, { signal })
    return { id, name, project: projectId }
  }
}
