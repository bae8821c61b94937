import type { Cloud, CloudRegion } from '../cloud/cloud.ts'
import type { CloudCredential, Credential, CredentialSchema } from '../cloud/credential.ts'
import type { CloudSpec } from '../cloud/spec.ts'
import type { ModelConfig } from './config.ts'
import type { Environ } from './environ.ts'
import type { CallOptions } from './options.ts'

/** What `open` is told (Juju: `OpenParams`). */
export interface OpenParams {
  readonly cloud: CloudSpec
  readonly config: ModelConfig
  /** UUID of the controller that manages the model (Juju 3.6). */
  readonly controllerUuid?: string
}

/** Opens an environ: `provider.open`, or `newEnviron` which finds the provider first (Juju: `NewEnvironFunc`). */
export type NewEnvironFunc = (params: OpenParams, options?: CallOptions) => Promise<Environ>

/** What `prepareConfig` is told (Juju: `PrepareConfigParams`). */
export interface PrepareConfigParams {
  readonly cloud: CloudSpec
  readonly config: ModelConfig
}

/** How a finalised credential may talk to its user (Juju: `FinalizeCredentialContext`). */
export interface FinalizeCredentialContext {
  info(message: string): void
  readonly signal?: AbortSignal
}

/** What `finalizeCredential` is told (Juju: `FinalizeCredentialParams`). */
export interface FinalizeCredentialParams {
  readonly credential: Credential
  readonly cloudName?: string
  readonly cloudEndpoint?: string
  readonly cloudIdentityEndpoint?: string
  readonly cloudStorageEndpoint?: string
}

/** The credentials of a provider's clouds (Juju: `ProviderCredentials`). */
export interface ProviderCredentials {
  /** Auth type to its attributes: enough to validate a credential or to ask for one. */
  credentialSchemas(): Readonly<Record<string, CredentialSchema>>
  /**
   * Credentials found in the environment and in files, for one cloud or for all.
   * @throws NotFoundError when there is none
   */
  detectCredentials(cloudName?: string, options?: CallOptions): Promise<CloudCredential>
  /** Completes a credential; even its auth type may change. */
  finalizeCredential(
    context: FinalizeCredentialContext,
    params: FinalizeCredentialParams,
  ): Promise<Credential>
}

/** A kind of cloud (Juju: `EnvironProvider`). */
export interface EnvironProvider extends ProviderCredentials {
  /** Its machines exist in memory only: nobody can log in to them. */
  readonly imaginary?: true
  /**
   * The validated configuration, perhaps completed; with `old`, also checks that what is immutable stays.
   * @throws NotValidError naming the attribute
   */
  validate(config: ModelConfig, old?: ModelConfig): Promise<ModelConfig>
  /** Prepares the configuration of a new model. Deterministic: what must be unique derives from the model's UUID. */
  prepareConfig(params: PrepareConfigParams): Promise<ModelConfig>
  /** Opens an environ. Cheap: makes no request. */
  open(params: OpenParams): Promise<Environ>
}

/** A provider that tells all its configuration attributes (Juju: `ProviderSchema`). */
export interface ProviderSchema {
  schema(): Readonly<Record<string, ConfigAttribute>>
}

/** What a text has to be, or each item of a list, or a map: see `src/config/formats.ts`. */
export type ConfigFormat =
  | 'name'
  | 'uuid'
  | 'base'
  | 'version'
  | 'url'
  | 'source'
  | 'proxy'
  | 'logging'
  | 'cidr'
  | 'fan'
  | 'resource-tags'
  | 'cloudinit'

/** One attribute of a model's or a controller's configuration. */
export interface ConfigAttribute {
  readonly description: string
  /** A duration is a text such as `1h30m`, a size one such as `5G`, a list one of texts, a map one of texts to texts. */
  readonly type: 'string' | 'bool' | 'int' | 'map' | 'list' | 'duration' | 'size'
  /** Absent: the attribute may be unset, and an empty text unsets it. */
  readonly default?: unknown
  /** The only values that there are. */
  readonly values?: readonly unknown[]
  readonly format?: ConfigFormat
  /** Bounds, written as the value is: `1`, `1m`. */
  readonly min?: number | string
  readonly max?: number | string
  /** Heading that it is documented under. */
  readonly group?: string
  readonly required?: boolean
  /** Stays as it was when the model was made. */
  readonly immutable?: boolean
  /** May be changed, and not unset again. */
  readonly keptOnceSet?: boolean
  /** Its values are of type `Secret`. */
  readonly secret?: boolean
}

/** A provider that can upgrade an old configuration, any number of times (Juju: `ModelConfigUpgrader`). */
export interface ModelConfigUpgrader {
  upgradeConfig(config: ModelConfig): Promise<ModelConfig>
}

/** A provider that finds regions in the environment (Juju: `CloudRegionDetector`). */
export interface CloudRegionDetector {
  /**
   * The first one is the default.
   * @throws NotFoundError when there is none
   */
  detectRegions(options?: CallOptions): Promise<readonly CloudRegion[]>
}

/** A provider that finds whole clouds in the environment (Juju 2.1: `CloudDetector`). */
export interface CloudDetector {
  detectClouds(options?: CallOptions): Promise<readonly Cloud[]>
  /** @throws NotFoundError when there is no cloud of that name */
  detectCloud(name: string, options?: CallOptions): Promise<Cloud>
  /** The cloud that the environment chooses, if it does (OpenStack: `OS_CLOUD`). */
  defaultCloudName?(options?: CallOptions): Promise<string | undefined>
}

/** A provider that can tell whether such a cloud is at a URL (Juju: `EnvironProvider.Ping`). */
export interface CloudPinger {
  /** Sends no credential. @throws NotFoundError or UnavailableError when there is none */
  ping(endpoint: string, options?: CallOptions): Promise<void>
}

/** Registers and finds providers (Juju: `ProviderRegistry`). */
export interface ProviderRegistry {
  /**
   * @returns a function that takes the registration back
   * @throws AlreadyExistsError when the type or an alias is taken; then nothing was registered
   */
  registerProvider(provider: EnvironProvider, type: string, ...aliases: readonly string[]): () => void
  /** Types, sorted, without aliases. */
  registeredProviders(): readonly string[]
  /** @throws NotFoundError listing what is registered */
  provider(typeOrAlias: string): EnvironProvider
}
