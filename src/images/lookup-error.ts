import { NotFoundError } from '../environ/errors.ts'
import type { ImageMetadata } from '../environ/images.ts'
import { type CloudRegion, sameRegion } from '../simplestreams/index.ts'

/** What the metadata of a source is for. */
export interface KnownClouds {
  readonly source: string
  readonly clouds: readonly CloudRegion[]
}

/** Of each source; public ones have dozens. */
const SHOWN = 6

const say = ({ region, endpoint }: CloudRegion): string => `${region} at ${endpoint}`

/** Those that are almost what was looked for go first. */
function nearness(cloud: CloudRegion, wanted: CloudRegion): number {
  if (sameRegion(cloud.region, wanted.region)) return 0
  return cloud.endpoint === wanted.endpoint ? 1 : 2
}

function list(clouds: readonly CloudRegion[], wanted: CloudRegion): string {
  const nearest = clouds.toSorted((a, b) => nearness(a, wanted) - nearness(b, wanted))
  const rest = nearest.length > SHOWN ? [`${nearest.length - SHOWN} more`] : []
  return [...nearest.slice(0, SHOWN).map(say), ...rest].join(', ') || 'no region'
}

/** What the cloud's own images are. */
function offer(listed: readonly ImageMetadata[]): string {
  const kinds = [...new Set(listed.map(({ os, version, arch }) => `${os}@${version} ${arch}`))].sort()
  return kinds.length === 0 ? '' : `; the cloud itself lists ${kinds.join(', ')}`
}

/** What was looked for beside what there is. */
export function noMetadataFor(
  wanted: CloudRegion,
  known: readonly KnownClouds[],
  cause: unknown,
  listed: readonly ImageMetadata[] = [],
): NotFoundError {
  const has = known.map(({ source, clouds }) => `"${source}" has ${list(clouds, wanted)}`).join('; ')
  return new NotFoundError(`no image metadata for ${say(wanted)}; ${has}${offer(listed)}`, {
    cause,
    resource: 'image metadata',
    hint: 'region and endpoint have to be the same: correct the metadata or the cloud, or make metadata with "environs images generate"',
  })
}
