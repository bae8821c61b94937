import type { CloudSpec } from '../cloud/spec.ts'
import type { CallOptions } from './options.ts'

/** Who opens and closes ports: each machine's own group, one group for the model, or nobody. */
export type FirewallMode = 'instance' | 'global' | 'none'

/**
 * The configuration of a model: an immutable value, validated. `attrs` holds every attribute under its own name
 * (`firewall-mode`, `authorized-keys`, the provider's …); the members are the ones that the framework itself reads.
 */
export interface ModelConfig {
  readonly name: string
  /** The provider's type: `openstack`. */
  readonly type: string
  readonly uuid: string
  readonly firewallMode: FirewallMode
  /** Public SSH keys, one a line. */
  readonly authorizedKeys: string
  /** Operating system and version of new machines: `ubuntu@24.04`. */
  readonly defaultBase: string
  /** The user's own tags, put on everything that is created. */
  readonly resourceTags: Readonly<Record<string, string>>
  /** Whether certificates of the cloud's endpoints are verified. */
  readonly sslHostnameVerification: boolean
  /** Version of the agents that machines run: `3.6.1`. */
  readonly agentVersion: string | undefined
  /** Stream that agents are taken from: `released`. */
  readonly agentStream: string
  /** Where agents are looked for first: a URL or a directory. */
  readonly agentMetadataUrl: string | undefined
  /** Whether the official source of agents is left out. */
  readonly agentMetadataDefaultsDisabled: boolean
  /** Stream that images are taken from: `released`, `daily`. */
  readonly imageStream: string
  /** Where image metadata is looked for first: a URL or a directory. */
  readonly imageMetadataUrl: string | undefined
  /** Whether the official source of image metadata is left out. */
  readonly imageMetadataDefaultsDisabled: boolean
  /** CIDRs that may reach machines by SSH. */
  readonly sshAllow: readonly string[]
  /** Space that machines are in when nothing else is said; '' for any. */
  readonly defaultSpace: string
  /** Whether a new machine updates its list of packages. */
  readonly enableOsRefreshUpdate: boolean
  /** Whether a new machine upgrades its packages. */
  readonly enableOsUpgrade: boolean
  /** The user's own cloud-config for new machines: a YAML map without `users`, `runcmd` and `bootcmd`. */
  readonly cloudinitUserdata: string | undefined
  readonly attrs: Readonly<Record<string, unknown>>
  /** The attributes that the framework does not know: the provider's. */
  readonly unknownAttrs: Readonly<Record<string, unknown>>
}

/** The configuration of a controller. */
export interface ControllerConfig {
  readonly 'controller-uuid': string
  readonly 'controller-name': string
  /** Port of the controller's API. */
  readonly 'api-port': number
  readonly 'ca-cert'?: string
  readonly [attribute: string]: unknown
}

/** Gives the configuration that an environ was made with, or that was set since (Juju: `ConfigGetter`). */
export interface ConfigGetter {
  config(): ModelConfig
}

/** Reads a model's configuration and cloud from wherever they are kept (Juju: `EnvironConfigGetter`). */
export interface EnvironConfigGetter {
  modelConfig(options?: CallOptions): Promise<ModelConfig>
  cloudSpec(modelUuid: string, options?: CallOptions): Promise<CloudSpec>
}
