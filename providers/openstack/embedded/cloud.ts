import type { Access } from './access.ts'
import { CinderService } from './cinder/service.ts'
import { VolumeState } from './cinder/state.ts'
import { ImageStore } from './glance/images.ts'
import { GlanceService } from './glance/service.ts'
import type { RegionPath } from './keystone/catalog.ts'
import { Identity } from './keystone/identity.ts'
import { KeystoneService } from './keystone/service.ts'
import type { Service } from './message.ts'
import { seedNetworks } from './neutron/seed.ts'
import { NeutronService } from './neutron/service.ts'
import { NetworkState } from './neutron/state.ts'
import { NovaService } from './nova/service.ts'
import { ComputeState } from './nova/state.ts'
import type { Settings } from './options.ts'
import { Timers } from './timers.ts'

/** One region: its own servers, networks, images and volumes. */
export interface Region extends RegionPath {
  readonly compute: ComputeState
  readonly network: NetworkState
  readonly images: ImageStore
  readonly volumes: VolumeState
}

/** The whole state of a cloud, apart from the wire. */
export class Cloud {
  readonly identity: Identity
  readonly regions: readonly Region[]
  readonly timers = new Timers()

  constructor(settings: Settings) {
    this.identity = new Identity(settings)
    this.regions = settings.regions.map((name, index) =>
      this.#region(name, index === 0 ? '' : `/${encodeURIComponent(name)}`, settings),
    )
  }

  /** Every service of every region, longest path first. */
  services(settings: Settings): Service[] {
    const { identity, regions } = this
    const services: Service[] = [new KeystoneService(identity, regions)]
    for (const { path, compute, network, images, volumes } of regions) {
      services.push(
        new NovaService(`${path}/compute`, identity, compute),
        new NeutronService(`${path}/network`, identity, network),
        new GlanceService(`${path}/image`, identity, images, settings.pageLimit),
        new CinderService(`${path}/volume`, identity, volumes),
      )
    }
    return services.sort((one, other) => other.prefix.length - one.prefix.length)
  }

  #region(name: string, path: string, settings: Settings): Region {
    const network = new NetworkState(
      settings.seed.zones.map((zone) => zone.name),
      settings.quotas,
    )
    const images = new ImageStore()
    images.seed(settings.seed.images, this.identity)
    seedNetworks(network, this.identity, this.#operator(), settings.seed.networks)
    const volumes = new VolumeState(settings, this.timers, images)
    const compute = new ComputeState(settings, this.timers, network, images, volumes)
    return { name, path, network, images, volumes, compute }
  }

  /** Whoever runs the cloud. */
  #operator(): Access {
    const user = this.identity.userNamed('admin')
    if (!user) throw new Error('A cloud needs a user named admin')
    return { user, project: undefined, projectId: '', isAdmin: true }
  }
}
