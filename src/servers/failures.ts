/** Failures of a cloud in the service's words. */

import {
  ConflictError,
  EnvironsError,
  findError,
  InvalidRequestError,
  NotFoundError,
} from '../environ/errors.ts'

/** What is done with a server that exists, and how a sentence about it says so. */
const DONE = {
  start: 'started',
  stop: 'stopped',
  'soft reboot': 'rebooted',
  'hard reboot': 'rebooted',
  'console session': 'accessed',
  'console output': 'asked for its console output',
  snapshot: 'snapshotted',
  rebuild: 'built anew',
  update: 'updated',
  delete: 'deleted',
} as const

/** What is done with a server that exists. */
export type ServerOperation = keyof typeof DONE

/**
 * Does something with a server of the cloud. What the cloud does not find stays NotFoundError, what the server's state
 * does not allow becomes InvalidRequestError, all else a plain EnvironsError; each with the operation and its cause. An
 * aborted call rejects with the signal's reason.
 */
export async function translating<T>(
  operation: ServerOperation,
  { name, id }: { readonly name: string; readonly id: string },
  signal: AbortSignal | undefined,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (signal?.aborted) throw signal.reason
    const server = `server "${name}"`
    const details = { operation, resource: `server ${id}`, cause: error }
    const cause = findError(error, EnvironsError)
    const hint = cause?.hint === undefined ? {} : { hint: cause.hint }
    if (findError(error, NotFoundError)) {
      throw new NotFoundError(`${server} cannot be ${DONE[operation]}: not found`, { ...details, ...hint })
    }
    if (findError(error, ConflictError)) {
      throw new InvalidRequestError(`${server} cannot be ${DONE[operation]} as it is now`, {
        ...details,
        hint: 'look at its status, and try again when it is another',
      })
    }
    const why = error instanceof Error ? error.message : String(error)
    throw new EnvironsError(`${server} could not be ${DONE[operation]}: ${why}`, { ...details, ...hint })
  }
}
