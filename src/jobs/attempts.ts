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

/** Tries until it is over. Each attempt is a step; one that throws has failed, and is made again where that may help. */
export async function attempts(
  run: TaskRun,
  name: string,
  { retries, retryDelay }: Retries,
  act: (attempt: number) => Promise<Attempt>,
): Promise<TaskOutcome> {
  const tried = async (attempt: number): Promise<Attempt> => {
    try {
      return await act(attempt)
    } catch (error) {
      if (attempt <= retries && !isHopeless(error)) return backOff(error, attempt, retryDelay)
      return { status: 'failed', error: taskError(error) }
    }
  }
  for (let attempt = 1; ; attempt++) {
    await run.ready()
    // Attempts are plain data.
    const step = run.step(`${name} ${attempt}`, async () => (await tried(attempt)) as unknown as Json)
    const result = (await step) as unknown as Attempt
    if (result.status !== 'again') return result
    const { delay, forAll, error } = result
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
