import type { JsonObject } from '../json.ts'
import type { Reply } from '../message.ts'
import type { Router } from '../router.ts'
import { micro } from '../time.ts'
import { type Call, type Handler, ok } from './call.ts'
import { notAllowed } from './errors.ts'

/** /limits, /os-quota-sets and /os-availability-zone. */
export function limitRoutes(router: Router<Handler>): void {
  router
    .add('GET', '/limits', limits)
    .add('GET', '/os-quota-sets/:project', (call) => quotaSet(call, 'plain'))
    .add('GET', '/os-quota-sets/:project/detail', (call) => quotaSet(call, 'detail'))
    .add('GET', '/os-quota-sets/:project/defaults', (call) => quotaSet(call, 'defaults'))
    .add('GET', '/os-availability-zone', ({ state }) =>
      ok(zones(state.hosts.zones.map((zone) => [zone, null]))),
    )
    .add('GET', '/os-availability-zone/detail', ({ state, access }) => {
      if (!access.isAdmin) throw notAllowed('os-availability-zone:detail')
      const up = { available: true, active: true, updated_at: micro(Date.now()) }
      return ok(
        zones(
          state.hosts.zones.map((zone) => [
            zone,
            Object.fromEntries(state.hosts.inZone(zone).map(({ name }) => [name, { 'nova-compute': up }])),
          ]),
        ),
      )
    })
}

function zones(entries: readonly (readonly [string, unknown])[]): JsonObject {
  return {
    availabilityZoneInfo: entries.map(([zoneName, hosts]) => ({
      zoneName,
      zoneState: { available: true },
      hosts,
    })),
  }
}

function limits({ state, access, minor, incoming }: Call): Reply {
  const asked = incoming.query.get('tenant_id') ?? access.projectId
  if (asked !== access.projectId && !access.isAdmin) throw notAllowed('limits:other_project')
  const { quotas } = state.settings
  const used = state.usage(asked)
  return ok({
    limits: {
      rate: [],
      absolute: {
        maxTotalInstances: quotas.instances,
        maxTotalCores: quotas.cores,
        maxTotalRAMSize: quotas.ram,
        maxServerMeta: quotas.metadataItems,
        ...(minor < 39 && { maxImageMeta: quotas.metadataItems }),
        ...(minor < 57 && { maxPersonality: 5, maxPersonalitySize: 10_240 }),
        maxTotalKeypairs: quotas.keyPairs,
        maxServerGroups: 10,
        maxServerGroupMembers: 10,
        ...(minor < 36 && {
          maxTotalFloatingIps: -1,
          maxSecurityGroups: -1,
          maxSecurityGroupRules: -1,
          totalFloatingIpsUsed: 0,
          totalSecurityGroupsUsed: 0,
        }),
        totalRAMUsed: used.ram,
        totalCoresUsed: used.cores,
        totalInstancesUsed: used.instances,
        totalServerGroupsUsed: 0,
      },
    },
  })
}

function quotaSet(call: Call, form: 'plain' | 'detail' | 'defaults'): Reply {
  const { state, access, minor, parameters } = call
  const id = parameters.project ?? ''
  if (id !== access.projectId && !access.isAdmin && form !== 'defaults') {
    throw notAllowed(`os-quota-sets:${form === 'detail' ? 'detail' : 'show'}`)
  }
  const { quotas } = state.settings
  const used = state.usage(id)
  const entries: [name: string, limit: number, inUse: number][] = [
    ['cores', quotas.cores, used.cores],
    ['instances', quotas.instances, used.instances],
    ['key_pairs', quotas.keyPairs, 0],
    ['metadata_items', quotas.metadataItems, 0],
    ['ram', quotas.ram, used.ram],
    ['server_group_members', 10, 0],
    ['server_groups', 10, 0],
  ]
  if (minor < 36) {
    for (const name of ['fixed_ips', 'floating_ips', 'security_group_rules', 'security_groups']) {
      entries.push([name, -1, 0])
    }
  }
  if (minor < 57) {
    entries.push(['injected_file_content_bytes', 10_240, 0])
    entries.push(['injected_file_path_bytes', 255, 0])
    entries.push(['injected_files', 5, 0])
  }
  const quota = entries.map(([name, limit, inUse]) => [
    name,
    form === 'detail' ? { limit, in_use: inUse, reserved: 0 } : limit,
  ])
  return ok({ quota_set: { id, ...Object.fromEntries(quota) } })
}
