import {
  type Address,
  type CallOptions,
  type HostedServer,
  type HostedServerFilter,
  type HostedServerNetworking,
  type HostedServerParams,
  NotFoundError,
  type PublicAddresses,
  QuotaExceededError,
  type ServerHosting,
  type ServerId,
  TAG_MODEL,
  TAG_SERVER,
} from 'cloud-environs/provider'
import type { MemoryCloud, MemoryHosting, MemoryMachine } from './cloud.ts'
import { imageById } from './images.ts'
import { networkById, securityGroupById } from './ownership.ts'

/** A machine that was made as a server. */
interface MemoryServer extends MemoryMachine {
  readonly hosting: MemoryHosting
}

const isServer = (machine: MemoryMachine): machine is MemoryServer => machine.hosting !== undefined

/** The servers that one model hosts on networks of the cloud. */
export class MemoryServers implements ServerHosting, PublicAddresses {
  readonly #cloud: MemoryCloud
  readonly #modelUuid: string

  constructor(cloud: MemoryCloud, modelUuid: string) {
    this.#cloud = cloud
    this.#modelUuid = modelUuid
  }

  async create(params: HostedServerParams, options?: CallOptions): Promise<HostedServer> {
    options?.signal?.throwIfAborted()
    const { id, name, networkId, imageId, instanceTypeId, userData, publicIp, tags, ...hosting } = params
    const existing = this.#find(id)
    if (existing) return toHostedServer(existing)
    networkById(this.#cloud, networkId)
    this.#checkGroups(hosting)
    const instanceType = this.#cloud.instanceTypes.find((type) => type.id === instanceTypeId)
    if (!instanceType) throw new NotFoundError(`instance type ${instanceTypeId} not found`)
    const image = imageById(this.#cloud, imageId)
    if (this.#cloud.machines().length >= this.#cloud.quota) {
      throw new QuotaExceededError('quota of machines exceeded', { operation: 'create server' })
    }
    const { securityGroups, allowedSourceAddresses, sshPublicKey } = hosting
    this.#cloud.create({
      name,
      zone: 'zone1',
      instanceType,
      image,
      userData: textOf(userData),
      tags: { ...tags, [TAG_MODEL]: this.#modelUuid, [TAG_SERVER]: id },
      hosting: { networkId, securityGroups, allowedSourceAddresses, sshPublicKey },
    })
    await this.ensurePublicIp(id, publicIp)
    return toHostedServer(this.#server(id))
  }

  async list({ ids, networkId, tags = {} }: HostedServerFilter = {}): Promise<readonly HostedServer[]> {
    return this.#all()
      .map(toHostedServer)
      .filter(
        (server) =>
          (ids?.includes(server.id) ?? true) &&
          (networkId === undefined || server.networkId === networkId) &&
          Object.entries(tags).every(([key, value]) => server.tags[key] === value),
      )
  }

  async rebuild(
    id: ServerId,
    { imageId, userData }: { readonly imageId: string; readonly userData?: Uint8Array | undefined },
  ): Promise<void> {
    const server = this.#server(id)
    const image = imageById(this.#cloud, imageId)
    this.#cloud.setMachine({ ...server, image, ...(userData ? { userData: textOf(userData) } : {}) })
  }

  async setNetworking(id: ServerId, networking: HostedServerNetworking): Promise<void> {
    const { hosting, ...server } = this.#server(id)
    this.#checkGroups(networking)
    const { securityGroups, allowedSourceAddresses } = networking
    this.#cloud.setMachine({ ...server, hosting: { ...hosting, securityGroups, allowedSourceAddresses } })
  }

  async ensurePublicIp(id: ServerId, wanted: boolean): Promise<void> {
    const { hosting, ...server } = this.#server(id)
    // Like its other address, it is the machine's as long as that exists.
    const publicAddress = wanted ? server.address.replace(/^10\.0\./, '203.0.') : undefined
    this.#cloud.setMachine({ ...server, hosting: { ...hosting, publicAddress } })
  }

  async delete(id: ServerId): Promise<void> {
    const server = this.#find(id)
    if (server) this.#cloud.delete(server.id)
  }

  #all(): readonly MemoryServer[] {
    return this.#cloud
      .machines()
      .filter(isServer)
      .filter(({ tags }) => tags[TAG_MODEL] === this.#modelUuid)
  }

  #find(id: ServerId): MemoryServer | undefined {
    return this.#all().find(({ tags }) => tags[TAG_SERVER] === id)
  }

  #server(id: ServerId): MemoryServer {
    const found = this.#find(id)
    if (found) return found
    throw new NotFoundError(`server ${id} not found`, { resource: `server ${id}` })
  }

  #checkGroups({ securityGroups }: HostedServerNetworking): void {
    for (const id of securityGroups) securityGroupById(this.#cloud, id)
  }
}

const textOf = (userData: Uint8Array = new Uint8Array()): string => Buffer.from(userData).toString('latin1')

/** The addresses of a machine, whether it is a server or not. */
export function addressesOf({ address, hosting }: MemoryMachine): readonly Address[] {
  const own: Address = { value: address, type: 'ipv4', scope: 'local-cloud' }
  const { publicAddress } = hosting ?? {}
  return publicAddress === undefined ? [own] : [own, { value: publicAddress, type: 'ipv4', scope: 'public' }]
}

function toHostedServer(server: MemoryServer): HostedServer {
  const { id, name, image, stopped, tags, hosting } = server
  const { networkId, securityGroups, allowedSourceAddresses } = hosting
  return {
    id: tags[TAG_SERVER] ?? '',
    instanceId: id,
    name,
    networkId,
    imageId: image.id,
    status: stopped
      ? { state: 'stopped', power: 'off', message: 'SHUTOFF' }
      : { state: 'active', power: 'on', message: 'ACTIVE' },
    addresses: addressesOf(server),
    securityGroups,
    allowedSourceAddresses,
    tags,
  }
}
