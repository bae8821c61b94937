import { findError, QuotaExceededError, RateLimitedError, UnauthorizedError } from '../environ/index.ts'
import type { TaskError, TaskOutcome } from './durable-runner.ts'
import { isPermanent } from './retry.ts'
import { taskError } from './task-error.ts'

/** The longest waits, in milliseconds: a cloud is full for longer than it is busy. */
const LONGEST = { full: 300_000, busy: 60_000 }

const TEMPORARY = [QuotaExceededError, UnauthorizedError]

/** That something is to be tried again. */
export interface BackOff {
  readonly status: 'again'
  readonly error: TaskError
  /** Milliseconds until then. */
  readonly delay: number
  /** Whether all others on this cloud wait as long: it would answer them the same. */
  readonly forAll: boolean
}

/** What an attempt came to, as it is written down. */
export type Attempt = TaskOutcome | BackOff

/** Whether trying again cannot help; a quota may be raised, and what uses it removed; a password may be changed here, too. */
export const isHopeless = (error: unknown): boolean =>
  !TEMPORARY.some((type) => findError(error, type)) && isPermanent(error)

/**
 * @param refused how many attempts before this one, one after the other, were answered as everybody's would be
 * @param retryDelay milliseconds after a failure of its own; what the cloud would answer to everybody is asked less and
 *   less often
 */
export function backOff(error: unknown, refused: number, retryDelay: number): BackOff {
  const again = { status: 'again', error: taskError(error) } as const
  const doubled = (first: number, longest: number): BackOff => ({
    ...again,
    delay: Math.min(first * 2 ** refused, Math.max(longest, retryDelay)),
    forAll: true,
  })
  if (findError(error, RateLimitedError)) return doubled(retryDelay / 10, LONGEST.busy)
  if (findError(error, QuotaExceededError)) return doubled(retryDelay, LONGEST.full)
  return { ...again, delay: retryDelay, forAll: false }
}
