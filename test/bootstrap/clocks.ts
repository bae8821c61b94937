import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from 'cloud-environs'

type SleepOptions = Parameters<Clock['sleep']>[1]

/** A clock that lets no time be lost: what takes a second takes 50 ms. */
export const hurriedClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms, { signal }: SleepOptions = {}) => {
    await sleep(ms / 20, undefined, { signal }).catch(() => signal?.throwIfAborted())
  },
}

/** The real time, but for the wait for a machine: that is over when the test says so. */
export class MachineWaitClock implements Clock {
  readonly #giveUp = new Set<() => void>()

  now(): number {
    return Date.now()
  }

  async sleep(ms: number, { signal }: SleepOptions = {}): Promise<void> {
    const isWait = ms > 600_000 && ms < 1_200_000
    const passed = sleep(ms, undefined, { signal }).catch(() => signal?.throwIfAborted())
    if (!isWait) return await passed
    await Promise.race([passed, new Promise<void>((resolve) => this.#giveUp.add(resolve))])
  }

  /** The time for the machine is up. */
  giveUp(): void {
    for (const wake of this.#giveUp) wake()
  }
}
