import { join } from 'node:path'
import { NotFoundError } from '../environ/errors.ts'
import { didYouMean } from '../environ/nearest.ts'
import type { CallOptions } from '../environ/options.ts'
import { type YamlContent, YamlFile } from '../files/yaml-file.ts'
import type { CloudCredential, Credential } from './credential.ts'
import { Secret } from './secret.ts'

/** What is used when nothing else is asked for; `undefined` leaves it as it is, and an empty text takes it back. */
export interface CredentialDefaults {
  readonly credential?: string
  readonly region?: string
}

/** Keeps the credentials that a user added on this client (Juju: `jujuclient.CredentialStore`). */
export interface CredentialStore {
  /** Names of the clouds that have credentials or defaults. */
  clouds(options?: CallOptions): Promise<readonly string[]>
  /** Of one cloud; nothing is known of a cloud that was never added. Only the schema tells which attributes may be shown: all are secrets. */
  get(cloud: string, options?: CallOptions): Promise<CloudCredential>
  /** Adds a credential, or replaces it. */
  put(cloud: string, name: string, credential: Credential): Promise<void>
  /** @throws NotFoundError when the default credential is none of the cloud's */
  setDefaults(cloud: string, defaults: CredentialDefaults): Promise<void>
  /** A name that is not there is no error. */
  remove(cloud: string, name: string): Promise<void>
}

const FILE = 'credentials.yaml'
const ROOT = 'credentials'

const DEFAULT_CREDENTIAL = 'default-credential'
const DEFAULT_REGION = 'default-region'
const AUTH_TYPE = 'auth-type'

/** Names of entries that are no credentials. */
const OTHERS = [DEFAULT_CREDENTIAL, DEFAULT_REGION]

type Entries = Readonly<Record<string, unknown>>

const isMap = (value: unknown): value is Entries =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Keeps credentials in `credentials.yaml`, in Juju's format and of mode 0600. What is wrong with one cloud's does not matter to others. */
export class FileCredentialStore implements CredentialStore {
  readonly #file: YamlFile

  constructor(directory: string) {
    this.#file = new YamlFile(join(directory, FILE), { plainText: true })
  }

  async clouds(): Promise<readonly string[]> {
    return Object.keys(this.#all(await this.#file.read()))
  }

  async get(cloud: string): Promise<CloudCredential> {
    return this.#ofCloud(await this.#file.read(), cloud)
  }

  async put(cloud: string, name: string, { authType, attributes }: Credential): Promise<void> {
    await this.#file.change((content) => {
      this.#all(content)
      content.set([ROOT, cloud, name], { [AUTH_TYPE]: authType, ...attributes })
    })
  }

  async setDefaults(cloud: string, { credential, region }: CredentialDefaults): Promise<void> {
    await this.#file.change((content) => {
      const names = Object.keys(this.#ofCloud(content, cloud).credentials)
      if (credential && !names.includes(credential)) {
        throw new NotFoundError(
          `credential "${credential}" of cloud "${cloud}" not found${didYouMean(credential, names)}`,
          {
            resource: `credential "${credential}"`,
            hint: `its credentials are: ${names.join(', ') || 'none'}`,
          },
        )
      }
      const set = (key: string, value?: string): void => {
        if (value !== undefined) content.set([ROOT, cloud, key], value || undefined)
      }
      set(DEFAULT_CREDENTIAL, credential)
      set(DEFAULT_REGION, region)
    })
  }

  async remove(cloud: string, name: string): Promise<void> {
    await this.#file.change((content) => {
      this.#all(content)
      content.set([ROOT, cloud, name], undefined)
      if (content.keys([ROOT, cloud]).length === 0) content.set([ROOT, cloud], undefined)
    })
  }

  #all({ data }: YamlContent): Entries {
    const all = isMap(data) ? data[ROOT] || {} : undefined
    if (isMap(all)) return all
    throw this.#file.unreadable(`it has no map "${ROOT}"`)
  }

  #ofCloud(content: YamlContent, cloud: string): CloudCredential {
    const all = this.#all(content)
    const entries = (Object.hasOwn(all, cloud) && all[cloud]) || {}
    const wrong = (reason: string, ...path: string[]) =>
      this.#file.unreadable(`line ${content.line([ROOT, cloud, ...path])}: ${reason}`)
    if (!isMap(entries)) throw wrong(`the credentials of cloud "${cloud}" are no map`)
    const credentials = Object.fromEntries(
      Object.entries(entries)
        .filter(([name]) => !OTHERS.includes(name))
        .map(([name, entry]) => [name, this.#credential(name, entry, (reason) => wrong(reason, name))]),
    )
    const text = (key: string): string => (typeof entries[key] === 'string' ? entries[key] : '')
    const [defaultCredential, defaultRegion] = [text(DEFAULT_CREDENTIAL), text(DEFAULT_REGION)]
    return {
      credentials,
      ...(Object.hasOwn(credentials, defaultCredential) ? { defaultCredential } : {}),
      ...(defaultRegion ? { defaultRegion } : {}),
    }
  }

  #credential(name: string, entry: unknown, wrong: (reason: string) => Error): Credential {
    if (!isMap(entry)) throw wrong(`credential "${name}" is no map${didYouMean(name, OTHERS)}`)
    const { [AUTH_TYPE]: authType, ...attributes } = entry
    if (typeof authType !== 'string' || authType === '')
      throw wrong(`credential "${name}" has no ${AUTH_TYPE}`)
    const inner = Object.entries(attributes).find(([, value]) => typeof value !== 'string')
    if (inner) throw wrong(`credential "${name}", ${inner[0]}: it is no text`)
    return {
      authType,
      attributes: Object.fromEntries(
        Object.entries(attributes).map(([key, value]) => [key, new Secret(String(value))]),
      ),
    }
  }
}
