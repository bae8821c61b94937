import type { Seed } from './seed.ts'

/** A user to add to `demo`, `admin` and `alt_demo`, or to replace one of them. */
export interface UserOption {
  readonly name: string
  /** Default `secret`. */
  readonly password?: string
  /** Names of the user's projects; the first is the default one. They are made when they do not exist. */
  readonly projects: readonly string[]
  /** Default `['member', 'reader']`; `admin` is the one that opens every project. */
  readonly roles?: readonly string[]
}

/** Limits for each project. -1 is unlimited. What is not named keeps its default. */
export interface QuotaOptions {
  /** Default 1000. */
  readonly instances?: number
  /** vCPUs, default 10000. */
  readonly cores?: number
  /** MiB, default 50000000. */
  readonly ram?: number
  /** Metadata items of a server, default 128. */
  readonly metadataItems?: number
  /** Key pairs of a user, default 1000. */
  readonly keyPairs?: number
  /** Default 1000. */
  readonly serverGroups?: number
  /** Servers of one group, default 1000. */
  readonly serverGroupMembers?: number
  /** Default 100. */
  readonly networks?: number
  /** Default 100. */
  readonly subnets?: number
  /** Default 5000. */
  readonly ports?: number
  /** Default 100. */
  readonly routers?: number
  /** Default 1000. */
  readonly floatingIps?: number
  /** Default 1000. */
  readonly securityGroups?: number
  /** Default 10000. */
  readonly securityGroupRules?: number
  /** Default -1. */
  readonly volumes?: number
  /** GiB of all volumes, default -1. */
  readonly gigabytes?: number
  /** GiB of one volume, default -1. */
  readonly perVolumeGigabytes?: number
}

export interface FlavorOption {
  /** Default: the flavor's place in the list, from 1. */
  readonly id?: string
  readonly name: string
  /** MiB. */
  readonly ram: number
  readonly vcpus: number
  /** Root disk in GiB. */
  readonly disk: number
  /** GiB, default 0. */
  readonly ephemeral?: number
  /** MiB, default 0. */
  readonly swap?: number
  /** Default true. */
  readonly isPublic?: boolean
  readonly extraSpecs?: Readonly<Record<string, string>>
}

export interface ImageOption {
  /** A UUID; default a new one. */
  readonly id?: string
  readonly name: string
  /** GiB, default 1. */
  readonly minDisk?: number
  /** MiB, default 0. */
  readonly minRam?: number
  /** Default `active`. */
  readonly status?: string
  /** Default `public`. */
  readonly visibility?: 'public' | 'private' | 'shared' | 'community'
  /** Name of the owning project, default `admin`. */
  readonly owner?: string
  readonly tags?: readonly string[]
  /** Default the moment of the start. */
  readonly createdAt?: Date
  /** Further properties: `os_distro`, `os_version`, `architecture`, `hw_disk_bus`, … */
  readonly properties?: Readonly<Record<string, string>>
}

export interface ZoneOption {
  readonly name: string
  /** Compute hosts, default 2. */
  readonly hosts?: number
  /** Of each host; default 4000. */
  readonly vcpus?: number
  /** Of each host in MiB; default 4000000. */
  readonly ram?: number
  /** Of each host in GiB; default 600000. */
  readonly disk?: number
  /** What the hosts run, as in an image's `architecture`. Default `['x86_64', 'aarch64']`. */
  readonly architectures?: readonly string[]
}

export interface SubnetOption {
  readonly name?: string
  readonly cidr: string
  /** Default the first address; null for none. */
  readonly gatewayIp?: string | null
  readonly dnsNameservers?: readonly string[]
}

export interface NetworkOption {
  readonly name: string
  /** Name of the owning project, default `demo`, for an external network `admin`. */
  readonly project?: string
  /** `router:external`, default false. */
  readonly external?: boolean
  /** Default false. */
  readonly shared?: boolean
  /** Default true. */
  readonly portSecurityEnabled?: boolean
  readonly subnets?: readonly SubnetOption[]
  /** Joins the subnets to the seeded router `router1`. Default: true for networks of `demo`, false for others. */
  readonly routed?: boolean
}

/** Virtual machines as guests. QEMU has to be installed: `qemu-system-x86_64` and `qemu-img`. */
export interface QemuOptions {
  /** Path of the disk image (amd64, with cloud-init) that all of them start from, and do not change. */
  readonly image: string
  /** MiB of each, whatever its flavor says. Default 512. */
  readonly memory?: number
}

