import {
  type CallOptions,
  type Cloud,
  type CloudCredential,
  type CloudDetector,
  type CloudPinger,
  type CloudRegion,
  type CloudRegionDetector,
  type ConfigSchema,
  type Credential,
  type CredentialSchema,
  type Environ,
  type EnvironProvider,
  EnvironsError,
  type FinalizeCredentialContext,
  type FinalizeCredentialParams,
  findError,
  type ModelConfig,
  type ModelConfigUpgrader,
  NotFoundError,
  NotSupportedError,
  NotValidError,
  type OpenParams,
  type PrepareConfigParams,
  type ProviderSchema,
  type ProviderServices,
  validateConfigChange,
} from 'cloud-environs/provider'
import { type CloudConfigs, loadCloudConfigs, type OpenStackCloudConfig } from './api/index.ts'
import { Coalescer } from './api/service/coalescer.ts'
import { configuredCloud, PROVIDER_TYPE } from './clouds.ts'
import { ATTRIBUTES, prepareAttributes, validateAttributes, withoutDeprecated } from './config.ts'
import { connectTo, trustOf } from './connection.ts'
import { configuredCredential, CREDENTIAL_SCHEMAS, validateCredential, withDomains } from './credentials.ts'
import { OpenStackEnviron } from './environ.ts'
import { SERVER_PREFIX } from './names.ts'
import { withNovarc } from './novarc.ts'
import { pingIdentity } from './ping.ts'

/** OpenStack. */
export class OpenStackProvider
  implements
    EnvironProvider,
    ProviderSchema,
    ModelConfigUpgrader,
    CloudDetector,
    CloudRegionDetector,
    CloudPinger
{
  readonly #services: ProviderServices

  constructor(services: ProviderServices) {
    this.#services = services
  }

  schema(): ConfigSchema {
    return ATTRIBUTES
  }

  credentialSchemas(): Readonly<Record<string, CredentialSchema>> {
    return CREDENTIAL_SCHEMAS
  }

  /** Clouds of `clouds.yaml`, and the one of the `OS_*` variables or of `~/.novarc`. */
  async detectClouds(): Promise<readonly Cloud[]> {
    return await Promise.all((await this.#usable()).map(configuredCloud))
  }

  async detectCloud(name: string): Promise<Cloud> {
    return await configuredCloud((await this.#configs()).get(name))
  }

  async defaultCloudName(): Promise<string | undefined> {
    return (await this.#configs()).defaultName()
  }

  async detectRegions(): Promise<readonly CloudRegion[]> {
    const configs = await this.#configs()
    const name = configs.defaultName()
    const regions = name === undefined ? [] : (await configuredCloud(configs.get(name))).regions
    if (regions.length > 0) return regions
    throw new NotFoundError('no region found', { hint: 'set OS_REGION_NAME, or region_name in clouds.yaml' })
  }

  async detectCredentials(cloudName?: string): Promise<CloudCredential> {
    const wanted = cloudName === undefined ? await this.#usable() : [(await this.#configs()).get(cloudName)]
    const credentials = Object.fromEntries(
      wanted.map((config) => [config.name, configuredCredential(config)]),
    )
    const [only] = wanted
    if (!only)
      throw new NotFoundError('no openstack credentials found', {
        hint: 'write a clouds.yaml, or set OS_AUTH_URL and its kin',
      })
    return {
      credentials,
      ...(wanted.length === 1 ? { defaultCredential: only.name } : {}),
      ...(wanted.length === 1 && only.region !== undefined ? { defaultRegion: only.region } : {}),
    }
  }

  async finalizeCredential(
    _context: FinalizeCredentialContext,
    { credential }: FinalizeCredentialParams,
  ): Promise<Credential> {
    validateCredential(credential)
    return withDomains(credential)
  }

  async ping(endpoint: string, { signal }: CallOptions = {}): Promise<void> {
    await pingIdentity(endpoint, this.#services, signal)
  }

  async validate(config: ModelConfig, old?: ModelConfig): Promise<ModelConfig> {
    if (config.type !== PROVIDER_TYPE)
      throw new NotValidError(`model type "${config.type}" is not ${PROVIDER_TYPE}`)
    if (old) await validateConfigChange(config, old, ATTRIBUTES)
    return await validateAttributes(config, this.#services.logger)
  }

  async upgradeConfig(config: ModelConfig): Promise<ModelConfig> {
    return await withoutDeprecated(config, this.#services.logger)
  }

  async prepareConfig({ config }: PrepareConfigParams): Promise<ModelConfig> {
    return await prepareAttributes(await this.validate(config))
  }

  async open({ cloud, config, controllerUuid }: OpenParams): Promise<Environ> {
    const connection = connectTo(cloud, config, this.#services)
    return new OpenStackEnviron({
      provider: this,
      config,
      controllerUuid,
      endpoint: cloud.endpoint ?? '',
      scope: {
        connection,
        services: this.#services,
        coalescer: new Coalescer(),
        watcher: connection.compute.servers.watcher({ name: `^${SERVER_PREFIX}` }),
        tls: trustOf(cloud, config),
        region: cloud.region ?? '',
      },
    })
  }

  async #configs(): Promise<CloudConfigs> {
    return await loadCloudConfigs(await withNovarc(this.#services.host))
  }

  /** The clouds that have a credential for this provider. One with a mistake in it does not hide the others. */
  async #usable(): Promise<readonly OpenStackCloudConfig[]> {
    const configs = await this.#configs()
    return configs.names().flatMap((name) => {
      try {
        const config = configs.get(name)
        configuredCredential(config)
        return config.auth.authUrl === undefined ? [] : [config]
      } catch (error) {
        if (!(error instanceof EnvironsError)) throw error
        if (!findError(error, NotSupportedError))
          this.#services.logger.warn('a cloud is left out', { cloud: name, error })
        return []
      }
    })
  }
}
