/** Values of attributes: read from texts as from documents, and written as texts. */

import { Secret } from '../cloud/secret.ts'
import { didYouMean } from '../environ/nearest.ts'
import type { ConfigAttribute } from '../environ/provider.ts'
import { formatMistake } from './formats.ts'
import { parseDuration, parseSize } from './quantities.ts'

/** Says, as the end of a sentence, what a value is that it may not be. */
export class ValueMistake extends Error {}

const mistaken = (what: string): never => {
  throw new ValueMistake(what)
}

/** Words separated by white space; a backslash keeps white space, or itself, in a word. */
const words = (text: string): string[] =>
  (text.match(/(?:\\[^]|[^\s\\]|\\$)+/g) ?? []).map((word) => word.replace(/\\([\s\\])/g, '$1'))

const isTextMap = (value: unknown): value is Readonly<Record<string, string>> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.entries(value).every(([key, text]) => /^[^=\s]+$/.test(key) && typeof text === 'string')

function readMap(value: unknown): Readonly<Record<string, string>> {
  const pairs = typeof value === 'string' ? words(value).map((word) => word.split(/=(.*)/s, 2)) : undefined
  const map = pairs && pairs.every((pair) => pair.length === 2) ? Object.fromEntries(pairs) : value
  return isTextMap(map)
    ? { ...map }
    : mistaken('is neither a map of texts nor key=value pairs separated by spaces')
}

function readList(value: unknown): readonly string[] {
  const texts = typeof value === 'string' ? value.split(',').map((item) => item.trim()) : value
  const items: unknown = value === '' ? [] : texts
  const isItem = (item: unknown) => typeof item === 'string' && /^[^,\s]([^,]*[^,\s])?$/.test(item)
  return Array.isArray(items) && items.every(isItem)
    ? [...(items as string[])]
    : mistaken('is neither a list of texts nor texts separated by commas')
}

/** A quantity stays the text that it is. */
function readQuantity(parse: (text: string) => number, value: unknown, mistake: string): unknown {
  try {
    parse(String(value))
  } catch {
    mistaken(mistake)
  }
  return typeof value === 'string' ? value : mistaken(mistake)
}

const READERS: Readonly<Record<ConfigAttribute['type'], (value: unknown) => unknown>> = {
  string: (value) => (typeof value === 'string' ? value : mistaken('is not a text')),
  bool: (value) => {
    if (typeof value === 'boolean') return value
    const text = typeof value === 'string' ? value.toLowerCase() : ''
    return text === 'true' || text === 'false' ? text === 'true' : mistaken('is neither true nor false')
  },
  int: (value) => {
    const number = typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value
    return Number.isSafeInteger(number) ? number : mistaken('is not a whole number')
  },
  list: readList,
  map: readMap,
  duration: (value) => readQuantity(parseDuration, value, 'is not a duration such as 90s or 1h30m'),
  size: (value) =>
    readQuantity(
      parseSize,
      typeof value === 'number' ? String(value) : value,
      'is not a size such as 512M or 5G',
    ),
}

/** How much a number, a duration or a size is, to be compared with its bounds. */
function amount(type: ConfigAttribute['type'], value: unknown): number {
  if (type === 'duration') return parseDuration(String(value))
  return type === 'size' ? parseSize(String(value)) : Number(value)
}

function checkBounds({ type, min, max }: ConfigAttribute, value: unknown): void {
  if (min !== undefined && amount(type, value) < amount(type, min)) mistaken(`is less than ${min}`)
  if (max !== undefined && amount(type, value) > amount(type, max)) mistaken(`is more than ${max}`)
}

function checkChoice({ values }: ConfigAttribute, value: unknown): void {
  if (!values) return
  const choices = values.map(String)
  const wrong = (Array.isArray(value) ? value : [value]).map(String).find((item) => !choices.includes(item))
  if (wrong === undefined) return
  const quoted = choices.map((choice) => `"${choice}"`)
  mistaken(`is none of ${quoted.join(', ')}${didYouMean(wrong, choices)}`)
}

/**
 * The value of an attribute, checked, from a document or as text.
 * @throws ValueMistake
 */
export async function readValue(attribute: ConfigAttribute, given: unknown): Promise<unknown> {
  const plain: unknown = given instanceof Secret ? given.reveal() : given
  if (plain === '' && attribute.required) mistaken('is empty')
  const value = READERS[attribute.type](plain)
  checkChoice(attribute, value)
  checkBounds(attribute, value)
  const { format, secret = false } = attribute
  if (format !== undefined && !(value === '' && attribute.default === '')) {
    const mistake = await formatMistake(format, value)
    if (mistake !== undefined) mistaken(mistake)
  }
  return secret ? new Secret(String(value)) : Object.freeze(value)
}

const escaped = (text: string): string => text.replace(/[\s\\]/g, '\\$&')

/** A value as it is written behind `name=`; a secret as `***`. */
export function formatConfigValue(value: unknown): string {
  if (Array.isArray(value)) return value.join(',')
  if (!isTextMap(value) || value instanceof Secret) return String(value)
  return Object.entries(value)
    .map(([key, text]) => escaped(`${key}=${text}`))
    .join(' ')
}

/** An empty text puts a string back at its default; an empty text, list or map unsets what has none. */
export function isUnset(
  { required = false, type, default: standard }: ConfigAttribute,
  value: unknown,
): boolean {
  if (value === undefined || value === null) return true
  const mayBeUnset = !required && (standard === undefined || type === 'string')
  return mayBeUnset && formatConfigValue(value) === ''
}
