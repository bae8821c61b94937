import {
  detectsClouds,
  EnvironsError,
  findError,
  NotFoundError,
  NotValidError,
  type CallOptions,
  type CloudDetector,
  type EnvironProvider,
  type ProviderRegistry,
} from '../environ/index.ts'
import type { Cloud } from './cloud.ts'
import type { Credential } from './credential.ts'
import { type CloudSpec, makeCloudSpec } from './spec.ts'

/** Which cloud, region and credential are wanted; what is left out is chosen when there is only one choice. */
export interface CloudQuery {
  readonly cloud?: string
  readonly region?: string
  readonly credential?: string
}

/** A cloud that was found, and the credential for it. */
export interface FoundCloud {
  readonly spec: CloudSpec
  readonly credentialName: string
  /** Default configuration of models on this cloud. */
  readonly config: Readonly<Record<string, unknown>>
}

const HOW_TO_ADD_A_CLOUD = 'write a clouds.yaml, or set OS_AUTH_URL and its kin'

/** Finds clouds and credentials where their own tools keep them, by asking each provider that can detect them. */
export class CloudFinder {
  readonly #providers: ProviderRegistry

  constructor(providers: ProviderRegistry) {
    this.#providers = providers
  }

  /** Every cloud that is found, by name. */
  async list(options?: CallOptions): Promise<readonly Cloud[]> {
    const found = await Promise.all(this.#detectors().map((provider) => provider.detectClouds(options)))
    return found.flat().sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /**
   * @throws NotFoundError when there is no such cloud, region or credential, listing those that there are;
   *   NotValidError when one has to be chosen
   */
  async find(query: CloudQuery = {}, options?: CallOptions): Promise<FoundCloud> {
    const cloud = await this.#cloud(query.cloud, options)
    const provider = this.#providers.provider(cloud.type)
    const { name, credential, defaultRegion } = await this.#credential(
      provider,
      cloud,
      query.credential,
      options,
    )
    const spec = makeCloudSpec(cloud, query.region ?? defaultRegion, credential)
    const finalized = await provider.finalizeCredential(
      { info: () => undefined, ...(options?.signal ? { signal: options.signal } : {}) },
      {
        credential,
        cloudName: cloud.name,
        ...(spec.endpoint === undefined ? {} : { cloudEndpoint: spec.endpoint }),
        ...(spec.identityEndpoint === undefined ? {} : { cloudIdentityEndpoint: spec.identityEndpoint }),
        ...(spec.storageEndpoint === undefined ? {} : { cloudStorageEndpoint: spec.storageEndpoint }),
      },
    )
    return { spec: { ...spec, credential: finalized }, credentialName: name, config: cloud.config ?? {} }
  }

  #detectors(): (EnvironProvider & CloudDetector)[] {
    return this.#providers
      .registeredProviders()
      .map((type) => this.#providers.provider(type))
      .filter(detectsClouds)
  }

  async #cloud(name: string | undefined, options?: CallOptions): Promise<Cloud> {
    const wanted = name ?? (await this.#defaultName(options))
    return wanted === undefined ? await this.#onlyCloud(options) : await this.#namedCloud(wanted, options)
  }

  async #onlyCloud(options?: CallOptions): Promise<Cloud> {
    const clouds = await this.list(options)
    const [cloud] = clouds
    if (cloud && clouds.length === 1) return cloud
    if (!cloud) throw new NotFoundError('no cloud found', { resource: 'cloud', hint: HOW_TO_ADD_A_CLOUD })
    throw new NotValidError('there are several clouds, and none was chosen', {
      hint: `choose one of: ${clouds.map(({ name }) => name).join(', ')}`,
    })
  }

  /** Each detector is asked for that cloud only, so that what is wrong with others does not matter. */
  async #namedCloud(name: string, options?: CallOptions): Promise<Cloud> {
    const answers = await Promise.allSettled(
      this.#detectors().map((detector) => detector.detectCloud(name, options)),
    )
    const matching = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
    const [cloud] = matching
    if (cloud && matching.length === 1) return cloud
    if (cloud) {
      const types = matching.map(({ type }) => type).join(', ')
      throw new NotValidError(`cloud "${name}" is known to several providers: ${types}`, {
        hint: 'rename it in one of their configurations',
      })
    }
    for (const answer of answers) {
      if (answer.status === 'rejected' && !findError(answer.reason, NotFoundError)) throw answer.reason
    }
    const names = (await this.list(options)).map((found) => found.name)
    throw new NotFoundError(`cloud "${name}" not found`, {
      resource: `cloud "${name}"`,
      hint: names.length > 0 ? `the clouds found are: ${names.join(', ')}` : HOW_TO_ADD_A_CLOUD,
    })
  }

  async #defaultName(options?: CallOptions): Promise<string | undefined> {
    for (const detector of this.#detectors()) {
      const name = await detector.defaultCloudName?.(options)
      if (name !== undefined) return name
    }
    return undefined
  }

  async #credential(
    provider: EnvironProvider,
    cloud: Cloud,
    wanted: string | undefined,
    options?: CallOptions,
  ): Promise<{ name: string; credential: Credential; defaultRegion?: string }> {
    const { credentials, defaultCredential, defaultRegion } = await this.#detectCredentials(
      provider,
      cloud,
      options,
    )
    const names = Object.keys(credentials).sort()
    const name = wanted ?? defaultCredential ?? (names.length === 1 ? names[0] : undefined)
    if (name === undefined) {
      throw new NotValidError(`cloud "${cloud.name}" has several credentials, and none was chosen`, {
        hint: `choose one of: ${names.join(', ')}`,
      })
    }
    const credential = credentials[name]
    if (!credential) {
      throw new NotFoundError(`credential "${name}" of cloud "${cloud.name}" not found`, {
        resource: `credential "${name}"`,
        hint: `the credentials found are: ${names.join(', ')}`,
      })
    }
    return { name, credential, ...(defaultRegion === undefined ? {} : { defaultRegion }) }
  }

  async #detectCredentials(provider: EnvironProvider, cloud: Cloud, options?: CallOptions) {
    try {
      const found = await provider.detectCredentials(cloud.name, options)
      if (Object.keys(found.credentials).length > 0) return found
      throw new NotFoundError('no credentials found')
    } catch (error) {
      if (!findError(error, NotFoundError)) throw error
      throw new NotFoundError(`no credential found for cloud "${cloud.name}"`, {
        cause: error,
        resource: `cloud "${cloud.name}"`,
        hint:
          error instanceof EnvironsError && error.hint ? error.hint : 'add one where the cloud is configured',
      })
    }
  }
}
