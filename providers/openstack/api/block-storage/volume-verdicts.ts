/** When a wait for a volume is over. */

import { EnvironsError, NotFoundError } from 'cloud-environs'
import type { WaitOptions } from '../service/watcher.ts'
import type { Volume, VolumeStatus } from './volume.ts'

/** How to wait until a volume is gone. */
export type WaitForVolumeDeleteOptions = WaitOptions<Volume>

/** How to wait for a status. */
export interface WaitForVolumeStatusOptions extends WaitOptions<Volume> {
  /** Statuses that end the wait, default `available`. */
  readonly accept?: readonly VolumeStatus[] | undefined
  /** Statuses that fail it, default `error` and all that begin with it; accepted ones win. */
  readonly reject?: readonly VolumeStatus[] | undefined
}

/** A volume came into a status that it was not to come into: `error`, `error_deleting`, ... */
export class VolumeStatusError extends EnvironsError {
  readonly volume: Volume

  constructor(volume: Volume) {
    super(`volume ${volume.id} is in status ${volume.status}`, {
      operation: 'wait for',
      resource: `volume ${volume.id}`,
      hint:
        volume.status === 'error_deleting'
          ? 'try the deletion again, or have the operator of the cloud reset the status of the volume'
          : 'delete the volume; its operator finds the reason in the logs of the block storage service',
    })
    this.volume = volume
  }
}

const isFault = ({ status }: Volume): boolean => status.startsWith('error')

/** The volume once it is in a status to accept. @throws VolumeStatusError, NotFoundError */
export function whenInStatus(
  id: string,
  { accept = ['available'], reject, onStatus }: WaitForVolumeStatusOptions,
): (volume: Volume | undefined) => Volume | undefined {
  return (volume) => {
    if (!volume) {
      throw new NotFoundError(`volume ${id} is gone, and was never ${accept.join(' or ')}`, {
        operation: 'wait for',
        resource: `volume ${id}`,
      })
    }
    onStatus?.(volume)
    if (accept.includes(volume.status)) return volume
    if (reject?.includes(volume.status) ?? isFault(volume)) throw new VolumeStatusError(volume)
    return undefined
  }
}

/** True once it is gone. @throws VolumeStatusError when the deletion failed */
export function whenDeleted({
  onStatus,
}: WaitForVolumeDeleteOptions): (volume: Volume | undefined) => true | undefined {
  let begun = false
  return (volume) => {
    if (!volume) return true
    onStatus?.(volume)
    // A backend that finds the volume busy makes it available again.
    if (isFault(volume) || (begun && volume.status !== 'deleting')) throw new VolumeStatusError(volume)
    begun ||= volume.status === 'deleting'
    return undefined
  }
}
