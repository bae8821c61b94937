import { AssertionError } from 'node:assert'
import { inspect } from 'node:util'
import { type ErrorClass, type EnvironsError, findError } from '../environ/errors.ts'
import { NotHere } from './not-here.ts'

/** What the work fails with. @throws AssertionError when it succeeds, NotHere */
export async function rejection(work: Promise<unknown>): Promise<unknown> {
  const value = await work.then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  )
  if ('error' in value) {
    if (value.error instanceof NotHere) throw value.error
    return value.error
  }
  throw new AssertionError({
    message: `succeeded, which it must not: ${inspect(value.result, { depth: 1 })}`,
  })
}

/** The error of that class which the work fails with. @throws AssertionError when it succeeds, or fails otherwise */
export async function rejectionOf<E extends EnvironsError>(
  type: ErrorClass<E> & { readonly name: string },
  work: Promise<unknown>,
): Promise<E> {
  const error = await rejection(work)
  const found = findError(error, type)
  if (found) return found
  throw new AssertionError({ message: `not a ${type.name}: ${inspect(error, { depth: 1 })}` })
}
