/** When a wait for a server is over. */

import { EnvironsError, NotFoundError } from 'cloud-environs'
import type { WaitOptions } from '../service/watcher.ts'
import type { Server, ServerStatus } from './server.ts'

/** How to wait until a server is gone. */
export type WaitForDeleteOptions = WaitOptions<Server>

/** How to wait for a status. */
export interface WaitForStatusOptions extends WaitOptions<Server> {
  /** Statuses that end the wait, default `ACTIVE`. */
  readonly accept?: readonly ServerStatus[] | undefined
  /** Statuses that fail it, default `ERROR` and `DELETED`; accepted ones win. */
  readonly reject?: readonly ServerStatus[] | undefined
}

/** A server came into a status that it was not to come into, mostly `ERROR`. */
export class ServerStatusError extends EnvironsError {
  readonly server: Server

  constructor(server: Server) {
    const why = server.fault?.message ? `: ${server.fault.message}` : ''
    super(`server ${server.id} is in status ${server.status}${why}`, {
      operation: 'wait for',
      resource: `server ${server.id}`,
      hint: 'delete the server; its fault says what the cloud could not do',
    })
    this.server = server
  }
}

/** Nova keeps a SOFT_DELETED server only in case somebody wants it back. */
const DELETED: readonly ServerStatus[] = ['DELETED', 'SOFT_DELETED']

/** Looks at a server in ERROR that may wait for its fault. */
const FAULT_LOOKS = 2

/** Nova writes the fault of a server after its status: true while one in ERROR may yet get its fault. */
export function mayGetFault(): (server: Server) => boolean {
  let looks = 0
  return ({ status, fault }) => status === 'ERROR' && fault === undefined && looks++ < FAULT_LOOKS
}

/** The server once it is in a status to accept. @throws ServerStatusError, NotFoundError */
export function whenInStatus(
  id: string,
  { accept = ['ACTIVE'], reject = ['ERROR', 'DELETED'], onStatus }: WaitForStatusOptions,
): (server: Server | undefined) => Server | undefined {
  const waitsForFault = mayGetFault()
  return (server) => {
    if (!server) {
      throw new NotFoundError(`server ${id} is gone, and was never ${accept.join(' or ')}`, {
        operation: 'wait for',
        resource: `server ${id}`,
      })
    }
    onStatus?.(server)
    if (accept.includes(server.status)) return server
    if (reject.includes(server.status) && !waitsForFault(server)) throw new ServerStatusError(server)
    return undefined
  }
}

/** True once it is gone, or deleted softly. @throws ServerStatusError when the deletion failed */
export function whenDeleted({
  onStatus,
}: WaitForDeleteOptions): (server: Server | undefined) => true | undefined {
  let failedLooks = 0
  return (server) => {
    if (server) onStatus?.(server)
    if (!server || DELETED.includes(server.status)) return true
    // Twice, because a server that was in ERROR before shows it until the deletion has begun.
    failedLooks = server.status === 'ERROR' && server.taskState === undefined ? failedLooks + 1 : 0
    if (failedLooks > 1) throw new ServerStatusError(server)
    return undefined
  }
}
