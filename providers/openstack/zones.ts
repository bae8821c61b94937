import {
  checkZone,
  type AvailabilityZone,
  NotSupportedError,
  NotFoundError,
  type StartInstanceParams,
  zoneOfPlacement,
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
 * The zone that the caller or a placement directive names.
 * @throws NotValidError for a directive other than `zone=NAME`, or a zone that is unknown or not available
 */
export async function askedZone(
  scope: Scope,
  { availabilityZone, placement }: Pick<StartInstanceParams, 'availabilityZone' | 'placement'>,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const zone = availabilityZone ?? zoneOfPlacement(placement)
  if (zone !== undefined) checkZone(zone, await availabilityZones(scope, signal))
  return zone
}
