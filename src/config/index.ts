/** The door of the room. What reads and checks attributes is loaded when it is first called. */

import type * as controllerConfig from './controller-config.ts'
import type * as modelConfig from './model-config.ts'
import type * as providerAttributes from './provider-attributes.ts'
import type * as schema from './schema.ts'
import type * as upgrade from './upgrade.ts'

export { DEFAULT_API_PORT } from './api-port.ts'
export { formatBase, parseBase } from './base.ts'
export { parseDuration, parseSize } from './quantities.ts'
export type { ConfigSchema } from './schema.ts'

/** See `newModelConfig` in `model-config.ts`: attributes, checked and completed. @throws NotValidError */
export const newModelConfig: typeof modelConfig.newModelConfig = async (...given) =>
  (await import('./model-config.ts')).newModelConfig(...given)

/** See `applyAttributes` in `model-config.ts`: some attributes replaced. @throws NotValidError */
export const applyAttributes: typeof modelConfig.applyAttributes = async (...given) =>
  (await import('./model-config.ts')).applyAttributes(...given)

/** See `removeAttributes` in `model-config.ts`: some attributes back at their defaults. @throws NotValidError */
export const removeAttributes: typeof modelConfig.removeAttributes = async (...given) =>
  (await import('./model-config.ts')).removeAttributes(...given)

/** See `validateConfigChange` in `model-config.ts`: nothing immutable changes. @throws NotValidError */
export const validateConfigChange: typeof modelConfig.validateConfigChange = async (...given) =>
  (await import('./model-config.ts')).validateConfigChange(...given)

/** See `modelConfigSchema` in `schema.ts`: the attributes of every model and a provider's. @throws NotValidError */
export const modelConfigSchema = async (
  ...given: Parameters<typeof schema.modelConfigSchema>
): Promise<schema.ConfigSchema> => (await import('./schema.ts')).modelConfigSchema(...given)

/** See `validateProviderAttributes` in `provider-attributes.ts`: a provider's own, completed. @throws NotValidError */
export const validateProviderAttributes: typeof providerAttributes.validateProviderAttributes = async (
  ...given
) => (await import('./provider-attributes.ts')).validateProviderAttributes(...given)

/** See `upgradeModelConfig` in `upgrade.ts`: an old configuration as it would be written today. */
export const upgradeModelConfig: typeof upgrade.upgradeModelConfig = async (...given) =>
  (await import('./upgrade.ts')).upgradeModelConfig(...given)

/** See `newControllerConfig` in `controller-config.ts`: attributes, checked and completed. @throws NotValidError */
export const newControllerConfig: typeof controllerConfig.newControllerConfig = async (...given) =>
  (await import('./controller-config.ts')).newControllerConfig(...given)

/** See `validateControllerConfigChange` in `controller-config.ts`: nothing immutable changes. @throws NotValidError */
export const validateControllerConfigChange: typeof controllerConfig.validateControllerConfigChange = async (
  ...given
) => (await import('./controller-config.ts')).validateControllerConfigChange(...given)
