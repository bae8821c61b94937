/** Attributes of machines as users write them: the grammar that constraints and hardware characteristics share. */

import { NotValidError } from '../environ/errors.ts'
import { didYouMean } from '../environ/nearest.ts'

/** Kinds of attribute, as they are written. */
type AttributeKind = 'text' | 'count' | 'size' | 'list' | 'boolean'

/** What an attribute may be; sizes are in MiB. */
export type AttributeValue = string | number | boolean | readonly string[]

/** One attribute. */
export interface AttributeKey<T> {
  /** As users write it: `root-disk`. */
  readonly name: string
  readonly field: keyof T & string
  readonly kind: AttributeKind
  readonly aliases?: readonly string[]
  /** The only texts that it may be. */
  readonly values?: readonly string[]
  /** What each item of a list has to look like, and how that is said. */
  readonly items?: { readonly pattern: RegExp; readonly wanted: string }
}

/** The attributes of one kind of thing, in the order they print in. */
export interface AttributeSet<T> {
  /** For messages: `constraint`. */
  readonly noun: string
  readonly keys: readonly AttributeKey<T>[]
}

const MIB_PER_UNIT: Readonly<Record<string, number>> = { M: 1, G: 1024, T: 1024 ** 2, P: 1024 ** 3 }

const NOT_NEGATIVE = 'a whole number that is not negative'

function invalid<T>(noun: string, key: AttributeKey<T>, value: unknown, wanted: string): NotValidError {
  const shown = JSON.stringify(Array.isArray(value) ? value.join(',') : value)
  return new NotValidError(`bad "${key.name}" ${noun}: ${shown} is not ${wanted}`, {
    resource: `${noun} ${key.name}`,
    hint: `write ${key.name}=VALUE with ${wanted}`,
  })
}

/**
 * The attribute of that name.
 * @throws NotValidError for an unknown name, with the one that was probably meant
 */
function keyNamed<T>({ noun, keys }: AttributeSet<T>, name: string): AttributeKey<T> {
  const found = keys.find((key) => key.name === name || key.aliases?.includes(name))
  if (found) return found
  const names = keys.map((key) => key.name)
  throw new NotValidError(`unknown ${noun} "${name}"${didYouMean(name, names)}`, {
    resource: `${noun} ${name}`,
    hint: `the ${noun}s are: ${names.join(', ')}`,
  })
}

/**
 * A value that came as data: a number for counts and sizes, a list of texts for lists.
 * @throws NotValidError for anything else
 */
function checkValue<T>(noun: string, key: AttributeKey<T>, value: unknown): AttributeValue {
  switch (key.kind) {
    case 'text':
      if (typeof value !== 'string') throw invalid(noun, key, value, 'a text')
      if (value !== '' && key.values && !key.values.includes(value)) {
        throw invalid(noun, key, value, `one of ${key.values.join(', ')}`)
      }
      return value
    case 'count':
    case 'size':
      if (!Number.isSafeInteger(value) || Number(value) < 0) throw invalid(noun, key, value, NOT_NEGATIVE)
      return Number(value)
    case 'list': {
      const { pattern = /^[^,]+$/, wanted = 'a list without empty items' } = key.items ?? {}
      const isItem = (item: unknown): item is string => typeof item === 'string' && pattern.test(item)
      if (!Array.isArray(value) || !value.every(isItem)) throw invalid(noun, key, value, wanted)
      return value
    }
    case 'boolean':
      if (typeof value !== 'boolean') throw invalid(noun, key, value, 'true or false')
      return value
  }
}

/** A value as it is written behind `name=`. An empty one cancels. */
function parseValue<T>(noun: string, key: AttributeKey<T>, text: string): AttributeValue {
  switch (key.kind) {
    case 'text':
      return checkValue(noun, key, text)
    case 'count':
      if (!/^\d{0,15}$/.test(text)) throw invalid(noun, key, text, NOT_NEGATIVE)
      return Number(text)
    case 'size': {
      if (text === '') return 0
      const [, number, unit] = /^(\d{1,12}(?:\.\d+)?)([MGTP]?)$/.exec(text) ?? []
      const size = Math.ceil(Number(number) * (MIB_PER_UNIT[unit || 'M'] ?? 1))
      if (!Number.isSafeInteger(size)) throw invalid(noun, key, text, 'a size such as 2048M or 4G')
      return size
    }
    case 'list':
      return checkValue(noun, key, text === '' ? [] : text.split(','))
    case 'boolean':
      if (!['true', 'false', ''].includes(text)) throw invalid(noun, key, text, 'true or false')
      return text === 'true'
  }
}

/** Words of a text: separated by white space; a backslash keeps white space, or itself, in a word. */
function words(text: string): string[] {
  return (text.match(/(?:\\[^]|[^\s\\]|\\$)+/g) ?? []).map((word) => word.replace(/\\([\s\\])/g, '$1'))
}

/** Reads `name=value` words. @throws NotValidError for an unknown, repeated or malformed attribute */
export function parseAttributes<T extends object>(set: AttributeSet<T>, texts: readonly string[]): T {
  const { noun } = set
  const result = new Map<string, AttributeValue>()
  for (const word of texts.flatMap(words)) {
    const equals = word.indexOf('=')
    if (equals <= 0) {
      throw new NotValidError(`malformed ${noun} "${word}"`, {
        hint: `write ${noun}s as name=value, separated by spaces`,
      })
    }
    const key = keyNamed(set, word.slice(0, equals))
    if (result.has(key.field))
      throw new NotValidError(`${noun} "${key.name}" is already set`, { hint: 'give it once' })
    result.set(key.field, parseValue(noun, key, word.slice(equals + 1)))
  }
  return Object.fromEntries(result) as T
}

function formatValue({ kind }: { readonly kind: AttributeKind }, value: AttributeValue): string {
  if (Array.isArray(value)) return value.join(',')
  if (value === 0) return ''
  return `${String(value)}${kind === 'size' ? 'M' : ''}`
}

/** Writes what {@link parseAttributes} reads. */
export function formatAttributes<T extends object>({ keys }: AttributeSet<T>, attributes: T): string {
  return keys
    .flatMap((key) => {
      const value = attributes[key.field] as AttributeValue | undefined
      return value === undefined ? [] : [`${key.name}=${formatValue(key, value).replace(/[\s\\]/g, '\\$&')}`]
    })
    .join(' ')
}

/** The attributes under the names that users write: what goes into JSON and YAML. */
export function attributesToDocument<T extends object>(
  { keys }: AttributeSet<T>,
  attributes: T,
): Record<string, AttributeValue> {
  return Object.fromEntries(
    keys.flatMap(({ name, field }) => {
      const value = attributes[field] as AttributeValue | undefined
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

/** Reads what {@link attributesToDocument} made. @throws NotValidError for anything else */
export function attributesFromDocument<T extends object>(set: AttributeSet<T>, document: unknown): T {
  const { noun } = set
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new NotValidError(`the ${noun}s are not a map`, { hint: `write them as ${noun} and value` })
  }
  const result = new Map<string, AttributeValue>()
  for (const [name, value] of Object.entries(document)) {
    const key = keyNamed(set, name)
    if (result.has(key.field))
      throw new NotValidError(`${noun} "${key.name}" is already set`, { hint: 'give it once' })
    result.set(key.field, checkValue(noun, key, value))
  }
  return Object.fromEntries(result) as T
}
