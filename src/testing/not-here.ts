/** What a provider does not have, and does not say that it has. */

import { findError, NotSupportedError } from '../environ/errors.ts'

/** Ends a case whose subject the provider does not have. */
export class NotHere extends Error {
  override readonly name = 'NotHere'
}

/** @throws NotHere for what is not there: the case is "not supported" then */
export function need<T, S extends T>(value: T, guard: (value: T) => value is S, what: string): S {
  if (guard(value)) return value
  throw new NotHere(`the provider has no ${what}`)
}

/** The work's value. @throws NotHere when it fails with NotSupportedError, which is how a call says that it is not there */
export async function supported<T>(work: Promise<T>, what: string): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (findError(error, NotSupportedError)) throw new NotHere(`the provider has no ${what}`)
    throw error
  }
}
