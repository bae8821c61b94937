/**
 * Reads the fields of an answer one by one, checking each as it is read. Nothing is copied that is not kept: for lists of
 * thousands, where a schema that builds each item anew costs as much as parsing the page. The functions take the value of
 * a field, which leaves the engine to find it quickest; which field was wrong is found out when one is.
 */

import { z } from 'zod'
import type { ItemSchema } from './read.ts'

/** An object of an answer, of which nothing is known yet. */
export type Fields = Readonly<Record<string, unknown>>

/** A field that is not what the service is known to send. */
class WrongField extends Error {
  constructor(wanted: string) {
    super(`is not ${wanted}`)
  }
}

/** The text; nothing for an absent, null or empty one. */
export function text(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value
  if (value === undefined || value === null) return undefined
  throw new WrongField('a text')
}

/** A text that must be there. */
export function requiredText(value: unknown): string {
  if (typeof value === 'string') return value
  throw new WrongField('a text')
}

/** The number; nothing for an absent or null one. */
export function number(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  if (value === undefined || value === null) return undefined
  throw new WrongField('a number')
}

/** The boolean; nothing for an absent or null one. */
export function boolean(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value
  if (value === undefined || value === null) return undefined
  throw new WrongField('true or false')
}

/** The object; nothing for an absent, null or empty one: some services write `""` for none. */
export function object(value: unknown): Fields | undefined {
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value === 'object' && !Array.isArray(value)) return value as Fields
  throw new WrongField('an object')
}

/** The list with each item read; nothing for an absent or null one. */
export function list<T>(value: unknown, read: (item: Fields) => T): T[] | undefined {
  if (value === undefined || value === null) return undefined
  if (!Array.isArray(value)) throw new WrongField('a list')
  return value.map((item) => read(requiredObject(item)))
}

/** The list of texts; nothing for an absent or null one. */
export function texts(value: unknown): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined
  if (!Array.isArray(value)) throw new WrongField('a list')
  for (const item of value) requiredText(item)
  return value as readonly string[]
}

/** The texts by name; none for an absent one. */
export function textMap(value: unknown): Readonly<Record<string, string>> {
  const map = object(value) ?? {}
  for (const name in map) requiredText(map[name])
  return map as Readonly<Record<string, string>>
}

/** One of these; nothing for anything else, which a newer cloud may send. */
export function oneOf<T>(value: unknown, known: readonly T[]): T | undefined {
  return known.includes(value as T) ? (value as T) : undefined
}

/** Makes an item of its wire form with functions of this file. */
export const itemOf = <T>(read: (fields: Fields) => T): ItemSchema<T> => ({
  safeParse: (input) => {
    try {
      return { success: true, data: read(requiredObject(input)) }
    } catch (error) {
      if (!(error instanceof WrongField)) throw error
      const path = pathOfFailure(read, input)
      const issue: z.core.$ZodIssue = { code: 'custom', path, message: error.message, input }
      return { success: false, error: new z.ZodError([issue]) as z.ZodError<T> }
    }
  },
})

function requiredObject(value: unknown): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw new WrongField('an object')
}

/** The path of the field that `read` fails at: the last one that it looks at when it reads once more. */
function pathOfFailure(read: (fields: Fields) => unknown, input: unknown): string[] {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return []
  let last: string[] = []
  const tracked = (value: unknown, path: string[]): unknown =>
    typeof value !== 'object' || value === null
      ? value
      : new Proxy(value, {
          get(target, key) {
            const found: unknown = Reflect.get(target, key)
            // Methods and lengths of lists are no fields.
            if (typeof key === 'symbol' || typeof found === 'function' || key === 'length') return found
            last = [...path, key]
            return tracked(found, last)
          },
        })
  try {
    read(tracked(input, []) as Fields)
  } catch {
    // What it fails with is known.
  }
  return last
}
