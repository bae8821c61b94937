import type { JsonObject } from '../json.ts'
import type { Reply } from '../message.ts'
import type { Router } from '../router.ts'
import { micro } from '../time.ts'
import { type Call, type Handler, ok } from './call.ts'
import { notAllowed } from './errors.ts'
import { checkQuery } from './paging.ts'

/** /limits and /os-availability-zone. */
export function limitRoutes(router: Router<Handler>): void {
  router
    .add('GET', '/limits', limits)
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
  if (minor >= 75) checkQuery(incoming.query, minor, { tenant_id: 1, reserved: 1 })
  const asked = incoming.query.get('tenant_id') ?? access.projectId
  if (asked !== access.projectId && !access.isAdmin) throw notAllowed('limits:other_project')
  const quotas = state.quotasOf(asked)
  const used = state.usage(asked)
  return ok({
    limits: {
      rate: [],
      absolute: {
        maxTotalInstances: quotas.instances,
        maxTotalCores: quotas.cores,
        maxTotalRAMSize: quotas.ram,
        maxServerMeta: quotas.metadata_items,
        ...(minor < 39 && { maxImageMeta: quotas.metadata_items }),
        ...(minor < 57 && {
          maxPersonality: quotas.injected_files,
          maxPersonalitySize: quotas.injected_file_content_bytes,
        }),
        maxTotalKeypairs: quotas.key_pairs,
        maxServerGroups: quotas.server_groups,
        maxServerGroupMembers: quotas.server_group_members,
        ...(minor < 36 && {
          maxTotalFloatingIps: quotas.floating_ips,
          maxSecurityGroups: quotas.security_groups,
          maxSecurityGroupRules: quotas.security_group_rules,
          totalFloatingIpsUsed: 0,
          totalSecurityGroupsUsed: 0,
        }),
        totalRAMUsed: used.ram,
        totalCoresUsed: used.cores,
        totalInstancesUsed: used.instances,
        totalServerGroupsUsed: state.serverGroups.of(asked).length,
      },
    },
  })
}
