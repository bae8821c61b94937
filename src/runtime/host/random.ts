import { randomBytes, randomUUID } from 'node:crypto'
import type { RandomSource } from '../../environ/index.ts'

/** The machine's own random numbers. */
export const systemRandom: RandomSource = {
  number: () => Math.random(),
  uuid: () => randomUUID(),
  hex: (bytes) => randomBytes(bytes).toString('hex'),
}
