/** Reading of JSON values that came over the wire. */

export type JsonObject = Record<string, unknown>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isText(value: unknown): value is string {
  return typeof value === 'string'
}

export function isList(value: unknown): value is unknown[] {
  return Array.isArray(value)
}

/** The member `key` of `value` when both are objects. */
export function objectAt(value: unknown, key: string): JsonObject | undefined {
  const member = isObject(value) ? value[key] : undefined
  return isObject(member) ? member : undefined
}

/** Parses a body. `undefined` when it is not JSON; an empty body is `null`. */
export function parseJson(body: Buffer): { value: unknown } | undefined {
  if (body.length === 0) return { value: null }
  try {
    return { value: JSON.parse(body.toString('utf8')) as unknown }
  } catch {
    return undefined
  }
}

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** What OpenStack's services take for a boolean in a query or a body; `undefined` for anything else. */
export function asBoolean(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value
  if (value === 1 || value === 0) return value === 1
  if (typeof value !== 'string') return undefined
  const text = value.trim().toLowerCase()
  if (['true', 't', '1', 'yes', 'y', 'on'].includes(text)) return true
  if (['false', 'f', '0', 'no', 'n', 'off'].includes(text)) return false
  return undefined
}

/** A value as a text: texts as they are, anything else as JSON. */
export function asText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}
