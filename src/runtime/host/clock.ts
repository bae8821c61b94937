import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../environ/index.ts'

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, { signal } = {}) => {
    signal?.throwIfAborted()
    try {
      await sleep(ms, undefined, signal ? { signal } : undefined)
    } catch (error) {
      signal?.throwIfAborted()
      throw error
    }
  },
}
