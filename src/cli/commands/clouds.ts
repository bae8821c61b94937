import { cloudEntries } from '../../cloud/cloud-file.ts'
import { type Cloud, regionByName } from '../../cloud/index.ts'
import { tellsSchema } from '../../environ/capabilities.ts'
import { ConflictError, EnvironsError, findError, NotFoundError, NotValidError } from '../../environ/index.ts'
import type { Context } from '../context.ts'
import { credentialsOfCloud } from '../credentials-of-cloud.ts'
import { table } from '../output.ts'
import { yamlText } from '../yaml.ts'

/** Options of `environs default-region` and `environs default-credential`. */
export interface DefaultOptions {
  readonly reset?: boolean
}

/** Names of the clouds that the user added. */
async function addedNames(context: Context): Promise<readonly string[]> {
  const { cloudStore } = await context.environs()
  return (await cloudStore.all({ signal: context.signal })).map(({ name }) => name)
}

/** Names of a cloud's credentials; none, with a warning, when they cannot be read. */
async function credentialNames(context: Context, cloud: Cloud): Promise<readonly string[]> {
  try {
    const { added, found } = await credentialsOfCloud(context, cloud)
    return Object.keys({ ...found.credentials, ...added.credentials }).sort()
  } catch (error) {
    if (!(error instanceof EnvironsError)) throw error
    context.output.say(`WARNING ${error.message}`)
    return []
  }
}

const origin = (name: string, added: readonly string[]): string => (added.includes(name) ? 'added' : 'found')

/** A cloud as its file has it; values of secret attributes of its configuration are masked. */
export async function documentOf(context: Context, cloud: Cloud): Promise<object> {
  const { providers } = await context.environs()
  const isKnown = providers.registeredProviders().includes(cloud.type)
  const provider = isKnown ? providers.provider(cloud.type) : undefined
  const schema = provider && tellsSchema(provider) ? provider.schema() : {}
  const mask = (name: string, value: unknown) => (schema[name]?.secret ? '***' : value)
  return JSON.parse(JSON.stringify(cloudEntries(cloud), mask)) as object
}

export async function clouds(context: Context): Promise<void> {
  const { output, signal } = context
  const environs = await context.environs()
  const added = await addedNames(context)
  const shown = await Promise.all(
    (await environs.clouds.list({ signal })).map(async (cloud) => ({
      name: cloud.name,
      origin: origin(cloud.name, added),
      type: cloud.type,
      regions: cloud.regions.map(({ name }) => name),
      credentials: (await credentialNames(context, cloud)).length,
      description: cloud.description ?? '',
    })),
  )
  const rows = shown.map((cloud) => [
    cloud.name,
    cloud.origin,
    cloud.type,
    cloud.regions.join(','),
    String(cloud.credentials),
    cloud.description,
  ])
  output.result(
    { clouds: shown },
    rows.length === 0
      ? 'No clouds.'
      : table([['CLOUD', 'ORIGIN', 'TYPE', 'REGIONS', 'CREDENTIALS', 'DESCRIPTION'], ...rows]),
  )
}

export async function showCloud(context: Context, name: string): Promise<void> {
  const { clouds: finder, credentialStore } = await context.environs()
  const cloud = await finder.get(name, { signal: context.signal })
  const { defaultRegion } = await credentialStore.get(name)
  const document = {
    name,
    origin: origin(name, await addedNames(context)),
    ...(await documentOf(context, cloud)),
    'default-region': defaultRegion ?? cloud.regions[0]?.name,
    credentials: await credentialNames(context, cloud),
  }
  context.output.result(document, await yamlText(document))
}

export async function removeCloud(context: Context, name: string): Promise<void> {
  const { cloudStore, controllers, credentialStore } = await context.environs()
  try {
    await cloudStore.get(name, { signal: context.signal })
  } catch (error) {
    if (findError(error, NotFoundError)) throw error
    // One with a mistake in it can go.
  }
  const using = (await controllers.all()).filter(({ cloud }) => cloud.name === name)
  if (using.length > 0) {
    throw new ConflictError(
      `cloud "${name}" is in use by controller ${using.map((each) => `"${each.name}"`).join(', ')}`,
      { resource: `cloud "${name}"`, hint: 'destroy it first: "environs destroy"' },
    )
  }
  await cloudStore.remove(name)
  const { output } = context
  if ((await credentialStore.clouds()).includes(name)) {
    output.say(`The credentials of cloud "${name}" stay; "environs remove-credential" removes them`)
  }
  output.result({ removed: name }, `Cloud "${name}" is removed`)
}

export async function defaultRegion(
  context: Context,
  name: string,
  region: string | undefined,
  { reset = false }: DefaultOptions,
): Promise<void> {
  const { clouds: finder, credentialStore } = await context.environs()
  const cloud = await finder.get(name, { signal: context.signal })
  if (region !== undefined && reset) {
    throw new NotValidError('a region and --reset are given', { hint: 'give either' })
  }
  if (region !== undefined || reset) {
    await credentialStore.setDefaults(name, { region: reset ? '' : regionByName(cloud, region ?? '').name })
  }
  const own = (await credentialStore.get(name)).defaultRegion
  const shown = own ?? cloud.regions[0]?.name
  context.output.result({ cloud: name, 'default-region': shown ?? null }, shown ?? 'None.')
}
