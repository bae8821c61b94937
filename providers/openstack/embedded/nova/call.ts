import type { Access } from '../access.ts'
import { parseJson } from '../json.ts'
import { type Incoming, NOT_FOUND_TEXT, type Refusal, type Reply } from '../message.ts'
import type { Parameters } from '../router.ts'
import { noInstance, novaError } from './errors.ts'
import type { Server } from './server.ts'
import type { ComputeState } from './state.ts'
import type { Style } from './view.ts'

/** A request to Nova, with what its handler needs. */
export interface Call extends Style {
  readonly state: ComputeState
  readonly incoming: Incoming
  readonly parameters: Parameters
  readonly access: Access
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
export function serverOf({ state, access, parameters }: Call): Server {
  const id = parameters.id ?? ''
  const server = state.servers.get(id)
  const mine = server && (access.isAdmin || server.projectId === access.projectId)
  if (!mine || server.vmState === 'deleted') throw noInstance(id)
  return server
}

/** A route that the microversion does not have (yet, or any more). */
export function versionNotFound(): Refusal {
  return novaError(404, NOT_FOUND_TEXT)
}

export function busy(server: Server, action: string): Refusal {
  const what = server.taskState === null ? `vm_state ${server.vmState}` : `task_state ${server.taskState}`
  return novaError(409, `Cannot '${action}' instance ${server.id} while it is in ${what}`)
}

/** Refuses a change of a locked server by anybody but an admin. */
export function checkLock({ access }: Call, server: Server): void {
  if (server.locked && !access.isAdmin) throw novaError(409, `Instance ${server.id} is locked`)
}
