import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { CallOptions, Clock, Logger } from '../../environ/index.ts'
import { ConflictError } from '../../environ/errors.ts'
import { unavailable } from './unavailable.ts'

const NAME = 'worker'

/** A sign of life every second; without one for 10 s the worker is dead. Milliseconds. */
const SIGNS = { update: 1000, stale: 10_000 }
const LOOK = 200

const workedOn = (directory: string, cause: unknown): ConflictError =>
  new ConflictError(`another worker is at the jobs in ${directory}`, {
    cause,
    resource: directory,
    hint: 'it does the jobs of all; to have several workers at the same time, keep the jobs in a database',
  })

/** How the lock is taken. */
interface LockOptions extends CallOptions {
  readonly clock: Clock
  readonly logger: Logger
  /** Called when it was taken by somebody else, because no sign of life came from here. */
  readonly onLost: (error: ConflictError) => void
}

/**
 * Makes this the only worker in a directory; gives what ends that. One that was killed a moment ago is waited for.
 * @throws ConflictError when there is another one that lives
 */
export async function lockWork(
  directory: string,
  { clock, logger, signal, onLost }: LockOptions,
): Promise<() => Promise<void>> {
  const { default: lockfile } = await import('proper-lockfile')
  const path = join(directory, NAME)
  const onCompromised = (error: Error): void => onLost(workedOn(directory, error))
  await mkdir(directory, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw unavailable(directory, 'cannot be made', error)
  })
  let lastSign: number | undefined
  for (;;) {
    try {
      const release = await lockfile.lock(path, { ...SIGNS, realpath: false, onCompromised })
      // It has been released already when it was lost.
      return async () => await release().catch(() => undefined)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED')
        throw unavailable(path, 'cannot be locked', error)
      const entry = await stat(`${path}.lock`).catch(() => undefined)
      if (entry && lastSign !== undefined && entry.mtimeMs !== lastSign) throw workedOn(directory, error)
      if (lastSign === undefined) logger.info('another worker was at these jobs; seeing whether it is alive')
      lastSign = entry?.mtimeMs
    }
    await clock.sleep(LOOK, { signal })
  }
}
