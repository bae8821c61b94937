/** What `connect` uses when nobody injects anything: the real clock, real randomness, no log. */

import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock, Logger, RandomSource } from 'cloud-environs/provider'

/** The system's time. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, { signal } = {}) {
    signal?.throwIfAborted()
    try {
      await sleep(ms, undefined, signal ? { signal } : undefined)
    } catch (error) {
      // The timer throws an error of its own; the contract wants the signal's reason.
      signal?.throwIfAborted()
      throw error
    }
  },
}

/** The system's random source. */
export const cryptoRandom: RandomSource = {
  number: () => Math.random(),
  uuid: () => randomUUID(),
  hex: (bytes) => randomBytes(bytes).toString('hex'),
}

const nothing = () => {}

/** Says nothing. */
export const silentLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => silentLogger,
}
