import {
  type Clock,
  ForbiddenError,
  NotFoundError,
  NotSupportedError,
  NotValidError,
  UnauthorizedError,
} from '../environ/index.ts'

/** When something is tried again. */
export interface RetryPolicy {
  readonly clock: Clock
  /** Further attempts after the first. */
  readonly retries: number
  /** Milliseconds between them. */
  readonly retryDelay: number
  readonly signal?: AbortSignal | undefined
}

const PERMANENT = [NotValidError, NotSupportedError, NotFoundError, UnauthorizedError, ForbiddenError]

/** Whether trying again cannot help. The error itself counts: of the zones that it tells of, one may have a reason. */
export const isPermanent = (error: unknown): boolean => PERMANENT.some((type) => error instanceof type)

/** Tries what changes nothing in the cloud until it succeeds. */
export async function retrying<T>(policy: RetryPolicy, work: () => Promise<T>): Promise<T> {
  const { clock, retries, retryDelay, signal } = policy
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (signal?.aborted || attempt > retries || isPermanent(error)) throw error
    }
    await clock.sleep(retryDelay, { signal })
  }
}
