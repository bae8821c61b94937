import { isObject, isText, type JsonObject, UUID } from '../json.ts'
import { pythonRepr } from '../nova/python.ts'
import { cinderError, invalidField } from './errors.ts'

/** The object under the key. */
export function required(body: JsonObject, key: string): JsonObject {
  if (!(key in body)) throw cinderError(400, `'${key}' is a required property`)
  const value = body[key]
  if (!isObject(value)) throw invalidField(key, value, `${pythonRepr(value)} is not of type 'object'`)
  return value
}

/** Refuses members that are not named. */
export function refuseOthers(field: string, value: JsonObject, known: readonly string[]): void {
  const strangers = Object.keys(value).filter((name) => !known.includes(name))
  if (strangers.length === 0) return
  const list = strangers.map((name) => `'${name}'`).join(', ')
  const verb = strangers.length > 1 ? 'were' : 'was'
  throw invalidField(field, value, `Additional properties are not allowed (${list} ${verb} unexpected)`)
}

/** A name or a description, of which Cinder strips the spaces. */
export function text(volume: JsonObject, field: string, legacy: string): string | null | undefined {
  const given = volume[field] ?? volume[legacy]
  if (given === undefined) return volume[field] === null ? null : undefined
  if (given === null) return null
  if (!isText(given)) throw invalidField(field, given, `${pythonRepr(given)} is not of type 'string', 'null'`)
  const stripped = given.trim()
  if (stripped.length > 255) {
    throw cinderError(
      400,
      `Invalid input received: ${field} has ${stripped.length} characters, more than 255.`,
    )
  }
  return stripped
}

/** A size in GiB, as a number or as a text. */
export function size(field: string, given: unknown): number {
  if (isText(given) && !/^[0-9]+$/.test(given)) {
    throw invalidField(field, given, `${pythonRepr(given)} does not match '^[0-9]+$'`)
  }
  const value = Number(given)
  if (given === null || (!isText(given) && !Number.isInteger(given))) {
    throw invalidField(field, given, `${pythonRepr(given)} is not of type 'integer', 'string', 'null'`)
  }
  if (value < 1) throw invalidField(field, given, `${value} is less than the minimum of 1`)
  return value
}

/** An id, or nothing. */
export function uuid(volume: JsonObject, field: string): string | undefined {
  const given = volume[field]
  if (given === undefined || given === null) return undefined
  if (isText(given) && UUID.test(given)) return given
  throw invalidField(field, given, `${pythonRepr(given)} is not valid under any of the given schemas`)
}

const KEYS = '^[a-zA-Z0-9-_:. /]{1,255}$'

/** `metadata` or `meta`. */
export function metadata(field: string, given: unknown): Record<string, string> {
  if (given === undefined || given === null) return {}
  if (!isObject(given)) throw invalidField(field, given, `${pythonRepr(given)} is not of type 'object'`)
  for (const [key, value] of Object.entries(given)) {
    if (!/^[a-zA-Z0-9\-_:. /]{1,255}$/.test(key)) {
      throw invalidField(field, given, `'${key}' does not match any of the regexes: '${KEYS}'`)
    }
    if (!isText(value)) throw invalidField(key, value, `${pythonRepr(value)} is not of type 'string'`)
    if (value.length > 255) throw invalidField(key, value, `${pythonRepr(value)} is too long`)
  }
  return { ...(given as Record<string, string>) }
}
