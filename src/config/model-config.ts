import type { FirewallMode, ModelConfig } from '../environ/config.ts'
import { checkChange } from './change.ts'
import { checkContradictions, MODEL_CONTRADICTIONS } from './contradictions.ts'
import { MODEL_ATTRIBUTES } from './model-attributes.ts'
import { readAttributes } from './read.ts'
import { attributeOf, type ConfigSchema, modelConfigSchema } from './schema.ts'

type Attributes = Readonly<Record<string, unknown>>

/**
 * A model's configuration from its attributes, which may be texts: checked, coerced, completed with defaults.
 * @throws NotValidError naming the attribute, or two that contradict each other
 */
export async function newModelConfig(attributes: Attributes): Promise<ModelConfig> {
  const attrs = await readAttributes('model', MODEL_ATTRIBUTES, attributes)
  checkContradictions('model', attrs, MODEL_CONTRADICTIONS)
  // The schema has seen to it that every attribute is of its type.
  const the = <T>(name: string): T => attrs[name] as T
  return Object.freeze({
    name: the<string>('name'),
    type: the<string>('type'),
    uuid: the<string>('uuid'),
    firewallMode: the<FirewallMode>('firewall-mode'),
    authorizedKeys: the<string>('authorized-keys'),
    defaultBase: the<string>('default-base'),
    resourceTags: the<Readonly<Record<string, string>>>('resource-tags'),
    sslHostnameVerification: the<boolean>('ssl-hostname-verification'),
    agentVersion: the<string | undefined>('agent-version'),
    agentStream: the<string>('agent-stream'),
    agentMetadataUrl: the<string | undefined>('agent-metadata-url'),
    agentMetadataDefaultsDisabled: the<boolean>('agent-metadata-defaults-disabled'),
    imageStream: the<string>('image-stream'),
    imageMetadataUrl: the<string | undefined>('image-metadata-url'),
    imageMetadataDefaultsDisabled: the<boolean>('image-metadata-defaults-disabled'),
    sshAllow: the<readonly string[]>('ssh-allow'),
    defaultSpace: the<string>('default-space'),
    enableOsRefreshUpdate: the<boolean>('enable-os-refresh-update'),
    enableOsUpgrade: the<boolean>('enable-os-upgrade'),
    cloudinitUserdata: the<string | undefined>('cloudinit-userdata'),
    attrs,
    unknownAttrs: Object.freeze(
      Object.fromEntries(Object.entries(attrs).filter(([name]) => !attributeOf(MODEL_ATTRIBUTES, name))),
    ),
  })
}

/** The same configuration with some attributes replaced, validated anew. */
export const applyAttributes = (config: ModelConfig, attributes: Attributes): Promise<ModelConfig> =>
  newModelConfig({ ...config.attrs, ...attributes })

/** The same configuration with some attributes back at their defaults, or gone when they have none. */
export const removeAttributes = (config: ModelConfig, names: readonly string[]): Promise<ModelConfig> =>
  newModelConfig(Object.fromEntries(Object.entries(config.attrs).filter(([name]) => !names.includes(name))))

/**
 * Checks that nothing immutable changes from `old` to `config`, and that nothing goes that has to stay.
 * @param fields the provider's own attributes
 * @throws NotValidError with the old and the new value
 */
export async function validateConfigChange(
  config: ModelConfig,
  old: ModelConfig,
  fields: ConfigSchema = {},
): Promise<void> {
  checkChange('model', modelConfigSchema(fields), old.attrs, config.attrs)
}
