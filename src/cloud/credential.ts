import { Secret } from './secret.ts'

/** One attribute of a credential. */
export interface CredentialAttribute {
  readonly name: string
  readonly description: string
  /** Secret: never shown. */
  readonly hidden?: boolean
  readonly optional?: boolean
  /** The only values it may have. */
  readonly options?: readonly string[]
  /** An attribute that may be given instead: it names a file with the value. */
  readonly fileAttr?: string
  /** The value is the path of a file; it is made absolute, and the file must exist. */
  readonly filePath?: boolean
  /** The value may be the path of a file, which is replaced by what is in it, or a PEM text. */
  readonly expandFilePath?: boolean
}

/** The attributes of one auth type, in the order to ask for them. */
export type CredentialSchema = readonly CredentialAttribute[]

/** A way to prove to a cloud who one is (Juju: `cloud.Credential`). Hidden attributes are {@link Secret}s. */
export interface Credential {
  /** `userpass`, `application-credential`, … as the provider's schemas name them. */
  readonly authType: string
  readonly attributes: Readonly<Record<string, string | Secret>>
  /** For lists: `user demo of project demo`. */
  readonly label?: string
}

/** The credentials of one cloud, or of the environment (Juju: `cloud.CloudCredential`). */
export interface CloudCredential {
  readonly defaultCredential?: string
  readonly defaultRegion?: string
  readonly credentials: Readonly<Record<string, Credential>>
}

/** The text of an attribute, revealed when it is secret. */
export function credentialText(credential: Credential, attribute: string): string | undefined {
  const value = credential.attributes[attribute]
  return value instanceof Secret ? value.reveal() : value
}
