/** Waits for volumes. */

import {
  EnvironsError,
  NotFoundError,
  RateLimitedError,
  TimeoutError,
  UnavailableError,
} from 'cloud-environs'
import type { Clock } from 'cloud-environs/provider'
import type { CallOptions } from '../service/options.ts'
import type { Volume, VolumeStatus } from './volume.ts'

/** How to wait until a volume is gone. */
export interface WaitForVolumeDeleteOptions {
  readonly signal?: AbortSignal | undefined
  /** Milliseconds, default 300,000. */
  readonly timeoutMs?: number | undefined
  /** Milliseconds before the second look, default 1,000; each pause is half as long again, up to 5,000. */
  readonly intervalMs?: number | undefined
  /** Called after each look: for progress. */
  readonly onStatus?: ((volume: Volume) => void) | undefined
}

/** How to wait for a status. */
export interface WaitForVolumeStatusOptions extends WaitForVolumeDeleteOptions {
  /** Statuses that end the wait, default `available`. */
  readonly accept?: readonly VolumeStatus[] | undefined
  /** Statuses that fail it, default `error` and all that begin with it; accepted ones win. */
  readonly reject?: readonly VolumeStatus[] | undefined
}

/** A volume came into a status that it was not to come into: `error`, `error_deleting`, ... */
export class VolumeStatusError extends EnvironsError {
  readonly volume: Volume

  constructor(volume: Volume) {
    super(`volume ${volume.id} is in status ${volume.status}`, {
      operation: 'wait for',
      resource: `volume ${volume.id}`,
      hint:
        volume.status === 'error_deleting'
          ? 'try the deletion again, or have the operator of the cloud reset the status of the volume'
          : 'delete the volume; its operator finds the reason in the logs of the block storage service',
    })
    this.volume = volume
  }
}

interface Volumes {
  get(id: string, options: CallOptions): Promise<Volume>
}

const TIMEOUT_MS = 300_000
const INTERVAL_MS = 1_000
const MAX_INTERVAL_MS = 5_000
const GROWTH = 1.5
/** A look that takes longer than this is not worth waiting for. */
const LOOK_MS = 60_000
const MAX_FAILED_LOOKS = 5

/** See `Volumes.waitForStatus`. */
export async function waitForStatus(
  volumes: Volumes,
  clock: Clock,
  id: string,
  options: WaitForVolumeStatusOptions,
): Promise<Volume> {
  const { accept = ['available'], reject } = options
  return poll(volumes, clock, id, options, accept.join(' or '), (volume) => {
    if (accept.includes(volume.status)) return volume
    const bad = reject?.includes(volume.status) ?? isFault(volume)
    if (bad) throw new VolumeStatusError(volume)
    return undefined
  })
}

/** See `Volumes.waitForDelete`. */
export async function waitForDelete(
  volumes: Volumes,
  clock: Clock,
  id: string,
  options: WaitForVolumeDeleteOptions,
): Promise<void> {
  let begun = false
  try {
    await poll(volumes, clock, id, options, 'deleted', (volume) => {
      // A backend that finds the volume busy makes it available again.
      if (isFault(volume) || (begun && volume.status !== 'deleting')) throw new VolumeStatusError(volume)
      begun ||= volume.status === 'deleting'
      return undefined
    })
  } catch (error) {
    if (error instanceof NotFoundError && error.status === 404) return
    throw error
  }
}

function isFault({ status }: Volume): boolean {
  return status.startsWith('error')
}

async function poll(
  volumes: Volumes,
  clock: Clock,
  id: string,
  { signal, timeoutMs = TIMEOUT_MS, intervalMs = INTERVAL_MS, onStatus }: WaitForVolumeDeleteOptions,
  goal: string,
  look: (volume: Volume) => Volume | undefined,
): Promise<Volume> {
  const deadline = clock.now() + timeoutMs
  let interval = intervalMs
  let failures = 0
  let last: Volume | undefined
  for (;;) {
    let cause: unknown
    try {
      const deadlineMs = Math.min(Math.max(deadline - clock.now(), 1), LOOK_MS)
      last = await volumes.get(id, { signal, deadlineMs })
      failures = 0
      onStatus?.(last)
      const found = look(last)
      if (found) return found
    } catch (error) {
      if (!isPassing(error) || ++failures > MAX_FAILED_LOOKS) throw error
      cause = error
    }
    const left = deadline - clock.now()
    if (left <= 0) throw tooLate(id, goal, timeoutMs, last, cause)
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
  last: Volume | undefined,
  cause: unknown,
): TimeoutError {
  const state = last ? `; it is ${last.status}` : '; its status could not be read'
  return new TimeoutError(`volume ${id} was not ${goal} after ${timeoutMs / 1000} s${state}`, {
    operation: 'wait for',
    resource: `volume ${id}`,
    hint: 'allow more time, or look for what is slow in the cloud',
    ...(cause === undefined ? {} : { cause }),
  })
}
