/** Reads answers by a schema. */

import { UnavailableError } from 'cloud-environs'
import type { Logger } from 'cloud-environs/provider'
import { z } from 'zod'
import { annotate } from '../transport/failure.ts'

/** What makes an item of its wire form: a schema, or a check by hand where lists are long. */
export type ItemSchema<T> = Pick<z.ZodType<T>, 'safeParse'>

/** What is under the key, or all of it without one. @throws UnavailableError when it is not as it should be */
export function readOne<T>(
  json: unknown,
  key: string | undefined,
  schema: ItemSchema<T>,
  resource: string,
): T {
  const value = key === undefined ? json : fieldOf(json, key)
  const { data, error } = schema.safeParse(value)
  if (error) throw odd(resource, z.prettifyError(error))
  return data
}

/** {@link readOne} for what was just created: when the answer cannot be read, it exists all the same. */
export function readCreated<T>(
  json: unknown,
  key: string | undefined,
  schema: ItemSchema<T>,
  resource: string,
): T {
  try {
    return readOne(json, key, schema, resource)
  } catch (error) {
    throw error instanceof UnavailableError ? annotate(error, { outcomeUnknown: true }) : error
  }
}

/** The items under the key. One that is not as it should be is left out with a warning. */
export function readItems<T>(json: unknown, key: string, schema: ItemSchema<T>, logger: Logger): T[] {
  const values = fieldOf(json, key)
  if (!Array.isArray(values)) throw odd(key, `"${key}" is not a list`)
  // Keystone's long lists have no pages, only an end.
  if (fieldOf(json, 'truncated') === true) logger.warn(`the cloud cut off the list of ${key}`)
  const items: T[] = []
  for (const value of values) {
    const { data, error } = schema.safeParse(value)
    if (error) {
      const id = fieldOf(value, 'id')
      logger.warn(`left out one of ${key} that cannot be read`, () => ({ id, why: z.prettifyError(error) }))
    } else items.push(data)
  }
  return items
}

/** A field of an object, or `undefined`. */
export function fieldOf(json: unknown, key: string): unknown {
  return typeof json === 'object' && json !== null ? (json as Record<string, unknown>)[key] : undefined
}

function odd(resource: string, why: string): UnavailableError {
  return new UnavailableError(
    `the cloud's answer about ${resource} cannot be read: ${why.replace(/\s+/g, ' ')}`,
    {
      resource,
      hint: 'check that the endpoint is that service, and not a proxy',
    },
  )
}
