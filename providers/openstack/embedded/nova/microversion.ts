import type { IncomingHttpHeaders } from 'node:http'
import { Refusal } from '../message.ts'
import { novaError } from './errors.ts'

/** Zed's range: 2.1 to 2.93. */
export const MAX_MINOR = 93

/** The headers of an answer at that version. */
export function microversionHeaders(version: string): Readonly<Record<string, string | readonly string[]>> {
  return {
    'OpenStack-API-Version': `compute ${version}`,
    'X-OpenStack-Nova-API-Version': version,
    Vary: ['OpenStack-API-Version', 'X-OpenStack-Nova-API-Version'],
  }
}

/** The minor version that was asked for; without a header it is 1. */
export function readMicroversion(headers: IncomingHttpHeaders): number {
  const asked = askedVersion(headers)
  if (asked === undefined) return 1
  if (asked === 'latest') return MAX_MINOR
  const match = /^([1-9]\d*)\.([1-9]\d*|0)$/.exec(asked)
  if (!match) {
    throw novaError(
      400,
      `API Version String ${asked} is of invalid format. Must be of format MajorNum.MinorNum.`,
    )
  }
  const minor = Number(match[2])
  if (match[1] === '2' && minor >= 1 && minor <= MAX_MINOR) return minor
  const { reply } = novaError(
    406,
    `Version ${asked} is not supported by the API. Minimum is 2.1 and maximum is 2.${MAX_MINOR}.`,
  )
  throw new Refusal({ ...reply, headers: { ...microversionHeaders(asked), ...reply.headers } })
}

function askedVersion(headers: IncomingHttpHeaders): string | undefined {
  const general = headers['openstack-api-version']
  const entries = typeof general === 'string' ? general.split(',') : []
  for (const entry of entries) {
    const [service, version] = entry.trim().split(/\s+/)
    if (service?.toLowerCase() === 'compute' && version !== undefined) return version
  }
  const legacy = headers['x-openstack-nova-api-version']
  return typeof legacy === 'string' && legacy !== '' ? legacy : undefined
}
