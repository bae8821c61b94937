import { isDeepStrictEqual } from 'node:util'
import { Secret } from '../cloud/secret.ts'
import { NotValidError } from '../environ/errors.ts'
import type { ConfigSchema } from './schema.ts'
import { formatConfigValue } from './values.ts'

type Attributes = Readonly<Record<string, unknown>>

const revealed = (value: unknown): unknown => (value instanceof Secret ? value.reveal() : value)

/**
 * Checks that nothing immutable changes, and that nothing goes that has to stay.
 * @param what is made once: `model`, `controller`
 * @throws NotValidError with the old and the new value
 */
export function checkChange(what: string, schema: ConfigSchema, old: Attributes, config: Attributes): void {
  for (const [name, { immutable, keptOnceSet }] of Object.entries(schema)) {
    const [before, after] = [old[name], config[name]]
    if (keptOnceSet && before !== undefined && after === undefined) {
      throw new NotValidError(`cannot clear ${name}, which is "${formatConfigValue(before)}"`, {
        resource: `attribute ${name}`,
        hint: `${name} can be changed, and not unset`,
      })
    }
    if (!immutable || isDeepStrictEqual(revealed(before), revealed(after))) continue
    const [from, to] = [before, after].map((value) => formatConfigValue(value ?? ''))
    throw new NotValidError(`cannot change ${name} from "${from}" to "${to}"`, {
      resource: `attribute ${name}`,
      hint: `${name} is fixed when the ${what} is made`,
    })
  }
}
