import {
  detectsClouds,
  findError,
  NotFoundError,
  NotValidError,
  type CallOptions,
  type CloudDetector,
  type EnvironProvider,
  type ProviderRegistry,
} from '../environ/index.ts'
import { didYouMean } from '../environ/nearest.ts'
import { type Cloud, inheritedConfig } from './cloud.ts'
import type { CloudStore } from './cloud-store.ts'
import { chooseCredential } from './credential-choice.ts'
import type { CredentialStore } from './credential-store.ts'
import type { Imported } from './detected-import.ts'
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

const HOW_TO_ADD_A_CLOUD =
  'write a clouds.yaml of OpenStack, set OS_AUTH_URL and its kin, or add one ("environs add-cloud")'

/** What the user added on this client. */
export interface PersonalStores {
  readonly clouds: CloudStore
  readonly credentials: CredentialStore
}

/**
 * Finds clouds and credentials: those that the user added, then those where their own tools keep them, by asking each
 * provider that can detect them. A cloud that the user added hides one of the same name.
 */
export class CloudFinder {
  readonly #providers: ProviderRegistry
  readonly #personal: PersonalStores

  constructor(providers: ProviderRegistry, personal: PersonalStores) {
    this.#providers = providers
    this.#personal = personal
  }

  /** Every cloud that there is, by name. */
  async list(options?: CallOptions): Promise<readonly Cloud[]> {
    const [added, ...detected] = await Promise.all([
      this.#personal.clouds.all(options),
      ...this.#detectors().map((provider) => provider.detectClouds(options)),
    ])
    const names = added.map(({ name }) => name)
    const others = detected.flat().filter(({ name }) => !names.includes(name))
    return [...added, ...others].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** @throws NotFoundError listing the clouds, NotValidError when several providers know one of that name */
  async get(name: string, options?: CallOptions): Promise<Cloud> {
    try {
      return await this.#personal.clouds.get(name, options)
    } catch (error) {
      if (!findError(error, NotFoundError)) throw error
    }
    return await this.#detectedCloud(name, options)
  }

  /**
   * Keeps clouds that are detected, and their credentials, as if the user had added them: all, or those of these names.
   * Nothing that was added is replaced. Gives what became of each.
   * @throws NotFoundError when there is none of such a name
   */
  async import(names: readonly string[] = [], options?: CallOptions): Promise<readonly Imported[]> {
    const { importDetected } = await import('./detected-import.ts')
    const detecting = this.#detectors().map(async (provider) =>
      (await provider.detectClouds(options)).map((cloud) => ({ cloud, provider })),
    )
    const detected = (await Promise.all(detecting)).flat()
    const known = detected.map(({ cloud }) => cloud.name)
    const unknown = names.find((name) => !known.includes(name))
    if (unknown !== undefined) {
      throw new NotFoundError(`no cloud "${unknown}" is found${didYouMean(unknown, known)}`, {
        resource: `cloud "${unknown}"`,
        hint: `those found are: ${known.join(', ') || 'none'}`,
      })
    }
    const imported: Imported[] = []
    for (const each of detected) {
      if (names.length > 0 && !names.includes(each.cloud.name)) continue
      imported.push(...(await importDetected(each, this.#personal, options)))
    }
    return imported
  }

  /**
   * @throws NotFoundError when there is no such cloud, region or credential, listing those that there are;
   *   NotValidError when one has to be chosen
   */
  async find(query: CloudQuery = {}, options?: CallOptions): Promise<FoundCloud> {
    const cloud = await this.#cloud(query.cloud, options)
    const provider = this.#providers.provider(cloud.type)
    const { name, credential, defaultRegion } = await chooseCredential(
      {
        provider,
        cloud,
        stored: await this.#personal.credentials.get(cloud.name, options),
        isAdded: async () =>
          (await this.#personal.clouds.all(options)).some(({ name }) => name === cloud.name),
      },
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
    return {
      spec: { ...spec, credential: finalized },
      credentialName: name,
      config: inheritedConfig(cloud, spec.region),
    }
  }

  #detectors(): (EnvironProvider & CloudDetector)[] {
    return this.#providers
      .registeredProviders()
      .map((type) => this.#providers.provider(type))
      .filter(detectsClouds)
  }

  async #cloud(name: string | undefined, options?: CallOptions): Promise<Cloud> {
    const wanted = name ?? (await this.#defaultName(options))
    return wanted === undefined ? await this.#onlyCloud(options) : await this.get(wanted, options)
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
  async #detectedCloud(name: string, options?: CallOptions): Promise<Cloud> {
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
    throw new NotFoundError(`cloud "${name}" not found${didYouMean(name, names)}`, {
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
}
