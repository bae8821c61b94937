import {
  ConflictError,
  NotFoundError,
  type NetworkUser,
  type Ownership,
  type ResourceScope,
  type SecurityGroupInfo,
  TAG_MODEL,
  TAG_SERVER,
} from 'cloud-environs/provider'
import type { MemoryCloud, MemoryNetwork } from './cloud.ts'

/** A network by its id. @throws NotFoundError */
export function networkById({ networks }: MemoryCloud, id: string): MemoryNetwork {
  const found = networks.find((network) => network.id === id)
  if (found) return found
  throw new NotFoundError(`network ${id} not found`, { resource: `network ${id}` })
}

/** A group by its id. @throws NotFoundError */
export function securityGroupById({ securityGroups }: MemoryCloud, id: string): SecurityGroupInfo {
  const found = securityGroups.find((group) => group.id === id)
  if (found) return found
  throw new NotFoundError(`security group ${id} not found`, { resource: `security group ${id}` })
}

/** Who owns and uses the networks, as one model sees it. */
export class MemoryOwnership implements Ownership {
  readonly #cloud: MemoryCloud
  readonly #modelUuid: string

  constructor(cloud: MemoryCloud, modelUuid: string) {
    this.#cloud = cloud
    this.#modelUuid = modelUuid
  }

  async resolveScope(networkId: string): Promise<ResourceScope> {
    return networkById(this.#cloud, networkId).scope
  }

  async networkUsers(networkId: string): Promise<readonly NetworkUser[]> {
    networkById(this.#cloud, networkId)
    const servers = this.#cloud.machines().filter(({ hosting }) => hosting?.networkId === networkId)
    return [
      ...servers.map(({ id, name, tags }): NetworkUser => {
        const serverId = tags[TAG_MODEL] === this.#modelUuid ? tags[TAG_SERVER] : undefined
        return { kind: 'server', id, name, ...(serverId === undefined ? {} : { serverId }) }
      }),
      ...this.#cloud.ports
        .filter((port) => port.networkId === networkId)
        .map(({ id, name }) => ({ kind: 'port', id, name })),
    ]
  }

  async deleteNetwork(networkId: string): Promise<void> {
    if (!this.#cloud.networks.some(({ id }) => id === networkId)) return
    const [user] = await this.networkUsers(networkId)
    if (user) {
      throw new ConflictError(`network ${networkId} is in use by ${user.kind} ${user.name} (${user.id})`, {
        resource: `network ${networkId}`,
      })
    }
    this.#cloud.networks = this.#cloud.networks.filter(({ id }) => id !== networkId)
  }

  async securityGroup(id: string): Promise<SecurityGroupInfo> {
    return securityGroupById(this.#cloud, id)
  }
}
