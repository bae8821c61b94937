import { type JournalOptions, JournalRunner } from '../../src/durable/journal/index.ts'
import type { Logger } from 'cloud-environs'
import { systemClock } from '../../src/runtime/host/clock.ts'

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent }

/** A runner on the jobs in a directory. */
export const openJournal = (directory: string, options: Partial<JournalOptions> = {}): JournalRunner =>
  new JournalRunner({ directory, clock: systemClock, logger: silent, ...options })
