import {
  EnvironsError,
  findError,
  NotFoundError,
  NotSupportedError,
  NotValidError,
} from '../environ/errors.ts'
import { didYouMean } from '../environ/nearest.ts'
import type { CallOptions } from '../environ/options.ts'
import type { EnvironProvider } from '../environ/provider.ts'
import type { Cloud } from './cloud.ts'
import type { CloudCredential, Credential } from './credential.ts'
import { finalizeCredential } from './credential-schema.ts'

/** Where credentials of a cloud come from. */
interface CredentialSources {
  readonly provider: EnvironProvider
  readonly cloud: Cloud
  /** Those that the user added. */
  readonly stored: CloudCredential
  /** Whether the user added the cloud. */
  readonly isAdded: () => Promise<boolean>
}

/** The credential that is used, and the region that goes with it. */
interface ChosenCredential {
  readonly name: string
  readonly credential: Credential
  readonly defaultRegion?: string
}

async function detected(
  { provider, cloud, stored, isAdded }: CredentialSources,
  options?: CallOptions,
): Promise<CloudCredential> {
  try {
    const found = await provider.detectCredentials(cloud.name, options)
    if (Object.keys(found.credentials).length > 0) return found
    throw new NotFoundError('no credentials found')
  } catch (error) {
    if (!findError(error, NotFoundError)) throw error
    if (Object.keys(stored.credentials).length > 0) return { credentials: {} }
    const added = await isAdded()
    const hint = !added && error instanceof EnvironsError ? error.hint : undefined
    throw new NotFoundError(`no credential found for cloud "${cloud.name}"`, {
      cause: error,
      resource: `cloud "${cloud.name}"`,
      hint:
        hint ||
        (added
          ? `add one: "environs add-credential ${cloud.name}"`
          : 'add one where the cloud is configured'),
    })
  }
}

/**
 * A credential as its schema finalises it, if the cloud takes such a one.
 * @throws NotSupportedError for its auth type, NotValidError for an attribute; see `finalizeCredential`
 */
export async function checkedCredential(
  credential: Credential,
  { provider, cloud }: Pick<CredentialSources, 'provider' | 'cloud'>,
): Promise<Credential> {
  const { authTypes } = cloud
  if (authTypes.length > 0 && !authTypes.includes(credential.authType)) {
    throw new NotSupportedError(`cloud "${cloud.name}" does not take auth type "${credential.authType}"`, {
      resource: `cloud "${cloud.name}"`,
      hint: `its auth types are: ${authTypes.join(', ')}`,
    })
  }
  return await finalizeCredential(credential, provider.credentialSchemas())
}

/**
 * Chooses a credential: the one that is named, the default one, or the only one; of those that the user added, else of
 * those that the provider finds.
 * @throws NotFoundError when there is none, or none of that name; NotValidError when one has to be chosen
 */
export async function chooseCredential(
  sources: CredentialSources,
  wanted: string | undefined,
  options?: CallOptions,
): Promise<ChosenCredential> {
  const { cloud, stored } = sources
  const added = Object.keys(stored.credentials)
  const isStored = wanted === undefined ? added.length > 0 : added.includes(wanted)
  const found = isStored ? stored : await detected(sources, options)
  const names = Object.keys(found.credentials).sort()
  const name = wanted ?? found.defaultCredential ?? (names.length === 1 ? names[0] : undefined)
  if (name === undefined) {
    throw new NotValidError(`cloud "${cloud.name}" has several credentials, and none was chosen`, {
      resource: `cloud "${cloud.name}"`,
      hint: `choose one of: ${names.join(', ')}`,
    })
  }
  const credential = Object.hasOwn(found.credentials, name) ? found.credentials[name] : undefined
  if (!credential) {
    const all = [...new Set([...added, ...names])].sort()
    throw new NotFoundError(
      `credential "${name}" of cloud "${cloud.name}" not found${didYouMean(name, all)}`,
      { resource: `credential "${name}"`, hint: `the credentials found are: ${all.join(', ')}` },
    )
  }
  const defaultRegion = stored.defaultRegion ?? found.defaultRegion
  return {
    name,
    credential: isStored ? await checkedCredential(credential, sources) : credential,
    ...(defaultRegion === undefined ? {} : { defaultRegion }),
  }
}
