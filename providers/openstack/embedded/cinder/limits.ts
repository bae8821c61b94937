import type { Reply } from '../message.ts'
import type { Router } from '../router.ts'
import { type Call, type Handler, ok } from './call.ts'
import { notAllowed } from './errors.ts'

/** /limits, /os-quota-sets and /os-availability-zone. */
export function limitRoutes(router: Router<Handler>): void {
  router
    .add('GET', '/limits', limits)
    .add('GET', '/os-quota-sets/:project', quotaSet)
    .add('GET', '/os-availability-zone', ({ state }) =>
      ok({
        availabilityZoneInfo: state.zones.map((zoneName) => ({ zoneName, zoneState: { available: true } })),
      }),
    )
}

function limits({ state, access }: Call): Reply {
  const { quotas } = state.settings
  const used = state.usage(access.projectId)
  return ok({
    limits: {
      rate: [],
      absolute: {
        maxTotalVolumes: quotas.volumes,
        maxTotalSnapshots: -1,
        maxTotalVolumeGigabytes: quotas.gigabytes,
        maxTotalBackups: -1,
        maxTotalBackupGigabytes: 1000,
        totalVolumesUsed: used.volumes,
        totalGigabytesUsed: used.gigabytes,
        totalSnapshotsUsed: 0,
        totalBackupsUsed: 0,
        totalBackupGigabytesUsed: 0,
      },
    },
  })
}

function quotaSet({ state, access, parameters, incoming }: Call): Reply {
  const id = parameters.project ?? ''
  if (id !== access.projectId && !access.isAdmin) throw notAllowed('volume_extension:quotas:show')
  const { quotas } = state.settings
  const used = state.usage(id)
  const entries: [name: string, limit: number, inUse: number][] = [
    ['volumes', quotas.volumes, used.volumes],
    ['per_volume_gigabytes', quotas.perVolumeGigabytes, 0],
    ['snapshots', -1, 0],
    ['gigabytes', quotas.gigabytes, used.gigabytes],
    ['backups', -1, 0],
    ['backup_gigabytes', 1000, 0],
    ['groups', -1, 0],
  ]
  const withUsage = incoming.query.get('usage')?.toLowerCase() === 'true'
  const quota = entries.map(([name, limit, inUse]) => [
    name,
    withUsage ? { limit, in_use: inUse, reserved: 0 } : limit,
  ])
  return ok({ quota_set: { ...Object.fromEntries(quota), id } })
}
