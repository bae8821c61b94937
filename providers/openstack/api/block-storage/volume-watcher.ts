/** Follows any number of volumes with one request at a time. */

import type { Clock } from 'cloud-environs/provider'
import type { CallOptions, ListOptions } from '../service/options.ts'
import { Watcher } from '../service/watcher.ts'
import type { Volume } from './volume.ts'
import {
  whenDeleted,
  whenInStatus,
  type WaitForVolumeDeleteOptions,
  type WaitForVolumeStatusOptions,
} from './volume-verdicts.ts'

interface Volumes {
  get(id: string, options: CallOptions): Promise<Volume>
  list(query: object, options: ListOptions): AsyncIterable<Volume>
}

/** Shared by all waits for volumes of one connection. */
export class VolumeWatcher extends Watcher<Volume> {
  constructor(volumes: Volumes, clock: Clock) {
    const watched = {
      resource: 'volume',
      get: (id: string, options: CallOptions) => volumes.get(id, options),
      list: (options: ListOptions) => volumes.list({}, options),
      describe: ({ status }: Volume) => status,
    }
    super(watched, clock)
  }

  /** See `Volumes.waitForStatus`. */
  waitForStatus(id: string, options: WaitForVolumeStatusOptions = {}): Promise<Volume> {
    const { signal, timeoutMs, accept = ['available'] } = options
    const goal = accept.join(' or ')
    return this.until(id, whenInStatus(id, options), { signal, timeoutMs, goal, atOnce: true })
  }

  /** See `Volumes.waitForDelete`. */
  async waitForDelete(id: string, options: WaitForVolumeDeleteOptions = {}): Promise<void> {
    const { signal, timeoutMs } = options
    await this.until(id, whenDeleted(options), { signal, timeoutMs, goal: 'deleted', atOnce: true })
  }
}
