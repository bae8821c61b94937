import { type JsonObject, parseJson } from '../json.ts'
import type { Incoming, Reply } from '../message.ts'
import type { Parameters } from '../router.ts'
import { expecting, notPermitted } from './errors.ts'
import type { Token } from './identity.ts'

/** One request with a good token. */
export interface Call {
  readonly incoming: Incoming
  readonly parameters: Parameters
  readonly token: Token
  /** Base of the links: `http://127.0.0.1:PORT/identity/v3`. */
  readonly base: string
}

export type Handler = (call: Call) => Reply

/** The body. */
export function body(incoming: Incoming): unknown {
  const parsed = parseJson(incoming.body)
  if (!parsed) throw expecting('valid JSON', 'request body')
  return parsed.value
}

/** Refuses whoever is no admin. */
export function admin(call: Call, action: string): void {
  if (!call.token.roles.some(({ name }) => name === 'admin')) throw notPermitted(action)
}

/** Refuses whoever is neither the user of the path nor an admin. */
export function selfOrAdmin(call: Call, action: string): void {
  if (call.parameters.user !== call.token.user.id) admin(call, action)
}

/** A collection, narrowed by the query's `name`, `domain_id` and the like. */
export function list({ incoming, base }: Call, collection: string, items: readonly JsonObject[]): Reply {
  const filters = [...incoming.query].filter(([key]) => items.some((item) => key in item))
  const kept = items.filter((item) => filters.every(([key, value]) => fits(item[key], value)))
  const query = incoming.query.size > 0 ? `?${incoming.query.toString()}` : ''
  const self = `${base}${incoming.path.slice(3)}${query}`
  return { status: 200, body: { [collection]: kept, links: { next: null, self, previous: null } } }
}

/** A switch in a query is on unless it says off. */
function fits(actual: unknown, value: string): boolean {
  if (typeof actual === 'boolean') return actual === !/^(0|false|no|off)$/i.test(value)
  return String(actual) === value
}
