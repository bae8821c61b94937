import type { VolumeState } from '../cinder/state.ts'
import type { ImageStore } from '../glance/images.ts'
import type { NetworkState } from '../neutron/state.ts'
import type { Settings } from '../options.ts'
import type { Timers } from '../timers.ts'
import { type Flavor, readFlavors } from './flavor.ts'
import { Hosts } from './hosts.ts'
import { InstanceActions } from './instance-action.ts'
import { Migrations } from './migration.ts'
import { defaultQuotas, type ProjectQuotas } from './quota.ts'
import type { Server } from './server.ts'
import { ServerGroups } from './server-group.ts'

export interface Keypair {
  readonly id: number
  readonly name: string
  readonly userId: string
  readonly publicKey: string
  readonly fingerprint: string
  readonly type: string
  readonly created: number
}

/** A console that somebody asked for. */
export interface Console {
  readonly serverId: string
  readonly type: string
}

export interface Usage {
  readonly instances: number
  readonly cores: number
  readonly ram: number
}

/** What Nova of one region knows, and the services it uses. */
export class ComputeState {
  /** All that were ever made, oldest first: deleted ones are seen by `changes-since` and serve as markers. */
  readonly servers = new Map<string, Server>()
  readonly flavors: Map<string, Flavor>
  readonly hosts: Hosts
  /** By user id and name. */
  readonly keypairs = new Map<string, Map<string, Keypair>>()
  readonly instanceActions = new InstanceActions()
  readonly migrations = new Migrations()
  readonly serverGroups = new ServerGroups()
  /** What administrators set for projects, by project id. */
  readonly quotas = new Map<string, Partial<ProjectQuotas>>()
  /** What the tokens in the URLs of consoles open. */
  readonly consoles = new Map<string, Console>()
  readonly network: NetworkState
  readonly images: ImageStore
  readonly volumes: VolumeState
  readonly settings: Settings
  readonly timers: Timers
  /** Fault messages for the builds that come next. */
  readonly plannedFaults: string[] = []
  #serial = 0

  constructor(
    settings: Settings,
    timers: Timers,
    network: NetworkState,
    images: ImageStore,
    volumes: VolumeState,
  ) {
    this.settings = settings
    this.timers = timers
    this.network = network
    this.images = images
    this.volumes = volumes
    this.flavors = readFlavors(settings.seed.flavors)
    this.hosts = new Hosts(settings.seed.zones, (server, host) => this.serverGroups.suitability(server, host))
  }

  nextSerial(): number {
    this.#serial += 1
    return this.#serial
  }

  usage(projectId: string): Usage {
    let [instances, cores, ram] = [0, 0, 0]
    for (const server of this.servers.values()) {
      if (server.projectId !== projectId || server.vmState === 'deleted') continue
      if (server.vmState === 'soft-delete') continue
      instances += 1
      cores += server.flavor.vcpus
      ram += server.flavor.ram
    }
    return { instances, cores, ram }
  }

  quotasOf(projectId: string): ProjectQuotas {
    return { ...defaultQuotas(this.settings.quotas), ...this.quotas.get(projectId) }
  }

  keypairsOf(userId: string): Map<string, Keypair> {
    const known = this.keypairs.get(userId) ?? new Map<string, Keypair>()
    this.keypairs.set(userId, known)
    return known
  }
}
