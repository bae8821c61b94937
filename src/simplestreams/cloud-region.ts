import { isObject, type JsonObject, member, objectsAt, textAt } from './shape.ts'

/** What metadata is for (Juju: `simplestreams.CloudSpec`). */
export interface CloudRegion {
  readonly region: string
  readonly endpoint: string
}

const regionKey = (region: string): string => region.toLowerCase().replaceAll(' ', '')
const endpointKey = (endpoint: string): string => endpoint.replace(/\/$/, '')

/** Regions are compared without case and spaces. */
export const sameRegion = (a: string, b: string): boolean => regionKey(a) === regionKey(b)

/** Endpoints are compared without one slash at the end. */
export const sameCloud = (a: CloudRegion, b: CloudRegion): boolean =>
  sameRegion(a.region, b.region) && endpointKey(a.endpoint) === endpointKey(b.endpoint)

/** The `clouds` of an entry; `undefined` when it is for any cloud. */
export function cloudsOf(entry: JsonObject): readonly CloudRegion[] | undefined {
  if (!Array.isArray(member(entry, 'clouds'))) return undefined
  return objectsAt(entry, 'clouds')
    .filter(isObject)
    .map((cloud) => ({ region: textAt(cloud, 'region'), endpoint: textAt(cloud, 'endpoint') }))
}