export interface EmbeddedOpenStackOptions {
  /** TCP port on 127.0.0.1. Default 0: any free one. */
  readonly port?: number
  /** Name of the first region, default `RegionOne`. */
  readonly region?: string
  /** All regions, the first one at the plain path prefixes, others below `/REGION`. Overrides `region`. */
  readonly regions?: readonly string[]
  readonly users?: readonly UserOption[]
  /** Projects to make besides those of the users. */
  readonly projects?: readonly string[]
  /** From the 202 to ACTIVE, or of a volume to available. Default 150. */
  readonly buildMillis?: number
  /** From the delete to the 404, of a volume's extension, and of each server action. Default 50. */
  readonly deleteMillis?: number
  /** How long a deleted server stays SOFT_DELETED, `reclaim_instance_interval`. Default 0: not at all. */
  readonly reclaimMillis?: number
  /** How long a shelved server keeps its host, `shelved_offload_time`. Default 0; -1 for ever. */
  readonly shelvedOffloadMillis?: number
  readonly quotas?: QuotaOptions
  /** Nova's, Glance's and Cinder's largest page, and what Nova and Cinder answer when no limit is asked. Default 1000. */
  readonly pageLimit?: number
  /** Life of a token, default 3600. */
  readonly tokenSeconds?: number
  readonly images?: readonly ImageOption[]
  readonly flavors?: readonly FlavorOption[]
  readonly zones?: readonly (string | ZoneOption)[]
  readonly networks?: readonly NetworkOption[]
  /**
   * What runs on servers, and is reached with this cloud as an HTTP proxy: `simulated` (an SSH server and the host's
   * programs below a directory of their own; default), virtual machines, or `none`.
   */
  readonly guests?: 'simulated' | 'none' | { readonly qemu: QemuOptions }
}

export type Quotas = Required<QuotaOptions>

/** The options with every default filled in. */
export interface Settings {
  readonly port: number
  readonly regions: readonly [string, ...string[]]
  readonly users: readonly Required<UserOption>[]
  readonly projects: readonly string[]
  readonly buildMillis: number
  readonly deleteMillis: number
  readonly reclaimMillis: number
  readonly shelvedOffloadMillis: number
  readonly quotas: Quotas
  readonly pageLimit: number
  readonly tokenSeconds: number
  readonly seed: Seed
}

const QUOTAS: Quotas = {
  instances: 1000,
  cores: 10_000,
  ram: 50_000_000,
  metadataItems: 128,
  keyPairs: 1000,
  serverGroups: 1000,
  serverGroupMembers: 1000,
  networks: 100,
  subnets: 100,
  ports: 5000,
  routers: 100,
  floatingIps: 1000,
  securityGroups: 1000,
  securityGroupRules: 10_000,
  volumes: -1,
  gigabytes: -1,
  perVolumeGigabytes: -1,
}

const USERS: readonly UserOption[] = [
  { name: 'admin', projects: ['admin', 'demo'], roles: ['admin', 'member', 'reader'] },
  { name: 'demo', projects: ['demo'] },
  { name: 'alt_demo', projects: ['alt_demo'] },
]

export function settle(options: EmbeddedOpenStackOptions, seed: Seed): Settings {
  const [first = options.region ?? 'RegionOne', ...others] = options.regions ?? []
  const users = new Map([...USERS, ...(options.users ?? [])].map((user) => [user.name, user]))
  return {
    port: options.port ?? 0,
    regions: [first, ...others],
    users: [...users.values()].map((user) => ({
      name: user.name,
      password: user.password ?? 'secret',
      projects: user.projects,
      roles: user.roles ?? ['member', 'reader'],
    })),
    projects: options.projects ?? [],
    buildMillis: options.buildMillis ?? 150,
    deleteMillis: options.deleteMillis ?? 50,
    reclaimMillis: options.reclaimMillis ?? 0,
    shelvedOffloadMillis: options.shelvedOffloadMillis ?? 0,
    quotas: { ...QUOTAS, ...options.quotas },
    pageLimit: options.pageLimit ?? 1000,
    tokenSeconds: options.tokenSeconds ?? 3600,
    seed: {
      images: options.images ?? seed.images,
      flavors: options.flavors ?? seed.flavors,
      zones: options.zones?.map((zone) => (typeof zone === 'string' ? { name: zone } : zone)) ?? seed.zones,
      networks: options.networks ?? seed.networks,
    },
  }
}
