import type { ControllerConfig } from '../environ/config.ts'
import { checkChange } from './change.ts'
import { checkContradictions, CONTROLLER_CONTRADICTIONS } from './contradictions.ts'
import { CONTROLLER_ATTRIBUTES } from './controller-attributes.ts'
import { readAttributes } from './read.ts'
import { unknownAttributes } from './schema.ts'

/** Port of the API when its certificate comes from an ACME service, which asks on no other. */
const AUTOCERT_API_PORT = 443

/**
 * A controller's configuration from its attributes, which may be texts: checked, coerced, completed with defaults.
 * @param warn told of attributes that nobody knows, which are kept
 * @throws NotValidError naming the attribute, or two that contradict each other
 */
export async function newControllerConfig(
  attributes: Readonly<Record<string, unknown>>,
  warn: (message: string) => void = () => undefined,
): Promise<ControllerConfig> {
  const { 'autocert-dns-name': autocert = '', 'api-port': port } = attributes
  const given = autocert === '' || port !== undefined ? {} : { 'api-port': AUTOCERT_API_PORT }
  const config = await readAttributes('controller', CONTROLLER_ATTRIBUTES, { ...attributes, ...given })
  checkContradictions('controller', config, CONTROLLER_CONTRADICTIONS)
  for (const message of unknownAttributes(config, CONTROLLER_ATTRIBUTES)) warn(message)
  return config as ControllerConfig
}

/**
 * Checks that nothing immutable changes from `old` to `config`.
 * @throws NotValidError with the old and the new value
 */
export async function validateControllerConfigChange(
  config: ControllerConfig,
  old: ControllerConfig,
): Promise<void> {
  checkChange('controller', CONTROLLER_ATTRIBUTES, old, config)
}
