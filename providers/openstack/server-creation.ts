/** Asks Nova for a server that must not be made twice, and takes back what was made when it cannot be had. */

import {
  deadline,
  EnvironsError,
  findError,
  RateLimitedError,
  TimeoutError,
  UnavailableError,
} from 'cloud-environs/provider'
import { type CreateServer, outcomeUnknown, type Server } from './api/index.ts'
import { Removal } from './removal.ts'
import type { Scope } from './scope.ts'
import { deleteServer } from './servers-of-model.ts'

/** How long undoing a failed start may take: 2 minutes. */
const UNDO_TIMEOUT_MS = 120_000

/** How often, and how far apart, it is tried. */
const UNDO_ATTEMPTS = 5
const UNDO_DELAY_MS = 2_000

/** Failures that a cloud gets over. */
const PASSING = [UnavailableError, RateLimitedError, TimeoutError]

/** How often, and how far apart, a server is looked for that may have been made: Nova may still be at it. */
const FIND_ATTEMPTS = 4
const FIND_DELAY_MS = 1_000

/** How a server is known again, of which there is at most one. */
export interface ServerMark {
  readonly name: string
  readonly tags: Readonly<Record<string, string>>
}

/** A start that failed. */
export interface FailedStart {
  /** Whom the server was for: `machine 0`. */
  readonly of: string
  readonly operation: string
  /** What removes the rest, when undoing fails too. */
  readonly hint: string
  readonly mark: ServerMark
  /** Id of the server, once it was known. */
  readonly id: string | undefined
  /** Whether there may be a server whose id is not known. */
  readonly maybe: boolean
  /** Removes what was made beside the server. */
  readonly removeRest: (removal: Removal, signal: AbortSignal) => Promise<void>
}

/** The id of the new server. When the answer to the request was lost, the server is looked for before anything else. */
export async function createServer(
  scope: Scope,
  mark: ServerMark,
  request: Omit<CreateServer, 'name'>,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { servers } = scope.connection.compute
  try {
    return (await servers.create({ ...request, name: mark.name }, { signal })).id
  } catch (error) {
    if (!outcomeUnknown(error)) throw error
    const made = await findSoon(scope, mark, signal)
    if (!made) throw error
    return made.id
  }
}

/** Removes what was made, or may have been made; gives the error to throw, which is `error` when all of it is gone. */
export async function undo(scope: Scope, start: FailedStart, error: unknown): Promise<unknown> {
  const { services } = scope
  const { of, operation, hint } = start
  // Not the caller's signal: that may be what ended the start.
  using limit = deadline(
    services.clock,
    UNDO_TIMEOUT_MS,
    'removing a failed server took longer than 2 minutes',
  )
  try {
    await remove(scope, start, limit.signal)
    return error
  } catch (undoError) {
    services.logger.error('removing what a failed start made failed', { of, error: undoError })
    const reason = error instanceof Error ? error.message : String(error)
    return new EnvironsError(`${reason}; and what was made for ${of} could not all be removed`, {
      cause: new AggregateError([error, undoError]),
      operation,
      resource: of,
      hint,
    })
  }
}

/** Removes it all, again when the cloud fails for the moment. */
async function remove(
  scope: Scope,
  { mark, id, maybe, operation, removeRest }: FailedStart,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const made = id ?? (maybe ? (await findSoon(scope, mark, signal))?.id : undefined)
      if (made !== undefined) await deleteServer(scope, made, signal)
      const removal = new Removal()
      await removeRest(removal, signal)
      removal.throwRefused(operation)
      return
    } catch (error) {
      const passes = PASSING.some((type) => findError(error, type))
      if (!passes || attempt === UNDO_ATTEMPTS || signal.aborted) throw error
      await scope.services.clock.sleep(UNDO_DELAY_MS, { signal })
    }
  }
}

/** The server that Nova was asked for without an answer. */
async function findSoon(
  scope: Scope,
  mark: ServerMark,
  signal: AbortSignal | undefined,
): Promise<Server | undefined> {
  for (let attempt = 1; ; attempt++) {
    const server = await find(scope, mark, signal)
    if (server || attempt === FIND_ATTEMPTS) return server
    await scope.services.clock.sleep(FIND_DELAY_MS, { signal })
  }
}

async function find(
  { connection }: Scope,
  { name, tags }: ServerMark,
  signal: AbortSignal | undefined,
): Promise<Server | undefined> {
  const servers = await connection.compute.servers.all({ name: `^${name}$` }, { signal })
  return servers.find(({ metadata }) => Object.entries(tags).every(([key, value]) => metadata[key] === value))
}
