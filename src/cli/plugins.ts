import { NotFoundError, NotValidError, type ProviderPlugin } from '../environ/index.ts'

/** The packages whose default export is a plug-in. More come from `ENVIRONS_PROVIDERS`. */
const DEFAULT_PACKAGES: readonly string[] = [
  'cloud-environs/providers/openstack',
  'cloud-environs/providers/memory',
]

/** A plug-in and the package that it is from. */
export interface LoadedPlugin {
  readonly packageName: string
  readonly plugin: ProviderPlugin
}

const isPlugin = (value: unknown): value is ProviderPlugin =>
  typeof value === 'object' && value !== null && 'type' in value && 'create' in value

async function load(packageName: string): Promise<LoadedPlugin> {
  let loaded: { readonly default?: unknown }
  try {
    loaded = (await import(packageName)) as { readonly default?: unknown }
  } catch (cause) {
    throw new NotFoundError(
      `cannot load the provider package "${packageName}": ${(cause as Error).message.split('\n')[0]}`,
      {
        cause,
        resource: `package ${packageName}`,
        hint: 'install it, or take it out of ENVIRONS_PROVIDERS',
      },
    )
  }
  const exported = loaded.default
  const plugin: unknown = typeof exported === 'function' ? (exported as () => unknown)() : exported
  if (isPlugin(plugin)) return { packageName, plugin }
  throw new NotValidError(`the default export of "${packageName}" is not a provider plug-in`, {
    resource: `package ${packageName}`,
    hint: 'export a function that returns what defineProvider gives',
  })
}

/** Loads the plug-ins by the names of their packages, so that a third party's works like our own. */
export async function loadPlugins(variables: NodeJS.ProcessEnv): Promise<readonly LoadedPlugin[]> {
  const more = (variables['ENVIRONS_PROVIDERS'] ?? '').split(',').map((name) => name.trim())
  return await Promise.all([...DEFAULT_PACKAGES, ...more.filter(Boolean)].map(load))
}
