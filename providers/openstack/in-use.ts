import { ConflictError, findError } from 'cloud-environs/provider'
import type { Scope } from './scope.ts'

/** How often, and how far apart, something that is still in use is tried again. */
const ATTEMPTS = 30
const DELAY_MS = 1_000

/**
 * Removes what servers had: their ports are let go a little after they are gone, and so are the groups on the ports.
 * @throws ConflictError when it stays in use
 */
export async function removeOnceFree(
  { services }: Scope,
  remove: () => Promise<unknown>,
  signal?: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await remove()
      return
    } catch (error) {
      if (!findError(error, ConflictError) || attempt === ATTEMPTS) throw error
      await services.clock.sleep(DELAY_MS, { signal })
    }
  }
}
