import { NotValidError } from '../environ/errors.ts'
import type { ConfigAttribute } from '../environ/provider.ts'
import { attributeOf, type ConfigSchema } from './schema.ts'
import { isUnset, readValue, ValueMistake } from './values.ts'

async function readAttribute(
  what: string,
  name: string,
  attribute: ConfigAttribute,
  given: unknown,
): Promise<unknown> {
  const value = isUnset(attribute, given) ? attribute.default : given
  if (value === undefined && !attribute.required) return undefined
  try {
    if (value === undefined) throw new ValueMistake('is missing')
    return await readValue(attribute, value)
  } catch (error) {
    if (!(error instanceof ValueMistake)) throw error
    throw new NotValidError(`invalid ${what} configuration: attribute "${name}" ${error.message}`, {
      resource: `attribute ${name}`,
      hint: `correct "${name}" (${attribute.description}) and try again`,
    })
  }
}

/**
 * Attributes as the schema wants them: coerced, checked, completed with defaults. Those that it does not know stay.
 * @throws NotValidError naming the attribute
 */
export async function readAttributes(
  what: string,
  schema: ConfigSchema,
  given: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, unknown>>> {
  const known: [string, unknown][] = []
  for (const [name, attribute] of Object.entries(schema)) {
    const value = await readAttribute(
      what,
      name,
      attribute,
      Object.hasOwn(given, name) ? given[name] : undefined,
    )
    if (value !== undefined) known.push([name, value])
  }
  const unknown = Object.entries(given).filter(
    ([name, value]) => value !== undefined && attributeOf(schema, name) === undefined,
  )
  return Object.freeze(Object.fromEntries([...known, ...unknown]))
}
