import { EnvironsError, findError, NotFoundError } from '../environ/errors.ts'
import type { CallOptions } from '../environ/options.ts'
import type { EnvironProvider } from '../environ/provider.ts'
import type { Cloud } from './cloud.ts'
import { type CloudCredential, type Credential, credentialText } from './credential.ts'
import { checkedCredential } from './credential-choice.ts'
import type { PersonalStores } from './finder.ts'

/** What became of a detected cloud, or of one of its credentials. */
export interface Imported {
  readonly cloud: string
  /** Absent: it is about the cloud. */
  readonly credential?: string
  /** `unchanged`: the same was there already; `refused`: it was left out. */
  readonly outcome: 'added' | 'unchanged' | 'refused'
  /** Why it was refused. */
  readonly reason?: string
}

/** A cloud that a provider detected. */
interface Detected {
  readonly cloud: Cloud
  readonly provider: EnvironProvider
}

/** What an attempt came to; errors of ours are refusals. */
async function outcomeOf(attempt: () => Promise<boolean>): Promise<Pick<Imported, 'outcome' | 'reason'>> {
  try {
    return { outcome: (await attempt()) ? 'added' : 'unchanged' }
  } catch (error) {
    if (!(error instanceof EnvironsError)) throw error
    return { outcome: 'refused', reason: error.message }
  }
}

async function orUndefined<T>(getting: Promise<T>): Promise<T | undefined> {
  try {
    return await getting
  } catch (error) {
    if (findError(error, NotFoundError)) return undefined
    throw error
  }
}

const sameCloud = (a: Cloud, b: Cloud): boolean => a.type === b.type && a.endpoint === b.endpoint

function sameCredential(a: Credential, b: Credential): boolean {
  const names = new Set([...Object.keys(a.attributes), ...Object.keys(b.attributes)])
  return (
    a.authType === b.authType &&
    [...names].every((name) => credentialText(a, name) === credentialText(b, name))
  )
}

/** Whether it was added. @throws AlreadyExistsError when there is another one of that name */
async function addCloud(cloud: Cloud, { clouds }: PersonalStores, options?: CallOptions): Promise<boolean> {
  const stored = await orUndefined(clouds.get(cloud.name, options))
  if (stored && sameCloud(stored, cloud)) return false
  await clouds.add(cloud)
  return true
}

/** Whether it was added. @throws AlreadyExistsError when there is another one of that name */
async function addCredential(
  { cloud, provider }: Detected,
  name: string,
  credential: Credential,
  { credentials }: PersonalStores,
  stored: CloudCredential,
): Promise<boolean> {
  const checked = await checkedCredential(credential, { cloud, provider })
  const known = Object.hasOwn(stored.credentials, name) ? stored.credentials[name] : undefined
  if (known && sameCredential(known, checked)) return false
  await credentials.add(cloud.name, name, checked)
  return true
}

/**
 * Adds a detected cloud and its credentials to what the user added. Nothing that is there is replaced, and another cloud
 * of that name gets none of the credentials.
 */
export async function importDetected(
  detected: Detected,
  stores: PersonalStores,
  options?: CallOptions,
): Promise<readonly Imported[]> {
  const { cloud, provider } = detected
  const ofCloud = await outcomeOf(() => addCloud(cloud, stores, options))
  const imported: Imported[] = [{ cloud: cloud.name, ...ofCloud }]
  if (ofCloud.outcome === 'refused') return imported
  const found = await orUndefined(provider.detectCredentials(cloud.name, options))
  const stored = await stores.credentials.get(cloud.name, options)
  for (const [name, credential] of Object.entries(found?.credentials ?? {})) {
    const outcome = await outcomeOf(() => addCredential(detected, name, credential, stores, stored))
    imported.push({ cloud: cloud.name, credential: name, ...outcome })
  }
  if (found?.defaultRegion !== undefined && stored.defaultRegion === undefined) {
    await stores.credentials.setDefaults(cloud.name, { region: found.defaultRegion })
  }
  return imported
}
