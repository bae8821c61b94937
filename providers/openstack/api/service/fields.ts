/**
 * Reads the fields of an answer one by one, checking each as it is read. Nothing is copied that is not kept: for lists of
 * thousands, where a schema that builds each item anew costs as much as parsing the page.
 */

import { z } from 'zod'
import type { ItemSchema } from './read.ts'

/** An object of an answer, of which nothing is known yet. */
export type Fields = Readonly<Record<string, unknown>>

/** A field that is not what the service is known to send. */
class WrongField extends Error {
  readonly field: string

  constructor(field: string, wanted: string) {
    super(`is not ${wanted}`)
    this.field = field
  }
}

/** The text; nothing for an absent, null or empty one. */
export function text(fields: Fields, key: string): string | undefined {
  const value = fields[key]
  if (typeof value === 'string') return value === '' ? undefined : value
  if (value === undefined || value === null) return undefined
  throw new WrongField(key, 'a text')
}

/** A text that must be there. */
export function requiredText(fields: Fields, key: string): string {
  const value = fields[key]
  if (typeof value === 'string') return value
  throw new WrongField(key, 'a text')
}

/** The number; nothing for an absent or null one. */
export function number(fields: Fields, key: string): number | undefined {
  const value = fields[key]
  if (typeof value === 'number') return value
  if (value === undefined || value === null) return undefined
  throw new WrongField(key, 'a number')
}

/** The boolean; nothing for an absent or null one. */
export function boolean(fields: Fields, key: string): boolean | undefined {
  const value = fields[key]
  if (typeof value === 'boolean') return value
  if (value === undefined || value === null) return undefined
  throw new WrongField(key, 'true or false')
}

/** The object; nothing for an absent, null or empty one: some services write `""` for none. */
export function object(fields: Fields, key: string): Fields | undefined {
  const value = fields[key]
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value === 'object' && !Array.isArray(value)) return value as Fields
  throw new WrongField(key, 'an object')
}

/** The list with each item read; nothing for an absent or null one. */
export function list<T>(fields: Fields, key: string, read: (item: Fields) => T): T[] | undefined {
  const value = fields[key]
  if (value === undefined || value === null) return undefined
  if (!Array.isArray(value)) throw new WrongField(key, 'a list')
  return value.map((item: unknown) => {
    if (typeof item === 'object' && item !== null) return read(item as Fields)
    throw new WrongField(key, 'a list of objects')
  })
}

/** The list of texts; nothing for an absent or null one. */
export function texts(fields: Fields, key: string): readonly string[] | undefined {
  const value = fields[key]
  if (value === undefined || value === null) return undefined
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value
  throw new WrongField(key, 'a list of texts')
}

/** The texts by name; none for an absent one. */
export function textMap(fields: Fields, key: string): Readonly<Record<string, string>> {
  const map = object(fields, key) ?? {}
  for (const name in map) if (typeof map[name] !== 'string') throw new WrongField(`${key}.${name}`, 'a text')
  return map as Readonly<Record<string, string>>
}

/** One of these; nothing for anything else, which a newer cloud may send. */
export function oneOf<T>(fields: Fields, key: string, known: readonly T[]): T | undefined {
  return known.find((each) => each === fields[key])
}

/** Makes an item of its wire form with functions of this file. */
export const itemOf = <T>(read: (fields: Fields) => T): ItemSchema<T> => ({
  safeParse: (input) => {
    try {
      if (typeof input !== 'object' || input === null) throw new WrongField('', 'an object')
      return { success: true, data: read(input as Fields) }
    } catch (error) {
      if (!(error instanceof WrongField)) throw error
      const issue: z.core.$ZodIssue = { code: 'custom', path: [error.field], message: error.message, input }
      return { success: false, error: new z.ZodError([issue]) as z.ZodError<T> }
    }
  },
})
