import type { Access } from '../access.ts'
import { parseJson } from '../json.ts'
import type { Incoming, Refusal, Reply } from '../message.ts'
import type { Parameters } from '../router.ts'

/** One request, and who makes it. */
export interface Call {
  readonly incoming: Incoming
  readonly access: Access
  readonly parameters: Parameters
  /** Glance's error for a status and a text. */
  readonly refuse: (status: number, message: string) => Refusal
}

export type Handler = (call: Call) => Reply

/** The body. */
export function json({ incoming, refuse }: Call): unknown {
  const parsed = parseJson(incoming.body)
  if (!parsed) throw refuse(400, 'Malformed JSON in request body.')
  return parsed.value
}
