import { type Cloud, type Credential, credentialText, removeSecrets } from '../../cloud/index.ts'
import { ConflictError, EnvironsError, NotFoundError, NotValidError } from '../../environ/index.ts'
import { didYouMean } from '../../environ/nearest.ts'
import type { Context } from '../context.ts'
import { credentialsOfCloud } from '../credentials-of-cloud.ts'
import { table } from '../output.ts'
import { yamlText } from '../yaml.ts'
import type { DefaultOptions } from './clouds.ts'

/** Options of `environs credentials` and `environs show-credential`. */
export interface ShowOptions {
  readonly showSecrets?: boolean
}

/** A credential as it is listed. */
interface Shown {
  readonly cloud: string
  readonly name: string
  readonly origin: 'added' | 'found'
  readonly default: boolean
  readonly 'auth-type': string
  readonly attributes: Readonly<Record<string, string | undefined>>
}

/** All attributes of a credential; hidden ones, and those that no schema tells of, are masked. */
async function shownAttributes(
  context: Context,
  { type }: Cloud,
  credential: Credential,
  { showSecrets = false }: ShowOptions,
): Promise<Shown['attributes']> {
  const { providers } = await context.environs()
  let open: Credential['attributes'] = {}
  try {
    open = removeSecrets(credential, providers.provider(type).credentialSchemas()).attributes
  } catch (error) {
    if (!(error instanceof EnvironsError)) throw error
  }
  return Object.fromEntries(
    Object.keys(credential.attributes).map((name) => [
      name,
      showSecrets || Object.hasOwn(open, name) ? credentialText(credential, name) : '***',
    ]),
  )
}

/** The credentials of a cloud: those that the user added hide those that are found under the same names. */
async function credentialsOf(
  context: Context,
  cloud: Cloud,
  options: ShowOptions,
): Promise<readonly Shown[]> {
  const { added, found } = await credentialsOfCloud(context, cloud)
  const names = Object.keys(added.credentials)
  const { defaultCredential } = names.length > 0 ? added : found
  return await Promise.all(
    Object.entries({ ...found.credentials, ...added.credentials }).map(async ([name, credential]) => ({
      cloud: cloud.name,
      name,
      origin: names.includes(name) ? ('added' as const) : ('found' as const),
      default: name === defaultCredential,
      'auth-type': credential.authType,
      attributes: await shownAttributes(context, cloud, credential, options),
    })),
  )
}

export async function credentials(
  context: Context,
  name: string | undefined,
  options: ShowOptions,
): Promise<void> {
  const { output, signal } = context
  const { clouds: finder } = await context.environs()
  const clouds = name === undefined ? await finder.list({ signal }) : [await finder.get(name, { signal })]
  const shown: Shown[] = []
  for (const cloud of clouds) {
    try {
      shown.push(...(await credentialsOf(context, cloud, options)))
    } catch (error) {
      // What is wrong with one cloud does not matter to those who did not ask for it.
      if (name !== undefined || !(error instanceof EnvironsError)) throw error
      output.say(`WARNING cloud "${cloud.name}" is left out: ${error.message}`)
    }
  }
  const rows = shown.map((each) => [
    each.cloud,
    each.name,
    each.origin,
    each.default ? '*' : '',
    each['auth-type'],
    Object.entries(each.attributes)
      .map(([attribute, value]) => `${attribute}=${value}`)
      .join(' '),
  ])
  output.result(
    { credentials: shown },
    rows.length === 0
      ? 'No credentials.'
      : table([['CLOUD', 'CREDENTIAL', 'ORIGIN', 'DEFAULT', 'AUTH TYPE', 'ATTRIBUTES'], ...rows]),
  )
}

export async function showCredential(
  context: Context,
  cloudName: string,
  name: string,
  options: ShowOptions,
): Promise<void> {
  const { clouds: finder } = await context.environs()
  const cloud = await finder.get(cloudName, { signal: context.signal })
  const all = await credentialsOf(context, cloud, options)
  const shown = all.find((each) => each.name === name)
  if (!shown)
    throw unknownCredential(
      cloudName,
      name,
      all.map((each) => each.name),
    )
  context.output.result(shown, await yamlText(shown))
}

function unknownCredential(cloud: string, name: string, names: readonly string[]): NotFoundError {
  return new NotFoundError(`credential "${name}" of cloud "${cloud}" not found${didYouMean(name, names)}`, {
    resource: `credential "${name}"`,
    hint: names.length > 0 ? `the credentials are: ${names.join(', ')}` : 'that cloud has none',
  })
}

export async function removeCredential(context: Context, cloudName: string, name: string): Promise<void> {
  const { controllers, credentialStore } = await context.environs()
  const names = Object.keys((await credentialStore.get(cloudName)).credentials)
  if (!names.includes(name)) throw unknownCredential(cloudName, name, names)
  const using = (await controllers.all()).filter(
    ({ cloud, credentialName }) => cloud.name === cloudName && credentialName === name,
  )
  if (using.length > 0) {
    throw new ConflictError(
      `credential "${name}" is in use by controller ${using.map((each) => `"${each.name}"`).join(', ')}`,
      { resource: `credential "${name}"`, hint: 'change it with "environs update-credential"' },
    )
  }
  await credentialStore.remove(cloudName, name)
  context.output.result(
    { cloud: cloudName, removed: name },
    `Credential "${name}" of cloud "${cloudName}" is removed`,
  )
}

export async function defaultCredential(
  context: Context,
  cloudName: string,
  name: string | undefined,
  { reset = false }: DefaultOptions,
): Promise<void> {
  const { clouds: finder, credentialStore } = await context.environs()
  await finder.get(cloudName, { signal: context.signal })
  if (name !== undefined && reset) {
    throw new NotValidError('a credential and --reset are given', { hint: 'give either' })
  }
  if (name !== undefined || reset) await credentialStore.setDefaults(cloudName, { credential: name ?? '' })
  const shown = (await credentialStore.get(cloudName)).defaultCredential
  context.output.result({ cloud: cloudName, 'default-credential': shown ?? null }, shown ?? 'None.')
}

export async function autoloadCredentials(context: Context, names: readonly string[]): Promise<void> {
  const { output, signal } = context
  const imported = await (await context.environs()).clouds.import(names, { signal })
  const rows = imported.map(({ cloud, credential = '', outcome, reason = '' }) => [
    cloud,
    credential,
    outcome,
    reason,
  ])
  output.result(
    { imported },
    rows.length === 0
      ? 'Nothing was found.'
      : table([['CLOUD', 'CREDENTIAL', 'OUTCOME', 'BECAUSE'], ...rows]),
  )
}
