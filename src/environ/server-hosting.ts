/**
 * What the server service needs of a cloud beside power, consoles and snapshots: images by id, servers on a network that
 * somebody else made, their public addresses, and to whom a network belongs. Each is a capability of its own.
 */

import type { InstanceId } from './instance.ts'
import type { Address } from './network.ts'
import type { CallOptions } from './options.ts'

/** An image as a cloud has it. What the cloud does not tell of it is absent. */
export interface CatalogImage {
  readonly id: string
  readonly name: string
  /** `pending` until its data is all there. */
  readonly state: 'pending' | 'ready' | 'failed'
  /** In Juju's words: `amd64`, `arm64`. */
  readonly arch?: string
  /** Least root disk, MiB. */
  readonly minDisk?: number
  /** Least memory, MiB. */
  readonly minMem?: number
  /** As `InstanceType.virtType` says it: `kvm`, `baremetal`. */
  readonly virtType?: string
  /** The properties that users may set. */
  readonly tags: Readonly<Record<string, string>>
}

/** Images of a cloud, whoever made them. */
export interface ImageCatalog {
  /** @throws NotFoundError */
  require(id: string, options?: CallOptions): Promise<CatalogImage>
  /** Lets everybody on the cloud start servers from it. @throws NotFoundError, ForbiddenError */
  publish(id: string, options?: CallOptions): Promise<void>
}

/** An environ whose cloud gives single images. */
export interface ImageCatalogEnviron {
  readonly imageCatalog: ImageCatalog
}

/** Id of a server of the service: chosen by whoever asks for it, kept in the tag `TAG_SERVER`. */
export type ServerId = string

/** Networking of a hosted server, which may change while it exists. */
export interface HostedServerNetworking {
  /** Ids of security groups; the server has these and no others. */
  readonly securityGroups: readonly string[]
  /** CIDRs, besides its own addresses, that it may send from (OpenStack: allowed address pairs of its port). */
  readonly allowedSourceAddresses: readonly string[]
}

/** A server that is wanted. */
export interface HostedServerParams extends HostedServerNetworking {
  readonly id: ServerId
  /** Also its host name. */
  readonly name: string
  readonly networkId: string
  readonly imageId: string
  /** Id of an `InstanceType`. */
  readonly instanceTypeId: string
  /** As cloud-init gets it: text, or gzip. */
  readonly userData?: Uint8Array | undefined
  /** OpenSSH public key that the cloud itself hands to the guest (OpenStack: a keypair, made and removed with it). */
  readonly sshPublicKey?: string | undefined
  readonly publicIp: boolean
  /** The provider adds `TAG_MODEL` and `TAG_SERVER`. */
  readonly tags: Readonly<Record<string, string>>
}

/** What a cloud says of a server: the word that fits best, and the cloud's own with its fault text. */
export interface HostedServerStatus {
  /**
   * `queued`: nobody builds it yet. `stopping`: on its way to `stopped`. `changing`: all else that is neither of the
   * others, such as a reboot, a rebuild, paused. `unknown`: the cloud itself does not know.
   */
  readonly state:
    | 'queued'
    | 'building'
    | 'active'
    | 'stopping'
    | 'stopped'
    | 'changing'
    | 'deleting'
    | 'error'
    | 'unknown'
  readonly power: 'on' | 'off' | 'unknown'
  readonly message: string
}

/** A server that the cloud has, as it was when it was read. */
export interface HostedServer extends HostedServerNetworking {
  readonly id: ServerId
  /** What `power`, `consoles` and `snapshots` take. */
  readonly instanceId: InstanceId
  readonly name: string
  readonly networkId: string
  /** Id of the image it was last built from; absent when the cloud does not tell. */
  readonly imageId?: string
  readonly status: HostedServerStatus
  /** Those from outside have the scope `public`. */
  readonly addresses: readonly Address[]
  readonly tags: Readonly<Record<string, string>>
}

