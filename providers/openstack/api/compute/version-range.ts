/** Which microversions an operation works at. */

import { BASE_MICROVERSION, compareMicroversions, type Microversion } from '../service/microversion.ts'

/** Microversions that something works at: from the base, and without end, unless said. */
export interface VersionRange {
  readonly from?: Microversion | undefined
  readonly to?: Microversion | undefined
}

/** Ranges in order of preference; the lowest microversion of the first one that the cloud has is used. */
export type VersionRanges = readonly VersionRange[]

/** What works everywhere. */
export const EVERY_VERSION: VersionRanges = [{}]

/** One range without an end. */
export const since = (from: Microversion): VersionRanges => [{ from }]

/** That microversion alone; without one, any. */
export const exactly = (microversion: Microversion | undefined): VersionRanges =>
  microversion === undefined ? EVERY_VERSION : [{ from: microversion, to: microversion }]

/** Where all of the needs are met; empty when they exclude each other. */
export function allOf(needs: readonly VersionRanges[]): VersionRanges {
  return needs.reduce(
    (met, need) => met.flatMap((a) => need.map((b) => overlap(a, b)).filter((range) => range !== undefined)),
    EVERY_VERSION,
  )
}

/** The lowest microversion of the first range that the cloud has part of. */
export function chooseVersion(ranges: VersionRanges, offered: OfferedVersions): Microversion | undefined {
  for (const range of ranges) {
    const common = overlap(range, { from: offered.oldest, to: offered.newest })
    if (common) return common.from
  }
  return undefined
}

/** Whether the base microversion, which all clouds have, is the one preferred. */
export function worksEverywhere([first]: VersionRanges): boolean {
  return (
    first !== undefined && (first.from ?? BASE_MICROVERSION) === BASE_MICROVERSION && first.to === undefined
  )
}

/** What a cloud has. */
export interface OfferedVersions {
  readonly oldest: Microversion
  readonly newest: Microversion
}

/** `2.42`, `2.42 or 2.32 to 2.36`, `2.1 to 2.43`. */
export function describeRanges(ranges: VersionRanges): string {
  const texts = ranges.map(({ from = BASE_MICROVERSION, to }) =>
    to === undefined ? from : `${from} to ${to}`,
  )
  return [...new Set(texts)].join(' or ')
}

function overlap(a: VersionRange, b: VersionRange): (VersionRange & { from: Microversion }) | undefined {
  const from = [a.from, b.from].reduce(later, undefined) ?? BASE_MICROVERSION
  const to = [a.to, b.to].reduce(earlier, undefined)
  return to !== undefined && compareMicroversions(from, to) > 0 ? undefined : { from, to }
}

type Bound = Microversion | undefined

function later(a: Bound, b: Bound): Bound {
  return a && b ? (compareMicroversions(a, b) >= 0 ? a : b) : (a ?? b)
}

function earlier(a: Bound, b: Bound): Bound {
  return a && b ? (compareMicroversions(a, b) <= 0 ? a : b) : (a ?? b)
}
