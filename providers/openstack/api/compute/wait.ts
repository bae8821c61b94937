/** Waits for servers. */

import {
  EnvironsError,
  NotFoundError,
  RateLimitedError,
  TimeoutError,
  UnavailableError,
} from 'cloud-environs'
import type { Clock } from 'cloud-environs/provider'
import type { CallOptions } from '../service/options.ts'
import type { Server, ServerStatus } from './server.ts'

/** How to wait. */
interface WaitOptions {
  readonly signal?: AbortSignal | undefined
  /** Milliseconds, default 300,000. */
  readonly timeoutMs?: number | undefined
  /** Milliseconds before the second look, default 1,000; each pause is half as long again, up to 5,000. */
  readonly intervalMs?: number | undefined
}

/** How to wait for a status. */
export interface WaitForStatusOptions extends WaitOptions {
  /** Statuses that end the wait, default `ACTIVE`. */
  readonly accept?: readonly ServerStatus[] | undefined
  /** Statuses that fail it, default `ERROR` and `DELETED`; accepted ones win. */
  readonly reject?: readonly ServerStatus[] | undefined
  /** Called after each look: for progress. */
  readonly onStatus?: ((server: Server) => void) | undefined
}

/** How to wait for the end of a server. */
export interface WaitForDeleteOptions extends WaitOptions {
  readonly onStatus?: ((server: Server) => void) | undefined
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

interface Servers {
  get(id: string, options: CallOptions): Promise<Server>
}

const TIMEOUT_MS = 300_000
const INTERVAL_MS = 1_000
const MAX_INTERVAL_MS = 5_000
const GROWTH = 1.5
/** A look that takes longer than this is not worth waiting for. */
const LOOK_MS = 60_000
const MAX_FAILED_LOOKS = 5

/** See `Servers.waitForStatus`. */
export async function waitForStatus(
  servers: Servers,
  clock: Clock,
  id: string,
  options: WaitForStatusOptions,
): Promise<Server> {
  const { accept = ['ACTIVE'], reject = ['ERROR', 'DELETED'], onStatus } = options
  return poll(servers, clock, id, options, accept.join(' or '), (server) => {
    onStatus?.(server)
    if (accept.includes(server.status)) return server
    if (reject.includes(server.status)) throw new ServerStatusError(server)
    return undefined
  })
}

/** See `Servers.waitForDelete`. */
export async function waitForDelete(
  servers: Servers,
  clock: Clock,
  id: string,
  options: WaitForDeleteOptions,
): Promise<void> {
  let failedLooks = 0
  try {
    await poll(servers, clock, id, options, 'deleted', (server) => {
      options.onStatus?.(server)
      if (server.status === 'DELETED' || server.status === 'SOFT_DELETED') return server
      // Twice, because a server that was in ERROR before shows it until the deletion has begun.
      failedLooks = server.status === 'ERROR' && server.taskState === undefined ? failedLooks + 1 : 0
      if (failedLooks > 1) throw new ServerStatusError(server)
      return undefined
    })
  } catch (error) {
    if (error instanceof NotFoundError && error.status === 404) return
    throw error
  }
}

async function poll(
  servers: Servers,
  clock: Clock,
  id: string,
  { signal, timeoutMs = TIMEOUT_MS, intervalMs = INTERVAL_MS }: WaitOptions,
  goal: string,
  look: (server: Server) => Server | undefined,
): Promise<Server> {
  const deadline = clock.now() + timeoutMs
  let interval = intervalMs
  let failures = 0
  let last: Server | undefined
  for (;;) {
    try {
      last = await servers.get(id, {
        signal,
        deadlineMs: Math.min(Math.max(deadline - clock.now(), 1), LOOK_MS),
      })
      failures = 0
      const found = look(last)
      if (found) return found
    } catch (error) {
      if (!isPassing(error) || ++failures > MAX_FAILED_LOOKS) throw error
      if (clock.now() >= deadline) throw tooLate(id, goal, timeoutMs, last, error)
    }
    const left = deadline - clock.now()
    if (left <= 0) throw tooLate(id, goal, timeoutMs, last)
    await clock.sleep(Math.min(interval, left), { signal })
    interval = Math.min(interval * GROWTH, Math.max(MAX_INTERVAL_MS, intervalMs))
  }
}

function isPassing(error: unknown): boolean {
  return (
    error instanceof UnavailableError || error instanceof TimeoutError || error instanceof RateLimitedError
  )
}

function tooLate(
  id: string,
  goal: string,
  timeoutMs: number,
  last: Server | undefined,
  cause?: unknown,
): TimeoutError {
  const doing = last?.taskState ? ` (${last.taskState})` : ''
  const state = last ? `; it is ${last.status}${doing}` : '; its status could not be read'
  return new TimeoutError(`server ${id} was not ${goal} after ${timeoutMs / 1000} s${state}`, {
    operation: 'wait for',
    resource: `server ${id}`,
    hint: 'allow more time, or look for what is slow in the cloud',
    ...(cause === undefined ? {} : { cause }),
  })
}
