import { isDeepStrictEqual } from 'node:util'
import { tellsSchema, upgradesConfig } from '../environ/capabilities.ts'
import type { ModelConfig } from '../environ/config.ts'
import type { EnvironProvider } from '../environ/provider.ts'
import { applyAttributes, removeAttributes } from './model-config.ts'
import { MODEL_ATTRIBUTES } from './model-attributes.ts'
import { withProviderAttributes } from './provider-attributes.ts'

/** Versions of Ubuntu by the series that Juju named them by. */
const SERIES: Readonly<Record<string, string>> = {
  xenial: '16.04',
  bionic: '18.04',
  focal: '20.04',
  jammy: '22.04',
  noble: '24.04',
}

/** An attribute of older models: what it is called today, and what its value is then; undefined: not to be said. */
interface Replaced {
  readonly name: string
  readonly by: string
  readonly value: (old: string) => string | undefined
}

const REPLACED: readonly Replaced[] = [
  { name: 'tools-metadata-url', by: 'agent-metadata-url', value: (url) => url },
  { name: 'tools-stream', by: 'agent-stream', value: (stream) => stream },
  {
    name: 'default-series',
    by: 'default-base',
    value: (series) => (Object.hasOwn(SERIES, series) ? `ubuntu@${SERIES[series]}` : undefined),
  },
  {
    name: 'provisioner-safe-mode',
    by: 'provisioner-harvest-mode',
    value: (safe) => (safe === 'true' ? 'destroyed' : 'all'),
  },
]

/** What was set under today's name stays. */
async function renamed(config: ModelConfig, { name, by, value }: Replaced): Promise<ModelConfig> {
  if (!Object.hasOwn(config.unknownAttrs, name)) return config
  const replacement = value(String(config.unknownAttrs[name]))
  if (replacement === undefined) return config
  const current = await removeAttributes(config, [name])
  const isSet = !isDeepStrictEqual(current.attrs[by], MODEL_ATTRIBUTES[by]?.default)
  return isSet ? current : await applyAttributes(current, { [by]: replacement })
}

/**
 * A stored configuration as it would be made today: attributes under their present names, then what the provider has to
 * say if it is a `ModelConfigUpgrader`, each value of its type. Twice is as good as once.
 * @throws NotValidError when a value is none of today's
 */
export async function upgradeModelConfig(
  config: ModelConfig,
  provider: EnvironProvider,
): Promise<ModelConfig> {
  let upgraded = config
  for (const replaced of REPLACED) upgraded = await renamed(upgraded, replaced)
  if (upgradesConfig(provider)) upgraded = await provider.upgradeConfig(upgraded)
  return tellsSchema(provider) ? await withProviderAttributes(upgraded, provider.schema()) : upgraded
}
