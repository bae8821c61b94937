import {
  type CallOptions,
  type CloudCredential,
  type CloudPinger,
  type ConfigSchema,
  type Credential,
  type CredentialSchema,
  type Environ,
  type EnvironProvider,
  finalizeCredential,
  type FinalizeCredentialContext,
  type FinalizeCredentialParams,
  type ModelConfig,
  type OpenParams,
  type PrepareConfigParams,
  type ProviderSchema,
  type ProviderServices,
  shownHostKey,
  validateConfigChange,
} from 'cloud-environs/provider'
import { ATTRIBUTES, validateAttributes } from './config.ts'
import { HostConnector } from './connection.ts'
import { CREDENTIAL_SCHEMAS, detectCredential, loginOf } from './credentials.ts'
import { ManualEnviron } from './environ.ts'
import { parseHost } from './host.ts'
import { KnownHosts } from './known-hosts.ts'

/** Machines that exist already. */
export class ManualProvider implements EnvironProvider, ProviderSchema, CloudPinger {
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

  async detectCredentials(): Promise<CloudCredential> {
    return await detectCredential(this.#services.host)
  }

  async finalizeCredential(
    _context: FinalizeCredentialContext,
    { credential }: FinalizeCredentialParams,
  ): Promise<Credential> {
    return await finalizeCredential(credential, CREDENTIAL_SCHEMAS)
  }

  /** Whether SSH answers at the host that is to be the controller. */
  async ping(endpoint: string, { signal }: CallOptions = {}): Promise<void> {
    const { dialer } = this.#services
    await shownHostKey({ host: parseHost(endpoint).address }, { dialer, signal })
  }

  async validate(config: ModelConfig, old?: ModelConfig): Promise<ModelConfig> {
    if (old) await validateConfigChange(config, old, ATTRIBUTES)
    return await validateAttributes(config, this.#services.logger)
  }

  async prepareConfig({ config }: PrepareConfigParams): Promise<ModelConfig> {
    return await this.validate(config)
  }

  async open({ cloud, config, controllerUuid }: OpenParams): Promise<Environ> {
    const { dialer, host, clock } = this.#services
    const login = loginOf(cloud)
    return new ManualEnviron({
      provider: this,
      connector: new HostConnector({ dialer, login, knownHosts: new KnownHosts(host) }),
      clock,
      config,
      controllerHost: cloud.endpoint === undefined ? undefined : parseHost(cloud.endpoint),
      controllerUuid,
    })
  }
}
