import {
  type Attempt,
  backOff,
  isHopeless,
  type Json,
  type TaskOutcome,
  type TaskRun,
  taskError,
} from '../provisioner/index.ts'

/** How often something is tried again. */
export interface Retries {
  /** Attempts after the first. */
  readonly retries: number
  /** Milliseconds between them. */
  readonly retryDelay: number
}

/** Juju's. */
export const DEFAULT_RETRIES: Retries = { retries: 10, retryDelay: 10_000 }

/** Which attempt it is. */
export interface Try {
  /** 1 is the first. */
  readonly attempt: number
  /** How many before it, one after the other, the cloud has refused as it would have everybody's. */
  readonly refused: number
}

/** Tries until it is over. Each attempt is a step; one that throws has failed, and is made again where that may help. */
export async function attempts(
  run: TaskRun,
  name: string,
  { retries, retryDelay }: Retries,
  act: (which: Try) => Promise<Attempt>,
): Promise<TaskOutcome> {
  const tried = async (which: Try): Promise<Attempt> => {
    try {
      return await act(which)
    } catch (error) {
      if (which.attempt <= retries && !isHopeless(error)) return backOff(error, which.refused, retryDelay)
      return { status: 'failed', error: taskError(error) }
    }
  }
  for (let attempt = 1, refused = 0; ; attempt++) {
    await run.ready()
    const which = { attempt, refused }
    // Attempts are plain data.
    const step = run.step(`${name} ${attempt}`, async () => (await tried(which)) as unknown as Json)
    const result = (await step) as unknown as Attempt
    if (result.status !== 'again') return result
    const { delay, forAll, error } = result
    refused = forAll ? refused + 1 : 0
    run.report(`${error.message}; tried again in ${delay / 1000} s`)
    if (forAll) await run.holdBack(delay)
    await run.sleep(delay)
  }
}

/** An attempt at what leaves nothing behind when it fails, and need not be undone when the job is cancelled. */
export async function unlessCancelled({ signal }: TaskRun, act: () => Promise<Json>): Promise<Attempt> {
  if (signal.aborted) return { status: 'cancelled' }
  try {
    return { status: 'succeeded', result: await act() }
  } catch (error) {
    if (signal.aborted) return { status: 'cancelled' }
    throw error
  }
}
