import type { ControllerConfig } from '../environ/config.ts'
import { configError } from './model-config.ts'

/** Port of a controller's API (Juju: `api-port`). */
export const DEFAULT_API_PORT = 17070

/**
 * A controller's configuration from its attributes, completed with defaults.
 * @throws NotValidError naming the attribute
 */
export async function newControllerConfig(
  attributes: Readonly<Record<string, unknown>>,
): Promise<ControllerConfig> {
  const { z } = await import('zod')
  const { NAME } = await import('./attributes.ts')
  const schema = z.looseObject({
    'controller-uuid': z.guid(),
    'controller-name': z
      .string()
      .regex(NAME, 'is not a valid name: use lower-case letters, digits and hyphens'),
    'api-port': z.coerce.number().int().min(1).max(65_535).default(DEFAULT_API_PORT),
  })
  const result = schema.safeParse(attributes)
  if (!result.success) throw configError('invalid controller configuration', result.error)
  return Object.freeze(result.data)
}
