import { NotValidError } from '../environ/errors.ts'
import { CONSTRAINT_KEYS, type ConstraintKey, type Constraints } from './value.ts'

type Writable = { -readonly [K in keyof Constraints]: Constraints[K] }

const MIB_PER_UNIT: Readonly<Record<string, number>> = { M: 1, G: 1024, T: 1024 ** 2, P: 1024 ** 3 }

const keysByName = new Map(
  CONSTRAINT_KEYS.flatMap((key) => [key.name, ...(key.aliases ?? [])].map((name) => [name, key] as const)),
)

const invalid = (key: ConstraintKey, text: string, wanted: string): NotValidError =>
  new NotValidError(`bad "${key.name}" constraint: "${text}" is not ${wanted}`, {
    resource: `constraint ${key.name}`,
    hint: `write ${key.name}=VALUE with ${wanted}`,
  })

function parseValue(key: ConstraintKey, text: string): Constraints[keyof Constraints] {
  switch (key.kind) {
    case 'text':
      if (text !== '' && key.values && !key.values.includes(text)) {
        throw invalid(key, text, `one of ${key.values.join(', ')}`)
      }
      return text
    case 'count': {
      if (text === '') return 0
      if (!/^\d{1,15}$/.test(text)) throw invalid(key, text, 'a whole number that is not negative')
      return Number(text)
    }
    case 'size': {
      if (text === '') return 0
      const [, number, unit] = /^(\d{1,12}(?:\.\d+)?)([MGTP]?)$/.exec(text) ?? []
      if (number === undefined) throw invalid(key, text, 'a size such as 2048M or 4G')
      return Math.ceil(Number(number) * (MIB_PER_UNIT[unit || 'M'] ?? 1))
    }
    case 'list':
      return text === '' ? [] : text.split(',')
    case 'boolean':
      if (text !== 'true' && text !== 'false') throw invalid(key, text, 'true or false')
      return text === 'true'
  }
}

/** Words of a constraint text: separated by white space; a backslash keeps white space, or itself, in a word. */
function words(text: string): string[] {
  return (text.match(/(?:\\[^]|[^\s\\]|\\$)+/g) ?? []).map((word) => word.replace(/\\([\s\\])/g, '$1'))
}

/**
 * Reads constraints as users write them: `arch=amd64 mem=4G root-disk=20G` (Juju: `constraints.Parse`).
 * @throws NotValidError for an unknown, repeated or malformed constraint
 */
export function parseConstraints(...texts: readonly string[]): Constraints {
  const result: Writable = {}
  const seen = new Set<string>()
  for (const word of texts.flatMap(words)) {
    const equals = word.indexOf('=')
    if (equals <= 0) {
      throw new NotValidError(`malformed constraint "${word}"`, {
        hint: 'write constraints as name=value, separated by spaces',
      })
    }
    const key = keysByName.get(word.slice(0, equals))
    if (!key) {
      throw new NotValidError(`unknown constraint "${word.slice(0, equals)}"`, {
        resource: `constraint ${word.slice(0, equals)}`,
        hint: `the constraints are: ${CONSTRAINT_KEYS.map(({ name }) => name).join(', ')}`,
      })
    }
    if (seen.has(key.name))
      throw new NotValidError(`constraint "${key.name}" is already set`, { hint: 'give it once' })
    seen.add(key.name)
    Object.assign(result, { [key.field]: parseValue(key, word.slice(equals + 1)) })
  }
  return result
}

function formatValue(key: ConstraintKey, value: NonNullable<Constraints[keyof Constraints]>): string {
  if (Array.isArray(value)) return value.join(',')
  if (key.kind === 'size') return value === 0 ? '' : `${String(value)}M`
  if (key.kind === 'count') return value === 0 ? '' : String(value)
  return String(value)
}

/** Writes constraints so that {@link parseConstraints} reads the same value back. */
export function formatConstraints(constraints: Constraints): string {
  return CONSTRAINT_KEYS.flatMap((key) => {
    const value = constraints[key.field]
    return value === undefined ? [] : [`${key.name}=${formatValue(key, value).replace(/[\s\\]/g, '\\$&')}`]
  }).join(' ')
}
