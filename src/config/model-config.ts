import type { z } from 'zod'
import type { FirewallMode, ModelConfig } from '../environ/config.ts'
import { NotValidError } from '../environ/errors.ts'

type Attributes = Readonly<Record<string, unknown>>

/** One line on what is wrong with which attribute. */
export function configError(what: string, error: z.ZodError): NotValidError {
  const [issue] = error.issues
  const attribute = issue?.path.join('.') ?? ''
  return new NotValidError(`${what}: attribute "${attribute}": ${issue?.message ?? 'is not valid'}`, {
    cause: error,
    resource: `attribute ${attribute}`,
    hint: `correct "${attribute}" and try again`,
  })
}

/**
 * A model's configuration from its attributes: checked, coerced, completed with defaults.
 * @throws NotValidError naming the attribute
 */
export async function newModelConfig(attributes: Attributes): Promise<ModelConfig> {
  const { modelAttributes } = await import('./attributes.ts')
  const result = modelAttributes.safeParse(attributes)
  if (!result.success) throw configError('invalid model configuration', result.error)
  const attrs = Object.freeze(result.data)
  const known = modelAttributes.shape
  return Object.freeze({
    name: attrs.name,
    type: attrs.type,
    uuid: attrs.uuid,
    firewallMode: attrs['firewall-mode'] satisfies FirewallMode,
    authorizedKeys: attrs['authorized-keys'],
    defaultBase: attrs['default-base'],
    resourceTags: attrs['resource-tags'],
    sslHostnameVerification: attrs['ssl-hostname-verification'],
    attrs,
    unknownAttrs: Object.freeze(
      Object.fromEntries(Object.entries(attrs).filter(([name]) => !Object.hasOwn(known, name))),
    ),
  })
}

/** The same configuration with some attributes replaced, validated anew. */
export const applyAttributes = (config: ModelConfig, attributes: Attributes): Promise<ModelConfig> =>
  newModelConfig({ ...config.attrs, ...attributes })

/**
 * Checks that nothing immutable changes from `old` to `config`.
 * @throws NotValidError with the old and the new value
 */
export async function validateConfigChange(config: ModelConfig, old: ModelConfig): Promise<void> {
  const { IMMUTABLE } = await import('./attributes.ts')
  for (const name of IMMUTABLE) {
    if (config.attrs[name] === old.attrs[name]) continue
    throw new NotValidError(
      `cannot change ${name} from "${String(old.attrs[name])}" to "${String(config.attrs[name])}"`,
      {
        resource: `attribute ${name}`,
        hint: `${name} is fixed when the model is made`,
      },
    )
  }
}
