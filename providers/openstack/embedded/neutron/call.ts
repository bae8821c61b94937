import type { Access } from '../access.ts'
import { parseJson } from '../json.ts'
import type { Incoming, Refusal } from '../message.ts'
import { badRequest, neutronError } from './errors.ts'

/** One request, and who makes it. */
export interface Call {
  readonly incoming: Incoming
  readonly access: Access
  /** GET for a HEAD. */
  readonly method: string
}

/** The body. */
export function read(incoming: Incoming): unknown {
  const parsed = parseJson(incoming.body)
  if (!parsed) throw badRequest('Body contains invalid data')
  return parsed.value
}

export function missing(): Refusal {
  return neutronError(404, 'HTTPNotFound', 'The resource could not be found.')
}
