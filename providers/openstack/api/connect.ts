/** The typed clients of one cloud, for one credential. */

import type { Dispatcher } from 'undici'
import type { Clock, Logger, RandomSource } from 'cloud-environs/provider'
import { BlockStorageClient } from './block-storage/block-storage-client.ts'
import { BlockStorageLimits } from './block-storage/limits.ts'
import { VolumeTypes } from './block-storage/volume-types.ts'
import { Volumes } from './block-storage/volumes.ts'
import { AvailabilityZones } from './compute/availability-zones.ts'
import { ComputeClient } from './compute/compute-client.ts'
import { Flavors } from './compute/flavors.ts'
import { Keypairs } from './compute/keypairs.ts'
import { ComputeLimits } from './compute/limits.ts'
import { ComputeQuotaSets } from './compute/quotas.ts'
import { ServerGroups } from './compute/server-groups.ts'
import { Servers } from './compute/servers.ts'
import type { Interface } from './identity/catalog.ts'
import type { Credential, Scope } from './identity/credential.ts'
import { Identity } from './identity/identity.ts'
import { Session } from './identity/session.ts'
import type { TokenCache } from './identity/token-cache.ts'
import { Images } from './image/images.ts'
import { ImageMembers } from './image/members.ts'
import { NetworkAvailabilityZones } from './network/availability-zones.ts'
import { NetworkExtensions } from './network/extensions.ts'
import { FloatingIps } from './network/floating-ips.ts'
import { Networks } from './network/networks.ts'
import { Ports } from './network/ports.ts'
import { NetworkQuotaSets } from './network/quotas.ts'
import { Routers } from './network/routers.ts'
import { SecurityGroupRules } from './network/security-group-rules.ts'
import { SecurityGroups } from './network/security-groups.ts'
import { Subnets } from './network/subnets.ts'
import { ServiceClient } from './service/service-client.ts'
import { cryptoRandom, silentLogger, systemClock } from './standalone.ts'
import type { RequestHooks } from './transport/hooks.ts'
import type { TlsOptions } from './transport/pools.ts'
import { Transport } from './transport/transport.ts'

/** Where a cloud is, who calls, and with what. */
export interface ConnectOptions {
  /** Keystone's URL, with or without `/v3`. */
  readonly authUrl: string
  readonly credential: Credential
  /** Must be absent with an application credential, which has its project built in. */
  readonly scope?: Scope | undefined
  /** Id or name. Absent is fine while the catalog has only one. */
  readonly region?: string | undefined
  /** Which of the catalog's endpoints to use, default `public`. */
  readonly interface?: Interface | undefined
  readonly tls?: TlsOptions | undefined
  /**
   * URLs to use instead of the catalog's, by service type: `{ compute: 'https://…/v2.1' }`. `%(project_id)s` in one
   * becomes the project's id. The token goes there too.
   */
  readonly endpointOverrides?: Readonly<Record<string, string>> | undefined
  /** Sends all requests, instead of connections of our own; `tls` is its business then. It is not closed here. */
  readonly dispatcher?: Dispatcher | undefined
  /** Default: silent. */
  readonly logger?: Logger | undefined
  readonly clock?: Clock | undefined
  readonly random?: RandomSource | undefined
  /** Keeps tokens beyond this connection. Default: none. */
  readonly tokenCache?: TokenCache | undefined
  /** Told about every request and answer: for logs, traces and figures. */
  readonly hooks?: RequestHooks | undefined
  /** Goes before our own name in `User-Agent`. */
  readonly userAgent?: string | undefined
}

/** The clients of one cloud. Making one sends nothing; the first call authenticates. */
export class OpenStackConnection implements AsyncDisposable {
  readonly identity: Identity
  readonly compute: {
    readonly servers: Servers
    readonly flavors: Flavors
    readonly keypairs: Keypairs
    readonly serverGroups: ServerGroups
    readonly availabilityZones: AvailabilityZones
    readonly limits: ComputeLimits
    readonly quotas: ComputeQuotaSets
  }
  readonly network: {
    readonly networks: Networks
    readonly subnets: Subnets
    readonly ports: Ports
    readonly securityGroups: SecurityGroups
    readonly securityGroupRules: SecurityGroupRules
    readonly floatingIps: FloatingIps
    readonly routers: Routers
    /** Neutron's, for networks and for routers. */
    readonly availabilityZones: NetworkAvailabilityZones
    readonly extensions: NetworkExtensions
    readonly quotas: NetworkQuotaSets
  }
  readonly image: { readonly images: Images; readonly members: ImageMembers }
  readonly blockStorage: {
    readonly volumes: Volumes
    readonly volumeTypes: VolumeTypes
    /** Cinder's, which need not be named like Nova's. */
    readonly availabilityZones: AvailabilityZones
    readonly limits: BlockStorageLimits
  }
  readonly #transport: Transport

  constructor(options: ConnectOptions) {
    const { logger = silentLogger, clock = systemClock, random = cryptoRandom } = options
    const { dispatcher, tls, userAgent, hooks } = options
    this.#transport = new Transport({ dispatcher, tls, userAgent, hooks, logger, clock, random })
    const session = new Session(this.#transport, { ...options, logger, clock })
    const compute = new ComputeClient(session)
    const network = new ServiceClient(session, 'network')
    const image = new ServiceClient(session, 'image')
    const blockStorage = new BlockStorageClient(session)
    this.identity = new Identity(session)
    this.compute = {
      servers: new Servers(compute),
      flavors: new Flavors(compute),
      keypairs: new Keypairs(compute),
      serverGroups: new ServerGroups(compute),
      availabilityZones: new AvailabilityZones(compute),
      limits: new ComputeLimits(compute),
      quotas: new ComputeQuotaSets(compute, session),
    }
    this.network = {
      networks: new Networks(network),
      subnets: new Subnets(network),
      ports: new Ports(network),
      securityGroups: new SecurityGroups(network),
      securityGroupRules: new SecurityGroupRules(network),
      floatingIps: new FloatingIps(network),
      routers: new Routers(network),
      availabilityZones: new NetworkAvailabilityZones(network),
      extensions: new NetworkExtensions(network),
      quotas: new NetworkQuotaSets(network, session),
    }
    this.image = { images: new Images(image, clock), members: new ImageMembers(image) }
    this.blockStorage = {
      volumes: new Volumes(blockStorage),
      volumeTypes: new VolumeTypes(blockStorage),
      availabilityZones: new AvailabilityZones(blockStorage),
      limits: new BlockStorageLimits(blockStorage),
    }
  }

  /** Lets requests under way end, and closes the connections. Calls after it fail. */
  close(): Promise<void> {
    return this.#transport.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** The typed clients of a cloud. Nothing is sent before the first call. @throws NotValidError for options that cannot work */
export function connect(options: ConnectOptions): OpenStackConnection {
  return new OpenStackConnection(options)
}
