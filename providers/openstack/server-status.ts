import {
  ConflictError,
  EnvironsError,
  type InstanceState,
  type InstanceStatus,
  NotFoundError,
} from 'cloud-environs/provider'
import { mayGetFault } from './api/compute/server-verdicts.ts'
import type { Server } from './api/index.ts'

const STATES: Readonly<Record<string, InstanceState>> = {
  ACTIVE: 'running',
  BUILD: 'allocating',
  ERROR: 'provisioning-error',
  PAUSED: 'stopped',
  SHELVED: 'stopped',
  SHELVED_OFFLOADED: 'stopped',
  SHUTOFF: 'stopped',
  SUSPENDED: 'stopped',
}

/** Nova's status in Juju's words; the message is Nova's, with the fault. */
export function instanceStatus({ status, taskState, fault }: Server): InstanceStatus {
  const message = fault ? `${status}: ${fault.message}` : taskState ? `${status} (${taskState})` : status
  return { state: STATES[status] ?? 'unknown', message }
}

/** A server is gone when it does not exist, or when the cloud keeps it only in case somebody wants it back. */
export const isGone = (server: Server | undefined): boolean =>
  server === undefined || server.status === 'DELETED' || server.status === 'SOFT_DELETED'

/** Ends a wait for ACTIVE. @throws EnvironsError with the fault's text when the server cannot come there any more */
export function whenActive(id: string): (server: Server | undefined) => Server | undefined {
  const waitsForFault = mayGetFault()
  return (server) => {
    if (server?.status === 'ACTIVE') return server
    if (server?.status === 'BUILD' || (server && waitsForFault(server))) return undefined
    const why = server?.fault?.message ?? (server ? 'the cloud gives no details' : 'somebody deleted it')
    throw new EnvironsError(`cannot run instance: server ${id} is ${server?.status ?? 'gone'}: ${why}`, {
      operation: 'startInstance',
      resource: `server ${id}`,
      hint: "the text after the status is the cloud's own reason; ask its operator if it does not help",
    })
  }
}

/**
 * Ends a wait for that status, with nothing being done to the server.
 * @throws NotFoundError, EnvironsError with the fault's text, ConflictError when it came to another status
 */
export function whenSettled(
  id: string,
  operation: string,
  goal: string,
): (server: Server | undefined) => Server | undefined {
  const resource = `server ${id}`
  return (server) => {
    if (!server)
      throw new NotFoundError(`cannot ${operation} ${resource}: it is gone`, { operation, resource })
    if (server.status === 'ERROR') {
      const why = server.fault?.message ?? 'the cloud gives no details'
      throw new EnvironsError(`cannot ${operation} ${resource}: it is in ERROR: ${why}`, {
        operation,
        resource,
        hint: 'a hard reboot may help; if not, stop the instance and start another',
      })
    }
    if (server.taskState !== undefined) return undefined
    if (server.status === goal) return server
    throw new ConflictError(`cannot ${operation} ${resource}: it came to be ${server.status}`, {
      operation,
      resource,
      hint: 'somebody else does something with it at the same time',
    })
  }
}
