import { NotValidError } from '../environ/errors.ts'
import { nearest } from '../environ/nearest.ts'
import { CONSTRAINTS, type Constraints, isWanted } from './value.ts'

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
  /**
   * This validator with further values in its vocabularies (Juju: `UpdateVocabulary`): the architectures that image
   * metadata has, for example. A constraint without a vocabulary takes anything already.
   */
  widened(vocabularies: Vocabularies): ConstraintsValidator
}

/** The only values that constraints may have; those of a list have to be in it each. */
export type Vocabularies = { readonly [F in Field]?: readonly string[] }

/**
 * Groups of constraints that exclude each other, none of the first beside one of the second; and whether they may all
 * the same, with the values they have (Juju: `RegisterConflictResolver`).
 */
export type ConstraintConflict = readonly [
  reds: readonly Field[],
  blues: readonly Field[],
  unless?: (constraints: Constraints) => boolean,
]

/** What {@link constraintsValidator} is made from. */
export interface ConstraintRules {
  readonly conflicts?: readonly ConstraintConflict[]
  readonly unsupported?: readonly Field[]
  readonly vocabularies?: Vocabularies
}

const nameOf = (field: Field): string => CONSTRAINTS.keys.find((key) => key.field === field)?.name ?? field

const wantedFields = (constraints: Constraints): Field[] =>
  CONSTRAINTS.keys.map(({ field }) => field).filter((field) => isWanted(constraints[field]))

function vocabularyHint(value: string, allowed: readonly string[]): string {
  if (allowed.length === 0) return 'this cloud offers no value for it'
  const meant = nearest(value, allowed)
  return `${meant === undefined ? '' : `did you mean "${meant}"? `}valid values are: ${allowed.join(', ')}`
}

/** A validator with these rules. */
export function constraintsValidator(rules: ConstraintRules): ConstraintsValidator {
  const { conflicts = [], unsupported = [], vocabularies = {} } = rules

  /** What may not stand beside `field`, when the constraints are these. */
  const opponents = (field: Field, constraints: Constraints): readonly Field[] =>
    conflicts.flatMap(([reds, blues, unless]) =>
      unless?.(constraints)
        ? []
        : [...(reds.includes(field) ? blues : []), ...(blues.includes(field) ? reds : [])],
    )

  function checkVocabulary(constraints: Constraints, field: Field): void {
    const allowed = vocabularies[field]
    if (!allowed) return
    const value = constraints[field]
    for (const item of Array.isArray(value) ? value : [value]) {
      if (allowed.includes(String(item))) continue
      throw new NotValidError(`invalid constraint value: ${nameOf(field)}=${String(item)}`, {
        resource: `constraint ${nameOf(field)}`,
        hint: vocabularyHint(String(item), allowed),
      })
    }
  }

  function validate(constraints: Constraints): readonly string[] {
    const fields = wantedFields(constraints)
    for (const field of fields) checkVocabulary(constraints, field)
    for (const field of fields) {
      const opponent = opponents(field, constraints).find((other) => fields.includes(other))
      if (opponent) {
        throw new NotValidError(
          `ambiguous constraints: "${nameOf(field)}" overlaps with "${nameOf(opponent)}"`,
          { hint: 'give only one of the two' },
        )
      }
    }
    return fields.filter((field) => unsupported.includes(field)).map(nameOf)
  }

  function merge(fallback: Constraints, constraints: Constraints): Constraints {
    validate(fallback)
    validate(constraints)
    const both = { ...fallback, ...constraints }
    const dropped = new Set(wantedFields(constraints).flatMap((field) => opponents(field, both)))
    const kept = Object.fromEntries(
      Object.entries(fallback).filter(([field]) => !dropped.has(field as Field)),
    )
    return { ...kept, ...constraints }
  }

  function widened(further: Vocabularies): ConstraintsValidator {
    const wider = Object.entries(vocabularies).map(([field, values]) => [
      field,
      [...new Set([...values, ...(further[field as Field] ?? [])])],
    ])
    return constraintsValidator({ ...rules, vocabularies: Object.fromEntries(wider) as Vocabularies })
  }

  return { validate, merge, widened }
}
