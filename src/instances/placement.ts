import type { AvailabilityZone } from '../environ/capabilities.ts'
import { NotValidError } from '../environ/errors.ts'

/**
 * The zone that a placement directive names; none for no directive.
 * @throws NotValidError for a directive other than `zone=NAME`
 */
export function zoneOfPlacement(placement: string | undefined): string | undefined {
  if (placement === undefined) return undefined
  const [, zone] = /^zone=(.+)$/.exec(placement) ?? []
  if (zone !== undefined) return zone
  throw new NotValidError(`unknown placement directive: ${placement}`, { hint: 'write zone=NAME' })
}

/** @throws NotValidError for a zone that is not among these, or is not available */
export function checkZone(name: string, zones: readonly AvailabilityZone[]): void {
  const zone = zones.find((known) => known.name === name)
  const hint = `the zones are: ${zones.map((known) => known.name).join(', ')}`
  if (!zone) throw new NotValidError(`availability zone "${name}" not valid`, { hint })
  if (!zone.available) throw new NotValidError(`zone "${name}" is unavailable`, { hint })
}
