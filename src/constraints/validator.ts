import { NotValidError } from '../environ/errors.ts'
import { CONSTRAINT_KEYS, type Constraints, isWanted } from './value.ts'

type Field = keyof Constraints

/** What a cloud makes of constraints (Juju: `constraints.Validator`). */
export interface ConstraintsValidator {
  /**
   * The names of the constraints that are set and that this cloud ignores.
   * @throws NotValidError for a value outside its vocabulary, or for constraints that exclude each other
   */
  validate(constraints: Constraints): readonly string[]
  /**
   * `constraints` over `fallback`: a fallback that conflicts with anything set in `constraints` is dropped.
   * @throws NotValidError when either is invalid on its own
   */
  merge(fallback: Constraints, constraints: Constraints): Constraints
}

/** What {@link constraintsValidator} is made from. */
export interface ConstraintRules {
  /** Pairs of groups: none of the first may stand beside one of the second. */
  readonly conflicts?: readonly (readonly [readonly Field[], readonly Field[]])[]
  readonly unsupported?: readonly Field[]
  /** The only values that these may have. */
  readonly vocabularies?: { readonly [F in Field]?: readonly string[] }
}

const nameOf = (field: Field): string => CONSTRAINT_KEYS.find((key) => key.field === field)?.name ?? field

const wantedFields = (constraints: Constraints): Field[] =>
  CONSTRAINT_KEYS.map(({ field }) => field).filter((field) => isWanted(constraints[field]))

/** A validator with these rules. */
export function constraintsValidator(rules: ConstraintRules): ConstraintsValidator {
  const { conflicts = [], unsupported = [], vocabularies = {} } = rules

  const opponents = (field: Field): readonly Field[] =>
    conflicts.flatMap(([reds, blues]) => [
      ...(reds.includes(field) ? blues : []),
      ...(blues.includes(field) ? reds : []),
    ])

  function checkVocabulary(constraints: Constraints, field: Field): void {
    const allowed = vocabularies[field]
    if (!allowed) return
    const value = constraints[field]
    for (const item of Array.isArray(value) ? value : [value]) {
      if (allowed.includes(String(item))) continue
      throw new NotValidError(`invalid constraint value: ${nameOf(field)}=${String(item)}`, {
        resource: `constraint ${nameOf(field)}`,
        hint:
          allowed.length > 0
            ? `valid values are: ${allowed.join(', ')}`
            : 'this cloud offers no value for it',
      })
    }
  }

  function validate(constraints: Constraints): readonly string[] {
    const fields = wantedFields(constraints)
    for (const field of fields) checkVocabulary(constraints, field)
    for (const field of fields) {
      const opponent = opponents(field).find((other) => fields.includes(other))
      if (opponent) {
        throw new NotValidError(
          `ambiguous constraints: "${nameOf(field)}" overlaps with "${nameOf(opponent)}"`,
          {
            hint: 'give only one of the two',
          },
        )
      }
    }
    return fields.filter((field) => unsupported.includes(field)).map(nameOf)
  }

  function merge(fallback: Constraints, constraints: Constraints): Constraints {
    validate(fallback)
    validate(constraints)
    const dropped = new Set(wantedFields(constraints).flatMap(opponents))
    const kept = Object.fromEntries(
      Object.entries(fallback).filter(([field]) => !dropped.has(field as Field)),
    )
    return { ...kept, ...constraints }
  }

  return { validate, merge }
}
