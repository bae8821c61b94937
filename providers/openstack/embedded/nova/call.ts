import type { Access } from '../access.ts'
import { parseJson } from '../json.ts'
import { type Incoming, NOT_FOUND_TEXT, type Refusal, type Reply } from '../message.ts'
import type { Parameters } from '../router.ts'
import { noInstance, novaError } from './errors.ts'
import type { Server, VmState } from './server.ts'
import type { ComputeState } from './state.ts'
import type { Style } from './view.ts'

/** A request to Nova, with what its handler needs. */
export interface Call extends Style {
  readonly state: ComputeState
  readonly incoming: Incoming
  readonly parameters: Parameters
  readonly access: Access
  /** `req-…`, as the answer's header tells it. */
  readonly requestId: string
}

export type Handler = (call: Call) => Reply | Promise<Reply>

export function ok(body: unknown, status = 200): Reply {
  return { status, body }
}

/** The JSON body of a request. */
export function bodyOf({ incoming }: Call): unknown {
  const type = incoming.headers['content-type']
  if (incoming.body.length > 0 && type !== undefined && !/json/.test(type)) {
    throw novaError(415, 'Unsupported Content-Type')
  }
  const parsed = parseJson(incoming.body)
  if (!parsed) throw novaError(400, 'Malformed request body')
  return parsed.value
}

/** The server of the path's `:id`, when it is there for the asking project. */
export function serverOf(call: Call): Server {
  const server = serverEverOf(call)
  if (server.vmState === 'deleted') throw noInstance(server.id)
  return server
}

/** As {@link serverOf}, but also one that is deleted. */
export function serverEverOf({ state, access, parameters }: Call): Server {
  const id = parameters.id ?? ''
  const server = state.servers.get(id)
  const mine = server && (access.isAdmin || server.projectId === access.projectId)
  if (!mine) throw noInstance(id)
  return server
}

/** A route that the microversion does not have (yet, or any more). */
export function versionNotFound(): Refusal {
  return novaError(404, NOT_FOUND_TEXT)
}

/**
 * Refuses what the server's states do not allow. `tasks` are those that may be under way: by default none.
 */
export function checkState(
  server: Server,
  action: string,
  states: readonly VmState[],
  tasks: 'any' | readonly (string | null)[] = [null],
): void {
  const { id, vmState, taskState } = server
  const refuse = (what: string) => novaError(409, `Cannot '${action}' instance ${id} while it is in ${what}`)
  if (!states.includes(vmState)) throw refuse(`vm_state ${vmState}`)
  if (tasks !== 'any' && !tasks.includes(taskState)) {
    throw taskState === null ? badState(server, action) : refuse(`task_state ${taskState}`)
  }
  if (server.launched === undefined) throw badState(server, action)
}

/** Nova's answer when it cannot name the state that is in the way. */
export function badState(server: Server, action: string): Refusal {
  return novaError(409, `Instance ${server.id} is in an invalid state for '${action}'`)
}

/** Refuses what only a server on a host can do. */
export function checkHost(server: Server): void {
  if (server.host === undefined) throw novaError(409, `Instance ${server.id} is not ready`)
}

/** Refuses a change of a locked server by anybody but an admin. */
export function checkLock({ access }: Call, server: Server): void {
  if (server.locked && !access.isAdmin) throw novaError(409, `Instance ${server.id} is locked`)
}
