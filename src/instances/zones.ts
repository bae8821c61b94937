import type { StartInstanceParams, StartInstanceResult } from '../environ/broker.ts'
import { supportsZones } from '../environ/capabilities.ts'
import type { Environ } from '../environ/environ.ts'
import {
  EnvironsError,
  findError,
  NotFoundError,
  NotSupportedError,
  ZoneIndependentError,
} from '../environ/errors.ts'
import type { CallOptions } from '../environ/options.ts'

/**
 * The zones to try, in order; `undefined` leaves the choice to a cloud without zones.
 * @throws NotFoundError when there is none that the constraints allow
 */
export async function candidateZones(
  environ: Environ,
  params: StartInstanceParams,
  options?: CallOptions,
): Promise<readonly (string | undefined)[]> {
  if (!supportsZones(environ)) return [undefined]
  const wanted = params.constraints.zones ?? []
  let zones: readonly string[]
  try {
    zones = await environ.deriveAvailabilityZones(params, options)
    if (zones.length === 0) {
      zones = (await environ.availabilityZones(options))
        .filter(({ available }) => available)
        .map(({ name }) => name)
    }
  } catch (error) {
    if (findError(error, NotSupportedError)) return [undefined]
    throw error
  }
  if (zones.length === 0) {
    throw new NotFoundError('no usable availability zones', {
      hint: 'ask the operator of the cloud why none is available',
    })
  }
  const usable = wanted.length > 0 ? zones.filter((zone) => wanted.includes(zone)) : zones
  if (usable.length === 0) {
    throw new NotFoundError(`no availability zone matches the constraint zones=${wanted.join(',')}`, {
      resource: 'availability zone',
      hint: `the zones are: ${zones.join(', ')}`,
    })
  }
  return usable
}

/** How zones are chosen, and watched. */
interface ZoneOptions extends CallOptions {
  readonly onZoneFailed?: (zone: string, error: Error) => void
  /** Chooses one of the zones that are left. Default: the first, in the cloud's order. */
  readonly chooseZone?: (zones: readonly string[]) => string
}

/**
 * Starts an instance in the first availability zone that takes it (Juju: `common.BootstrapInstance`, step 8). Only a
 * failure that another zone may cure leads to the next one.
 * @throws the error itself when one zone was tried, or an EnvironsError naming each zone and its error
 */
export async function startInZones(
  environ: Environ,
  params: StartInstanceParams,
  options: ZoneOptions = {},
): Promise<StartInstanceResult> {
  const zones = await candidateZones(environ, params, options)
  const failures: { zone: string; error: Error }[] = []
  let left = zones
  while (left.length > 0) {
    const names = left.filter((name) => name !== undefined)
    const zone = names.length > 0 && options.chooseZone ? options.chooseZone(names) : left[0]
    left = left.filter((name) => name !== zone)
    try {
      return await environ.startInstance(
        zone === undefined ? params : { ...params, availabilityZone: zone },
        options,
      )
    } catch (error) {
      const final = findError(error, ZoneIndependentError)
      if (final) throw final.cause
      // The provider's own error: it tells what could not be undone.
      if (options.signal?.aborted) throw error
      if (zone === undefined || zones.length === 1 || !(error instanceof Error)) throw error
      failures.push({ zone, error })
      options.onZoneFailed?.(zone, error)
    }
  }
  throw new EnvironsError(
    `cannot start an instance in any availability zone: ${failures.map(({ zone, error }) => `${zone}: ${error.message}`).join('; ')}`,
    { cause: new AggregateError(failures.map(({ error }) => error)), operation: 'startInstance' },
  )
}
