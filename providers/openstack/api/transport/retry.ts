/** When to repeat a request, and how long to wait before. */

import type { EnvironsError, RandomSource } from 'cloud-environs/provider'

/** Tries in all, the first one included. */
export const MAX_TRIES = 3

const BASE_DELAY_MS = 500
const MAX_DELAY_MS = 30_000
const MAX_RETRY_AFTER_MS = 60_000

/** One try that failed. */
export interface FailedTry {
  readonly error: EnvironsError
  /**
   * `unsent`: no connection was made, so nothing can have happened. `refused`: the cloud turned the request away before
   * doing anything, to slow the caller down. `unknown`: it may or may not have happened. `final`: repeating is useless.
   */
  readonly outcome: 'unsent' | 'refused' | 'unknown' | 'final'
  /** What the answer's `Retry-After` asks for. */
  readonly retryAfterMs?: number | undefined
}

/** Whether to try again. What must not happen twice is repeated only when it surely has not happened yet. */
export function mayRepeat({ outcome }: FailedTry, repeatable: boolean): boolean {
  return outcome === 'unsent' || outcome === 'refused' || (outcome === 'unknown' && repeatable)
}

/** How long to wait after the n-th failure (from 1): what the cloud asks for, or longer each time, with jitter. */
export function retryDelayMs(
  failures: number,
  retryAfterMs: number | undefined,
  random: RandomSource,
): number {
  // "Retry after 0" would spin.
  if (retryAfterMs !== undefined && retryAfterMs > 0) return Math.min(retryAfterMs, MAX_RETRY_AFTER_MS)
  const delay = Math.min(BASE_DELAY_MS * 2 ** (failures - 1), MAX_DELAY_MS)
  return Math.round(delay * (0.5 + random.number() / 2))
}

/** Milliseconds of a `Retry-After`: seconds, or an HTTP date. */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined || value.trim() === '') return undefined
  const ms = /^\s*\d+(\.\d+)?\s*$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}
