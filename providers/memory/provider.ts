import {
  type Cloud,
  type CloudCredential,
  type CloudDetector,
  type ConfigSchema,
  type Credential,
  type CredentialSchema,
  type Environ,
  type EnvironProvider,
  type FinalizeCredentialContext,
  type FinalizeCredentialParams,
  type Logger,
  type ModelConfig,
  NotFoundError,
  type OpenParams,
  type PrepareConfigParams,
  type ProviderSchema,
  validateConfigChange,
  validateProviderAttributes,
} from 'cloud-environs/provider'
import type { MemoryCloud } from './cloud.ts'
import { MemoryEnviron } from './environ.ts'

const CLOUD: Cloud = {
  name: 'memory',
  type: 'memory',
  description: 'a cloud in the memory of this process',
  authTypes: ['empty'],
  endpoint: 'memory:',
  regions: [{ name: 'memory' }],
}

/** The provider's own attributes of a model's configuration: none. */
const ATTRIBUTES: ConfigSchema = {}

/** The provider: it knows its one cloud, needs no credential, and opens environs. */
export class MemoryProvider implements EnvironProvider, ProviderSchema, CloudDetector {
  readonly imaginary = true
  readonly #cloud: MemoryCloud
  readonly #logger: Logger

  constructor(cloud: MemoryCloud, logger: Logger) {
    this.#cloud = cloud
    this.#logger = logger
  }

  schema(): ConfigSchema {
    return ATTRIBUTES
  }

  /** None: a cloud that ends with this process is used by those who ask for it by name, never by default. */
  async detectClouds(): Promise<readonly Cloud[]> {
    return []
  }

  async detectCloud(name: string): Promise<Cloud> {
    if (name === CLOUD.name) return CLOUD
    throw new NotFoundError(`cloud "${name}" not found`, {
      hint: `the memory provider has one cloud: ${CLOUD.name}`,
    })
  }

  credentialSchemas(): Readonly<Record<string, CredentialSchema>> {
    return { empty: [] }
  }

  async detectCredentials(): Promise<CloudCredential> {
    return { credentials: { default: { authType: 'empty', attributes: {} } } }
  }

  async finalizeCredential(
    _context: FinalizeCredentialContext,
    { credential }: FinalizeCredentialParams,
  ): Promise<Credential> {
    return credential
  }

  async validate(config: ModelConfig, old?: ModelConfig): Promise<ModelConfig> {
    if (old) await validateConfigChange(config, old)
    return await validateProviderAttributes(config, ATTRIBUTES, this.#logger)
  }

  async prepareConfig({ config }: PrepareConfigParams): Promise<ModelConfig> {
    return await this.validate(config)
  }

  /** Cheap: nothing is asked of the cloud yet. */
  async open({ config }: OpenParams): Promise<Environ> {
    return new MemoryEnviron({ provider: this, cloud: this.#cloud, config })
  }
}
