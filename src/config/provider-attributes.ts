import type { ModelConfig } from '../environ/config.ts'
import type { Logger } from '../environ/services.ts'
import { newModelConfig } from './model-config.ts'
import { readAttributes } from './read.ts'
import { type ConfigSchema, modelConfigSchema, unknownAttributes } from './schema.ts'

/** The configuration with a provider's own attributes coerced, checked and completed. @throws NotValidError */
export const withProviderAttributes = async (
  config: ModelConfig,
  fields: ConfigSchema,
): Promise<ModelConfig> => await newModelConfig(await readAttributes('model', fields, config.attrs))

/**
 * The configuration with a provider's own attributes coerced, checked and completed with defaults. Attributes that
 * nobody knows are kept, and warned about (Juju: `Config.ValidateUnknownAttrs`).
 * @throws NotValidError naming the attribute, or those of `fields` that every model has already
 */
export async function validateProviderAttributes(
  config: ModelConfig,
  fields: ConfigSchema,
  logger: Logger,
): Promise<ModelConfig> {
  for (const message of unknownAttributes(config.attrs, modelConfigSchema(fields))) {
    logger.warn(message, { model: config.name })
  }
  return await withProviderAttributes(config, fields)
}
