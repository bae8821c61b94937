import {
  type AvailabilityZone,
  NotSupportedError,
  NotFoundError,
  NotValidError,
  findError,
} from 'cloud-environs/provider'
import type { Scope } from './scope.ts'

/** @throws NotSupportedError when the cloud has no such extension */
export async function availabilityZones(
  { connection, coalescer }: Scope,
  signal?: AbortSignal,
): Promise<readonly AvailabilityZone[]> {
  try {
    return await coalescer.share('zones', signal, (signal) =>
      connection.compute.availabilityZones.all({ signal }),
    )
  } catch (error) {
    if (!findError(error, NotFoundError)) throw error
    throw new NotSupportedError('this cloud has no availability zones', { cause: error })
  }
}

/**
 * The zone that a placement directive names.
 * @throws NotValidError for a directive other than `zone=NAME`, or a zone that is unknown or not available
 */
export async function placementZone(
  scope: Scope,
  placement: string | undefined,
  signal?: AbortSignal,
): Promise<string | undefined> {
  if (placement === undefined) return undefined
  const [, name] = /^zone=(.+)$/.exec(placement) ?? []
  if (name === undefined) {
    throw new NotValidError(`unknown placement directive: ${placement}`, { hint: 'write zone=NAME' })
  }
  const zones = await availabilityZones(scope, signal)
  const zone = zones.find((known) => known.name === name)
  const hint = `the zones are: ${zones.map((known) => known.name).join(', ')}`
  if (!zone) throw new NotValidError(`availability zone "${name}" not valid`, { hint })
  if (!zone.available) throw new NotValidError(`zone "${name}" is unavailable`, { hint })
  return name
}
