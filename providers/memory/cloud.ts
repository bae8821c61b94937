/** What stands in for a cloud's API: machines, volumes, images, networks and groups of open ports, in maps. */

import {
  type AvailabilityZone,
  type CatalogImage,
  type HostedServerNetworking,
  type ImageMetadata,
  type InstanceType,
  NotFoundError,
  type Opening,
  type ResourceScope,
  type SecurityGroupInfo,
} from 'cloud-environs/provider'

/** An image of the cloud. What is left out: it is ready, and has no tags. */
export interface MemoryImage extends ImageMetadata, Partial<Pick<CatalogImage, 'name' | 'state' | 'tags'>> {
  /** Whether everybody may use it. */
  readonly public?: boolean
}

/** A network, made by somebody else. */
export interface MemoryNetwork {
  readonly id: string
  readonly name: string
  readonly scope: ResourceScope
}

/** A port of a network that is no machine's of any model. */
export interface MemoryPort {
  readonly id: string
  readonly name: string
  readonly networkId: string
}

/** What a machine has that was made as a hosted server. */
export interface MemoryHosting extends HostedServerNetworking {
  readonly networkId: string
  readonly publicAddress?: string | undefined
  readonly sshPublicKey?: string | undefined
}

/** A machine of the cloud. */
export interface MemoryMachine {
  readonly id: string
  readonly name: string
  readonly zone: string
  readonly instanceType: InstanceType
  readonly image: MemoryImage
  readonly userData: string
  readonly address: string
  readonly tags: Readonly<Record<string, string>>
  readonly stopped?: boolean | undefined
  readonly hosting?: MemoryHosting | undefined
}

/** A volume of the cloud. */
export interface MemoryVolume {
  readonly id: string
  /** MiB. */
  readonly size: number
  readonly tags: Readonly<Record<string, string>>
  /** Id of the machine that has it. */
  readonly machine?: string | undefined
}

const type = (name: string, cpuCores: number, mem: number, rootDisk: number): InstanceType => ({
  id: name,
  name,
  arch: 'amd64',
  cpuCores,
  mem,
  rootDisk,
  cost: mem,
})

const HOME: ResourceScope = { organization: 'default', project: 'default', region: 'memory' }

const image = (os: string, version: string): MemoryImage => ({
  id: `${os}-${version}`,
  arch: 'amd64',
  os,
  version,
})

/** A cloud. Its members may be replaced to try what a provider's user meets: no zone left, no image, … */
export class MemoryCloud {
  zones: readonly AvailabilityZone[] = [
    { name: 'zone1', available: true },
    { name: 'zone2', available: true },
  ]
  instanceTypes: readonly InstanceType[] = [
    type('small', 1, 2048, 20_480),
    type('medium', 2, 4096, 40_960),
    type('large', 4, 8192, 81_920),
  ]
  images: readonly MemoryImage[] = [image('ubuntu', '22.04'), image('ubuntu', '24.04'), image('debian', '12')]
  networks: readonly MemoryNetwork[] = [{ id: 'network-1', name: 'private', scope: HOME }]
  ports: readonly MemoryPort[] = []
  securityGroups: readonly SecurityGroupInfo[] = [{ id: 'group-1', name: 'default', project: HOME.project }]
  /** Machines that can run at the same time. */
  quota = 1000

  readonly #machines = new Map<string, MemoryMachine>()
  readonly #volumes = new Map<string, MemoryVolume>()
  readonly #snapshots = new Map<string, MemoryImage>()
  readonly #openings = new Map<string, readonly Opening[]>()
  #serial = 0

  /** Every machine, oldest first. */
  machines(): readonly MemoryMachine[] {
    return [...this.#machines.values()]
  }

  machine(id: string): MemoryMachine | undefined {
    return this.#machines.get(id)
  }

  create(machine: Omit<MemoryMachine, 'id' | 'address'>): MemoryMachine {
    const serial = ++this.#serial
    const address = `10.0.${Math.floor(serial / 250)}.${(serial % 250) + 1}`
    const made = { ...machine, id: `memory-${serial}`, address }
    this.#machines.set(made.id, made)
    return made
  }

  /** Replaces what is known of a machine; one that is gone stays so. */
  setMachine(machine: MemoryMachine): void {
    if (this.#machines.has(machine.id)) this.#machines.set(machine.id, machine)
  }

  tag(id: string, tags: Readonly<Record<string, string>>): void {
    const machine = this.#machines.get(id)
    if (!machine) throw new NotFoundError(`instance ${id} not found`, { resource: `instance ${id}` })
    this.#machines.set(id, { ...machine, tags: { ...machine.tags, ...tags } })
  }

  /** Its volumes stay. */
  delete(id: string): void {
    this.#machines.delete(id)
    for (const volume of this.volumes()) {
      if (volume.machine === id) this.setVolume({ ...volume, machine: undefined })
    }
  }

  /** Every volume, oldest first. */
  volumes(): readonly MemoryVolume[] {
    return [...this.#volumes.values()]
  }

  volume(id: string): MemoryVolume | undefined {
    return this.#volumes.get(id)
  }

  createVolume(volume: Omit<MemoryVolume, 'id'>): MemoryVolume {
    const made = { ...volume, id: `volume-${++this.#serial}` }
    this.setVolume(made)
    return made
  }

  setVolume(volume: MemoryVolume): void {
    this.#volumes.set(volume.id, volume)
  }

  deleteVolume(id: string): void {
    this.#volumes.delete(id)
  }

  /** Images that were taken of machines, oldest first. No machine is started from one unasked. */
  snapshots(): readonly MemoryImage[] {
    return [...this.#snapshots.values()]
  }

  createSnapshot(snapshot: Omit<MemoryImage, 'id'>): MemoryImage {
    const made = { ...snapshot, id: `image-${++this.#serial}` }
    this.setSnapshot(made)
    return made
  }

  setSnapshot(snapshot: MemoryImage): void {
    this.#snapshots.set(snapshot.id, snapshot)
  }

  deleteSnapshot(id: string): void {
    this.#snapshots.delete(id)
  }

  /** Openings of a group of ports; none when there is no such group. */
  openings(group: string): readonly Opening[] {
    return this.#openings.get(group) ?? []
  }

  setOpenings(group: string, openings: readonly Opening[]): void {
    if (openings.length > 0) this.#openings.set(group, openings)
    else this.#openings.delete(group)
  }

  /** Names of the groups that have openings. */
  groups(): readonly string[] {
    return [...this.#openings.keys()]
  }
}
