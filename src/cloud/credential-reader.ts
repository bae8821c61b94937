import { didYouMean } from '../environ/nearest.ts'
import type { YamlContent, YamlFile } from '../files/yaml-file.ts'
import type { CloudCredential, Credential } from './credential.ts'
import { Secret } from './secret.ts'

/** Name of the map that the clouds stand in. */
export const ROOT = 'credentials'

export const DEFAULT_CREDENTIAL = 'default-credential'
export const DEFAULT_REGION = 'default-region'
export const AUTH_TYPE = 'auth-type'

/** Names of entries that are no credentials. */
export const OTHERS = [DEFAULT_CREDENTIAL, DEFAULT_REGION]

type Entries = Readonly<Record<string, unknown>>

const isMap = (value: unknown): value is Entries =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Reads credentials from the content of a file in the format of Juju's `credentials.yaml`, whose values are all texts. */
export class CredentialReader {
  readonly #file: YamlFile

  constructor(file: YamlFile) {
    this.#file = file
  }

  /** Clouds by name. @throws NotValidError when there is something else */
  clouds({ data }: YamlContent): Entries {
    const all = isMap(data) ? data[ROOT] || {} : undefined
    if (isMap(all)) return all
    throw this.#file.unreadable(`it has no map "${ROOT}"`)
  }

  /** Of one cloud: what is wrong with those of others does not matter. */
  ofCloud(content: YamlContent, cloud: string): CloudCredential {
    const all = this.clouds(content)
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
