import { readFile } from 'node:fs/promises'
import { checkCloud, endpointsOf } from '../../cloud/cloud-check.ts'
import { CloudReader } from '../../cloud/cloud-reader.ts'
import type { Cloud, CloudRegion } from '../../cloud/index.ts'
import { pingsClouds } from '../../environ/capabilities.ts'
import { EnvironsError, type EnvironProvider, NotFoundError, NotValidError } from '../../environ/index.ts'
import { didYouMean } from '../../environ/nearest.ts'
import type { Context } from '../context.ts'
import { commandLogger } from '../log.ts'
import { givenYaml } from '../yaml.ts'
import { documentOf } from './clouds.ts'

/** Options of `environs add-cloud` and `environs update-cloud`. */
export interface CloudOptions {
  readonly type?: string
  readonly endpoint?: string
  readonly region?: readonly string[]
  readonly authType?: readonly string[]
  readonly caCertificate?: string
  /** False: the endpoint is not asked whether there is such a cloud. */
  readonly ping?: boolean
}

/** The cloud of that name in a file. */
async function cloudOfFile(context: Context, name: string, path: string): Promise<Cloud> {
  const [file, content] = await givenYaml(path, context.signal)
  return await new CloudReader(file, commandLogger(context.output)).get(name, content)
}

/** A cloud with what the options say in place of what it had. */
async function changed(cloud: Cloud, options: CloudOptions): Promise<Cloud> {
  const { endpoint = cloud.endpoint, caCertificate } = options
  const at = endpoint === undefined ? {} : { endpoint }
  const region = (name: string): CloudRegion => {
    const own = cloud.regions.find((known) => known.name === name) ?? { name }
    // One that was where the cloud was, is where the cloud is.
    return own.endpoint === cloud.endpoint ? { ...own, ...at } : own
  }
  const certificates =
    caCertificate === undefined
      ? {}
      : {
          caCertificates: [
            await readFile(caCertificate, 'utf8').catch((cause: unknown) => {
              throw new NotFoundError(`${caCertificate} cannot be read`, { cause, resource: caCertificate })
            }),
          ],
        }
  return {
    ...cloud,
    type: options.type ?? cloud.type,
    authTypes: options.authType ?? cloud.authTypes,
    regions: (options.region ?? cloud.regions.map(({ name }) => name)).map(region),
    ...at,
    ...certificates,
  }
}

const isGiven = ({ type, endpoint, region, authType, caCertificate }: CloudOptions): boolean =>
  [type, endpoint, region, authType, caCertificate].some((option) => option !== undefined)

/** The cloud that the file or the options describe; `before` is the one that they change. */
async function describedCloud(
  context: Context,
  name: string,
  path: string | undefined,
  options: CloudOptions,
  before?: Cloud,
): Promise<Cloud> {
  if (path !== undefined && isGiven(options)) {
    throw new NotValidError('a file and options that describe the cloud are given', { hint: 'give either' })
  }
  if (path !== undefined) return await cloudOfFile(context, name, path)
  if (before && isGiven(options)) return await changed(before, options)
  const { type } = options
  if (type !== undefined) {
    const authTypes = Object.keys((await providerFor(context, type)).credentialSchemas())
    return await changed({ name, type, authTypes, regions: [] }, options)
  }
  const { providers } = await context.environs()
  throw new NotValidError(`nothing says what cloud "${name}" ${before ? 'becomes' : 'is'}`, {
    hint: before
      ? 'give a file, or options: see "environs update-cloud --help"'
      : `give a file, or --type and --endpoint; the types are: ${providers.registeredProviders().join(', ')}`,
  })
}

/** The provider of clouds of a type. @throws NotValidError listing the types */
async function providerFor(context: Context, type: string): Promise<EnvironProvider> {
  const { providers } = await context.environs()
  try {
    return providers.provider(type)
  } catch (error) {
    const types = providers.registeredProviders()
    throw new NotValidError(`there is no provider for clouds of type "${type}"${didYouMean(type, types)}`, {
      cause: error,
      hint: `the types are: ${types.join(', ')}`,
    })
  }
}

async function check(context: Context, cloud: Cloud, { ping = true }: CloudOptions): Promise<void> {
  const { output, signal } = context
  const provider = await providerFor(context, cloud.type)
  for (const warning of checkCloud(cloud, provider)) output.say(`WARNING ${warning}`)
  if (!ping || !pingsClouds(provider)) return
  try {
    await Promise.all(endpointsOf(cloud).map((endpoint) => provider.ping(endpoint, { signal })))
  } catch (error) {
    if (error instanceof EnvironsError) output.say('Nothing was written; --no-ping does not ask')
    throw error
  }
}

export async function addCloud(
  context: Context,
  name: string,
  path: string | undefined,
  options: CloudOptions,
): Promise<void> {
  const { output, signal } = context
  const environs = await context.environs()
  const cloud = await describedCloud(context, name, path, options)
  const hidden = (await environs.clouds.list({ signal })).some((known) => known.name === name)
  await check(context, cloud, options)
  await environs.cloudStore.add(cloud)
  if (hidden) output.say(`Cloud "${name}" hides the one of that name that was found`)
  output.result(
    { added: name, cloud: await documentOf(context, cloud) },
    `Cloud "${name}" is added; "environs add-credential ${name}" gives it a credential`,
  )
}

export async function updateCloud(
  context: Context,
  name: string,
  path: string | undefined,
  options: CloudOptions,
): Promise<void> {
  const { cloudStore } = await context.environs()
  // With a file it does not matter what is wrong with it now.
  const before = path === undefined ? await cloudStore.get(name, { signal: context.signal }) : undefined
  const cloud = await describedCloud(context, name, path, options, before)
  await check(context, cloud, options)
  await cloudStore.update(cloud)
  context.output.result(
    { updated: name, cloud: await documentOf(context, cloud) },
    `Cloud "${name}" is updated`,
  )
}
