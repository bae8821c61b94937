import { NotFoundError } from '../environ/errors.ts'
import type { DataSource } from '../environ/images.ts'
import type { Base } from '../environ/instance-config.ts'
import type { MetadataOptions } from '../simplestreams/index.ts'
import { fetchImageMetadata, type FoundImages, type ImageConstraint } from './fetch.ts'

/** What has to be found. */
export interface RequiredImages extends ImageConstraint {
  readonly base: Base
  readonly region: string
  readonly endpoint: string
}

/**
 * The images that machines of that base would be started from (Juju: `ValidateImageMetadata`).
 * @throws NotFoundError when there is none
 */
export async function validateImageMetadata(
  sources: readonly DataSource[],
  { base, ...constraint }: RequiredImages,
  options?: MetadataOptions,
): Promise<Required<FoundImages>> {
  const { images, resolved } = await fetchImageMetadata(sources, { ...constraint, bases: [base] }, options)
  if (images.length > 0 && resolved) return { images, resolved }
  const { region, endpoint, arches, stream } = constraint
  const details = [
    `${region} at ${endpoint}`,
    ...(arches ? [`arch ${arches.join(' or ')}`] : []),
    ...(stream ? [`stream ${stream}`] : []),
  ]
  throw new NotFoundError(`no image of ${base.os}@${base.version} for ${details.join(', ')}`, {
    resource: 'image metadata',
    hint: `searched: ${sources.map(({ description }) => description).join(', ') || 'no source'}`,
  })
}