/** Which servers are meant. */
export interface HostedServerFilter {
  readonly ids?: readonly ServerId[] | undefined
  readonly networkId?: string | undefined
  /** All of them are on it. */
  readonly tags?: Readonly<Record<string, string>> | undefined
}

/**
 * Servers on networks that somebody else made. They belong to the environ's model: `destroy` removes them, too.
 * Everything that is made for one (port, public address, key) carries its {@link ServerId}, and is found by it.
 */
export interface ServerHosting {
  /**
   * Makes a server and waits until it runs. One with this id that exists already is given as it is; what an earlier
   * attempt left is used or removed. A call that fails leaves nothing of its own behind.
   * @throws NotFoundError for a network, image or instance type that is not there, QuotaExceededError, NotValidError
   */
  create(params: HostedServerParams, options?: CallOptions): Promise<HostedServer>
  /** In no order. Those that do not exist are left out. */
  list(filter?: HostedServerFilter, options?: CallOptions): Promise<readonly HostedServer[]>
  /**
   * Builds it anew from another image and waits until it runs: its disk is lost, its addresses stay. Without `userData`
   * it keeps what it has. @throws NotFoundError, ConflictError when its state does not allow it
   */
  rebuild(
    id: ServerId,
    params: { readonly imageId: string; readonly userData?: Uint8Array | undefined },
    options?: CallOptions,
  ): Promise<void>
  /** Gives it exactly this networking; twice is as good as once. @throws NotFoundError */
  setNetworking(id: ServerId, networking: HostedServerNetworking, options?: CallOptions): Promise<void>
  /** Removes it and all that was made for it, and waits until it is gone. Gone already is fine. */
  delete(id: ServerId, options?: CallOptions): Promise<void>
}

/** An environ that hosts servers on given networks. */
export interface ServerHostingEnviron {
  readonly serverHosting: ServerHosting
}

/** Addresses from outside for hosted servers. */
export interface PublicAddresses {
  /**
   * Sees that the server has one, or none; twice is as good as once.
   * @throws NotFoundError for a server, or an external network, that is not there, QuotaExceededError
   */
  ensurePublicIp(id: ServerId, wanted: boolean, options?: CallOptions): Promise<void>
}

/** An environ that gives public addresses to servers that exist. */
export interface PublicAddressesEnviron {
  readonly publicAddresses: PublicAddresses
}

/** To whom something belongs (OpenStack: domain, project, region). */
export interface ResourceScope {
  readonly organization: string
  readonly project: string
  readonly region: string
}

/** Something that has a network in use. */
export interface NetworkUser {
  /** In the cloud's words: `server`, `port`. */
  readonly kind: string
  readonly id: string
  readonly name: string
  /** Of one of the servers that this environ hosts, or of what was made for it. */
  readonly serverId?: ServerId
}

/** A security group, and where servers may have it. */
export interface SecurityGroupInfo {
  readonly id: string
  readonly name: string
  readonly project: string
  /** The only network it is for; absent: all networks of its project. */
  readonly networkId?: string
}

/** Who owns what, and who uses it. */
export interface Ownership {
  /** @throws NotFoundError when there is no such network */
  resolveScope(networkId: string, options?: CallOptions): Promise<ResourceScope>
  /** Ports of the cloud itself (DHCP, routers of the network's project) are no users. @throws NotFoundError */
  networkUsers(networkId: string, options?: CallOptions): Promise<readonly NetworkUser[]>
  /**
   * Removes a network that nobody uses, with its subnets. Gone already is fine.
   * @throws ConflictError naming who uses it
   */
  deleteNetwork(networkId: string, options?: CallOptions): Promise<void>
  /** @throws NotFoundError */
  securityGroup(id: string, options?: CallOptions): Promise<SecurityGroupInfo>
}

/** An environ that knows the owners of networks. */
export interface OwnershipEnviron {
  readonly ownership: Ownership
}
