/** Plain data about servers of the service, as its callers see them. */

import type { Address } from '../environ/network.ts'
import type { ResourceScope, ServerId } from '../environ/server-hosting.ts'
import type { InstanceId } from '../environ/instance.ts'

/**
 * How somebody gets into a server, chosen when it is made. `ca`: certificates that an authority signs. `keypair`: the
 * one key of its model, which the service makes and keeps. `none`: whatever its image and its user data provide.
 */
export type ServerSsh =
  | { readonly mode: 'ca'; readonly authorityId: string }
  | { readonly mode: 'keypair' }
  | { readonly mode: 'none' }

/** What of a server can be replaced. */
export interface ServerSpec {
  /** Id of an image. Another one than it has builds the server anew: its disk is lost. */
  readonly image: string
  /** Id of an instance type. */
  readonly flavor: string
  /** Something that cloud-init reads; compressed only without an authority. */
  readonly userData?: string | Uint8Array | undefined
  /** Default: none. */
  readonly publicIp?: boolean | undefined
  /** Ids of security groups of its network. Default: none. */
  readonly securityGroups?: readonly string[] | undefined
  /** CIDRs, besides its own addresses, that it may send from. Default: none. */
  readonly allowedSourceAddresses?: readonly string[] | undefined
  readonly tags?: Readonly<Record<string, string>> | undefined
}

/** A server that is wanted. */
export interface ServerParams extends ServerSpec {
  /** Also its host name: unique on its network, lower case letters, digits and hyphens. */
  readonly name: string
  /** Id of the network that it is on; its organization, project and region are the server's. */
  readonly network: string
  /** Default: mode `none`. */
  readonly ssh?: ServerSsh | undefined
}

/**
 * What a server shall be instead. What is left out gets its default, but user data: those that it has stay. A name, a
 * flavor or an SSH mode that is given has to be the one that it has.
 */
export interface ServerUpdate extends ServerSpec {
  readonly name?: string | undefined
  readonly ssh?: ServerSsh | undefined
}

/** Where a server is in its life. */
export type ServerPhase = 'Queued' | 'Pending' | 'Building' | 'Running' | 'Stopping' | 'Stopped'

/** Whether it is well. */
export type ServerHealth = 'healthy' | 'degraded' | 'errored' | 'unknown'

export interface ServerStatus {
  readonly phase: ServerPhase
  readonly health: ServerHealth
  /** The cloud's own words, with its fault text when there is one. */
  readonly message: string
}

/** A server, as it was when it was read. */
export interface Server extends ResourceScope {
  /** Follows from its network and its name. */
  readonly id: ServerId
  readonly name: string
  readonly network: string
  /** UUID of the model that it belongs to. */
  readonly identity: string
  readonly image: string
  readonly flavor: string
  readonly publicIp: boolean
  readonly securityGroups: readonly string[]
  readonly allowedSourceAddresses: readonly string[]
  readonly tags: Readonly<Record<string, string>>
  readonly ssh: ServerSsh
  readonly status: ServerStatus
  /** Those from outside have the scope `public`. */
  readonly addresses: readonly Address[]
  /** The cloud's own id; absent while the cloud does not have it. */
  readonly instanceId?: InstanceId
}

/** Which servers are meant: those that fit all that is said. */
export interface ServerFilter extends Partial<ResourceScope> {
  readonly network?: string | undefined
  /** Each `key=value`, and all of them on the server. */
  readonly tags?: readonly string[] | undefined
}
