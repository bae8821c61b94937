import type { ZonedEnviron } from '../environ/capabilities.ts'
import type { Environ } from '../environ/environ.ts'
import { findError, NotSupportedError } from '../environ/errors.ts'
import type { InstanceId } from '../environ/instance.ts'
import type { CallOptions } from '../environ/options.ts'

/** An availability zone, and which instances of a group are in it (Juju: `AvailabilityZoneInstances`). */
export interface ZoneAllocation {
  readonly zone: string
  readonly instances: readonly InstanceId[]
}

/** The zones that are available, the emptiest first, and the zone of each instance of the model. */
async function allocate(
  environ: Environ & ZonedEnviron,
  group: readonly InstanceId[],
  options?: CallOptions,
): Promise<{
  readonly allocations: readonly ZoneAllocation[]
  readonly zoneOf: ReadonlyMap<InstanceId, string>
}> {
  const [zones, instances] = await Promise.all([
    environ.availabilityZones(options),
    environ.allInstances(options),
  ])
  const living = instances.filter(({ status }) => status.state !== 'provisioning-error')
  const zoneOf = new Map(
    living.flatMap(({ id, availabilityZone: zone }) => (zone === undefined ? [] : [[id, zone] as const])),
  )
  const members = group.length > 0 ? new Set(group) : undefined
  const allocations = zones
    .filter(({ available }) => available)
    .map(({ name }) => ({
      zone: name,
      instances: [...zoneOf]
        .filter(([id, zone]) => zone === name && (members?.has(id) ?? true))
        .map(([id]) => id),
    }))
    .sort((a, b) => a.instances.length - b.instances.length || (a.zone < b.zone ? -1 : 1))
  return { allocations, zoneOf }
}

/**
 * The zones that are available, with the instances of the group in each; the emptiest first, then by name (Juju:
 * `AvailabilityZoneAllocations`). An empty group is all instances of the model; members that are gone do not count.
 */
export async function zoneAllocations(
  environ: Environ & ZonedEnviron,
  group: readonly InstanceId[] = [],
  options?: CallOptions,
): Promise<readonly ZoneAllocation[]> {
  return (await allocate(environ, group, options)).allocations
}

/**
 * The candidates, in their order, that are in a zone with the fewest instances of the group (Juju:
 * `DistributeInstances`): what comes next to the group is best put there. All of them on a cloud without zones.
 */
export async function distributeInstances(
  environ: Environ & ZonedEnviron,
  candidates: readonly InstanceId[],
  group: readonly InstanceId[],
  options?: CallOptions,
): Promise<readonly InstanceId[]> {
  try {
    const { allocations, zoneOf } = await allocate(environ, group, options)
    const least = allocations[0]?.instances.length
    const emptiest = new Set(
      allocations.filter(({ instances }) => instances.length === least).map(({ zone }) => zone),
    )
    return candidates.filter((id) => emptiest.has(zoneOf.get(id) ?? ''))
  } catch (error) {
    if (findError(error, NotSupportedError)) return candidates
    throw error
  }
}
