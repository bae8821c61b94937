import type { IncomingHttpHeaders } from 'node:http'
import { Refusal } from '../message.ts'
import { cinderError } from './errors.ts'

/** Zed's range: 3.0 to 3.70. */
export const MAX_MINOR = 70

/** The headers of an answer at that version. */
export function microversionHeaders(version: string): Readonly<Record<string, string>> {
  return { 'OpenStack-API-Version': `volume ${version}`, Vary: 'OpenStack-API-Version' }
}

/** The minor version that was asked for; without a header it is 0. */
export function readMicroversion(headers: IncomingHttpHeaders): number {
  const asked = askedVersion(headers['openstack-api-version'])
  if (asked === undefined) return 0
  if (asked === 'latest') return MAX_MINOR
  const match = /^([1-9]\d*)\.([1-9]\d*|0)$/.exec(asked)
  if (!match) {
    throw cinderError(
      400,
      `API Version String ${asked} is of invalid format. Must be of format MajorNum.MinorNum.`,
    )
  }
  const minor = Number(match[2])
  if (match[1] === '3' && minor <= MAX_MINOR) return minor
  const { reply } = cinderError(
    406,
    `Version ${asked} is not supported by the API. Minimum is 3.0 and maximum is 3.${MAX_MINOR}.`,
  )
  throw new Refusal({ ...reply, headers: microversionHeaders(asked) })
}

function askedVersion(header: string | readonly string[] | undefined): string | undefined {
  for (const entry of typeof header === 'string' ? header.split(',') : []) {
    const [service, version] = entry.trim().split(/\s+/)
    if (service?.toLowerCase() === 'volume' && version !== undefined) return version
  }
  return undefined
}
