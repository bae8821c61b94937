import { NotValidError } from '../environ/errors.ts'
import { didYouMean } from '../environ/nearest.ts'
import type { ConfigAttribute } from '../environ/provider.ts'
import { CONTROLLER_ATTRIBUTES } from './controller-attributes.ts'
import { MODEL_ATTRIBUTES } from './model-attributes.ts'

/** Attributes by name. */
export type ConfigSchema = Readonly<Record<string, ConfigAttribute>>

/** The attribute of that name, if there is one. */
export const attributeOf = (schema: ConfigSchema, name: string): ConfigAttribute | undefined =>
  Object.hasOwn(schema, name) ? schema[name] : undefined

/** A line for each attribute that the schema does not know. */
export const unknownAttributes = (
  attributes: Readonly<Record<string, unknown>>,
  schema: ConfigSchema,
): string[] =>
  Object.keys(attributes)
    .filter((name) => !attributeOf(schema, name))
    .map((name) => `attribute "${name}" is unknown, and kept${didYouMean(name, Object.keys(schema))}`)

/**
 * The attributes of every model and those of a provider (Juju: `config.Schema`).
 * @throws NotValidError when a provider's are attributes of every model or of controllers
 */
export function modelConfigSchema(fields: ConfigSchema = {}): ConfigSchema {
  const taken = Object.keys(fields).filter(
    (name) => attributeOf(MODEL_ATTRIBUTES, name) ?? attributeOf(CONTROLLER_ATTRIBUTES, name),
  )
  if (taken.length === 0) return { ...MODEL_ATTRIBUTES, ...fields }
  const names = taken.map((name) => `"${name}"`).join(', ')
  throw new NotValidError(
    `a provider may not define ${names}: every model or controller has attributes of that name`,
    {
      resource: `attribute ${taken[0]}`,
      hint: 'rename the attributes of the provider',
    },
  )
}
