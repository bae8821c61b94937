import { CONTROLLER_ATTRIBUTES } from './controller-attributes.ts'
import { attributeOf } from './schema.ts'

type Attributes = Readonly<Record<string, unknown>>

/** Attributes that were given together, as they are in a cloud's `config`: those of controllers, and those of models. */
export function splitAttributes(attributes: Attributes): {
  readonly controller: Attributes
  readonly model: Attributes
} {
  const entries = Object.entries(attributes)
  const isController = ([name]: readonly [string, unknown]) =>
    attributeOf(CONTROLLER_ATTRIBUTES, name) !== undefined
  return {
    controller: Object.fromEntries(entries.filter(isController)),
    model: Object.fromEntries(entries.filter((entry) => !isController(entry))),
  }
}
