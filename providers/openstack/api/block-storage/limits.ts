/** What a project may have of Cinder (https://docs.openstack.org/api-ref/block-storage/v3/#limits-limits). */

import { z } from 'zod'
import { lazy } from '../service/lazy.ts'
import type { CallOptions } from '../service/options.ts'
import { readOne } from '../service/read.ts'
import type { ServiceClient } from '../service/service-client.ts'

/** How much there is of something, and how much may be. */
export interface VolumeLimit {
  /** Absent when there is none. */
  readonly limit?: number | undefined
  readonly used: number
}

/** The limits of the project. */
export interface VolumeLimits {
  readonly volumes: VolumeLimit
  /** GiB of all volumes, and of snapshots where the cloud counts them. */
  readonly gigabytes: VolumeLimit
  readonly snapshots: VolumeLimit
  readonly backups: VolumeLimit
  /** GiB. */
  readonly backupGigabytes: VolumeLimit
}

const limitsSchema = lazy(() => {
  const count = z.number().default(-1)
  const used = z.number().default(0)
  return z.object({
    absolute: z
      .object({
        maxTotalVolumes: count,
        totalVolumesUsed: used,
        maxTotalVolumeGigabytes: count,
        totalGigabytesUsed: used,
        maxTotalSnapshots: count,
        totalSnapshotsUsed: used,
        maxTotalBackups: count,
        totalBackupsUsed: used,
        maxTotalBackupGigabytes: count,
        totalBackupGigabytesUsed: used,
      })
      .transform(
        (wire): VolumeLimits => ({
          volumes: toLimit(wire.maxTotalVolumes, wire.totalVolumesUsed),
          gigabytes: toLimit(wire.maxTotalVolumeGigabytes, wire.totalGigabytesUsed),
          snapshots: toLimit(wire.maxTotalSnapshots, wire.totalSnapshotsUsed),
          backups: toLimit(wire.maxTotalBackups, wire.totalBackupsUsed),
          backupGigabytes: toLimit(wire.maxTotalBackupGigabytes, wire.totalBackupGigabytesUsed),
        }),
      ),
  })
})

function toLimit(limit: number, used: number): VolumeLimit {
  return { limit: limit < 0 ? undefined : limit, used }
}

/** `blockStorage.limits` */
export class BlockStorageLimits {
  readonly #client: ServiceClient

  constructor(client: ServiceClient) {
    this.#client = client
  }

  /** The limits of the connection's project, and what it uses of them. */
  async get(options: CallOptions = {}): Promise<VolumeLimits> {
    const { json } = await this.#client.request({
      method: 'GET',
      path: '/limits',
      operation: 'get',
      resource: 'the limits of block storage',
      ...options,
    })
    return readOne(json, 'limits', limitsSchema(), 'the limits of block storage').absolute
  }
}
