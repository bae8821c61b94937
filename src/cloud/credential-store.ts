import { join } from 'node:path'
import { AlreadyExistsError, NotFoundError, NotValidError } from '../environ/errors.ts'
import { didYouMean } from '../environ/nearest.ts'
import type { CallOptions } from '../environ/options.ts'
import { type YamlContent, YamlFile } from '../files/yaml-file.ts'
import type { CloudCredential, Credential } from './credential.ts'
import {
  AUTH_TYPE,
  CredentialReader,
  DEFAULT_CREDENTIAL,
  DEFAULT_REGION,
  OTHERS,
  ROOT,
} from './credential-reader.ts'

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
  /** @throws AlreadyExistsError, NotValidError for a name that is none */
  add(cloud: string, name: string, credential: Credential): Promise<void>
  /** Adds a credential, or replaces it. @throws NotValidError for a name that is none */
  put(cloud: string, name: string, credential: Credential): Promise<void>
  /** @throws NotFoundError when the default credential is none of the cloud's */
  setDefaults(cloud: string, defaults: CredentialDefaults): Promise<void>
  /** A name that is not there is no error. */
  remove(cloud: string, name: string): Promise<void>
}

const FILE = 'credentials.yaml'

function checkName(name: string): void {
  if (name !== '' && !OTHERS.includes(name)) return
  throw new NotValidError(`"${name}" is not a name for a credential`, { hint: 'choose another one' })
}

/** Keeps credentials in `credentials.yaml`, in Juju's format and of mode 0600. What is wrong with one cloud's does not matter to others. */
export class FileCredentialStore implements CredentialStore {
  readonly #file: YamlFile
  readonly #reader: CredentialReader

  constructor(directory: string) {
    this.#file = new YamlFile(join(directory, FILE), { plainText: true })
    this.#reader = new CredentialReader(this.#file)
  }

  async clouds(): Promise<readonly string[]> {
    return Object.keys(this.#reader.clouds(await this.#file.read()))
  }

  async get(cloud: string): Promise<CloudCredential> {
    return this.#reader.ofCloud(await this.#file.read(), cloud)
  }

  async add(cloud: string, name: string, credential: Credential): Promise<void> {
    await this.#write(cloud, name, credential, (content) => {
      if (!content.keys([ROOT, cloud]).includes(name)) return
      throw new AlreadyExistsError(`credential "${name}" of cloud "${cloud}" already exists`, {
        resource: `credential "${name}"`,
        hint: 'choose another name, or update that credential',
      })
    })
  }

  async put(cloud: string, name: string, credential: Credential): Promise<void> {
    await this.#write(cloud, name, credential, () => undefined)
  }

  async setDefaults(cloud: string, { credential, region }: CredentialDefaults): Promise<void> {
    await this.#file.change((content) => {
      const names = Object.keys(this.#reader.ofCloud(content, cloud).credentials)
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
      this.#reader.clouds(content)
      content.set([ROOT, cloud, name], undefined)
      if (content.keys([ROOT, cloud]).length === 0) content.set([ROOT, cloud], undefined)
    })
  }

  async #write(
    cloud: string,
    name: string,
    { authType, attributes }: Credential,
    check: (content: YamlContent) => void,
  ): Promise<void> {
    checkName(name)
    await this.#file.change((content) => {
      this.#reader.clouds(content)
      check(content)
      content.set([ROOT, cloud, name], { [AUTH_TYPE]: authType, ...attributes })
    })
  }
}
