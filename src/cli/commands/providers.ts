import type { Context } from '../context.ts'
import { table } from '../output.ts'

export async function providers(context: Context): Promise<void> {
  const [loaded, { providers: registry }] = await Promise.all([context.plugins(), context.environs()])
  const shown = loaded.map(({ packageName, plugin: { type, aliases = [] } }) => ({
    type,
    aliases,
    'auth-types': Object.keys(registry.provider(type).credentialSchemas()),
    package: packageName,
  }))
  context.output.result(
    { providers: shown },
    table([
      ['TYPE', 'ALIASES', 'AUTH TYPES', 'PACKAGE'],
      ...shown.map((provider) => [
        provider.type,
        provider.aliases.join(','),
        provider['auth-types'].join(','),
        provider.package,
      ]),
    ]),
  )
}
