/** Reads parsed JSON without trusting it: only own members count, so `__proto__` and `constructor` are mere names. */

export type JsonObject = Readonly<Record<string, unknown>>

const EMPTY: JsonObject = Object.freeze({})

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** An object's own member. */
export const member = (object: JsonObject, name: string): unknown =>
  Object.hasOwn(object, name) ? object[name] : undefined

/** The member when it is an object, otherwise an empty one. */
export function objectAt(object: JsonObject, name: string): JsonObject {
  const value = member(object, name)
  return isObject(value) ? value : EMPTY
}

/** The member when it is a text, otherwise ''. */
export function textAt(object: JsonObject, name: string): string {
  const value = member(object, name)
  return typeof value === 'string' ? value : ''
}

/** The elements of the member that are objects. */
export function objectsAt(object: JsonObject, name: string): readonly JsonObject[] {
  const value = member(object, name)
  return Array.isArray(value) ? value.filter(isObject) : []
}
