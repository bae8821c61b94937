import { EnvironsError, NotFoundError, NotValidError, type ProviderPlugin } from '../environ/index.ts'

/** The packages whose default export is a plug-in. More come from `ENVIRONS_PROVIDERS`. */
const DEFAULT_PACKAGES: readonly string[] = [
  'cloud-environs/providers/openstack',
  'cloud-environs/providers/manual',
  'cloud-environs/providers/memory',
]

/** A plug-in and the package that it is from. */
export interface LoadedPlugin {
  readonly packageName: string
  readonly plugin: ProviderPlugin
}

function isPlugin(value: unknown): value is ProviderPlugin {
  const { type, create } = (value ?? {}) as { readonly type?: unknown; readonly create?: unknown }
  return typeof type === 'string' && typeof create === 'function'
}

const isMissing = (error: NodeJS.ErrnoException, packageName: string): boolean =>
  error.code === 'ERR_MODULE_NOT_FOUND' && error.message.includes(`'${packageName}'`)

function cannotLoad(packageName: string, cause: unknown): EnvironsError {
  const what = `cannot load the provider package "${packageName}"`
  const resource = `package ${packageName}`
  const error = cause instanceof Error ? cause : new Error(String(cause))
  if (isMissing(error, packageName)) {
    const hint = `install it next to cloud-environs, or take it out of ENVIRONS_PROVIDERS`
    return new NotFoundError(`${what}: it is not installed`, { cause, resource, hint })
  }
  return new EnvironsError(`${what}: ${error.message.split('\n')[0]}`, {
    cause,
    resource,
    hint: 'correct it, or take it out of ENVIRONS_PROVIDERS',
  })
}

async function load(packageName: string): Promise<LoadedPlugin> {
  let plugin: unknown
  try {
    const exported = ((await import(packageName)) as { readonly default?: unknown }).default
    plugin = typeof exported === 'function' ? await (exported as () => unknown)() : exported
  } catch (cause) {
    throw cannotLoad(packageName, cause)
  }
  if (isPlugin(plugin)) return { packageName, plugin }
  throw new NotValidError(`the default export of "${packageName}" is not a provider plug-in`, {
    resource: `package ${packageName}`,
    hint: 'export a function that returns what defineProvider gives',
  })
}

/** Names of the packages besides the default ones. */
export const providerPackages = (variables: NodeJS.ProcessEnv): readonly string[] =>
  (variables['ENVIRONS_PROVIDERS'] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)

/** Loads the plug-ins by the names of their packages, so that a third party's works like our own. */
export async function loadPlugins(variables: NodeJS.ProcessEnv): Promise<readonly LoadedPlugin[]> {
  const packages = new Set([...DEFAULT_PACKAGES, ...providerPackages(variables)])
  return await Promise.all([...packages].map(load))
}
