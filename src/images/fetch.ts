import { findError, NotFoundError, NotValidError } from '../environ/errors.ts'
import type { DataSource, ImageMetadata } from '../environ/images.ts'
import type { Base } from '../environ/instance-config.ts'
import {
  type CloudRegion,
  getMetadata,
  type Item,
  type MetadataOptions,
  NoDataForCloudError,
  type ResolveInfo,
  sameRegion,
} from '../simplestreams/index.ts'
import { type KnownClouds, noMetadataFor } from './lookup-error.ts'
import { parseImageProductId, RELEASED } from './product.ts'

/** Which images are looked for; what is left out is not asked (Juju: `imagemetadata.ImageConstraint`). */
export interface ImageConstraint {
  /** With `endpoint`, or neither. */
  readonly region?: string
  readonly endpoint?: string
  readonly bases?: readonly Base[]
  readonly arches?: readonly string[]
  /** Default `released`. */
  readonly stream?: string
  readonly virtType?: string
  readonly storage?: string
}

/** What a lookup gave. */
export interface FoundImages {
  /** Sorted by id. */
  readonly images: readonly ImageMetadata[]
  /** Where they came from; absent when no source has a matching product. */
  readonly resolved?: ResolveInfo
}

/** The datatype of image metadata. */
export const IMAGE_IDS = 'image-ids'

function cloudOf({ region, endpoint }: ImageConstraint): CloudRegion | undefined {
  if (region !== undefined && endpoint !== undefined) return { region, endpoint }
  if (region === undefined && endpoint === undefined) return undefined
  throw new NotValidError('images are looked for by region and endpoint, or by neither', {
    hint: region === undefined ? 'give the region too' : 'give the endpoint too',
  })
}

function wantedProduct({ bases, arches, stream = RELEASED }: ImageConstraint): (id: string) => boolean {
  return (id) => {
    const product = parseImageProductId(id)
    return (
      product?.stream === stream &&
      (!arches || arches.includes(product.arch)) &&
      (!bases || bases.some(({ os, version }) => os === product.os && version === product.version))
    )
  }
}

/** What an item says of an image; `undefined` when it is none. */
export function imageOfItem({ productId, attributes }: Item): ImageMetadata | undefined {
  const product = parseImageProductId(productId)
  const text = (name: string): string | undefined => attributes.get(name)?.toString()
  const id = text('id')
  if (!product || id === undefined) return undefined
  const { os, version, stream } = product
  const optional = {
    region: text('region') ?? text('crsn'),
    endpoint: text('endpoint'),
    virtType: text('virt'),
    storage: text('root_store'),
  }
  return {
    id,
    arch: text('arch') ?? product.arch,
    os,
    version,
    stream,
    ...(Object.fromEntries(
      Object.entries(optional).filter(([, value]) => value !== undefined),
    ) as Partial<ImageMetadata>),
  }
}

/** Whether an item is in the region, or in none of its own. */
function inRegion(region: string): (item: Item) => boolean {
  const known = new Map<string, boolean>()
  return (item) => {
    const its = item.attribute('region') ?? item.attribute('crsn')
    if (its === undefined) return true
    const name = String(its)
    const same = known.get(name) ?? sameRegion(name, region)
    known.set(name, same)
    return same
  }
}

/** The newest of each kind: items come newest first. */
function newest(items: readonly Item[], constraint: ImageConstraint, source: string): ImageMetadata[] {
  const { virtType, storage, arches } = constraint
  const kinds = new Map<string, ImageMetadata>()
  for (const item of items) {
    const image = imageOfItem(item)
    if (!image) continue
    if (virtType !== undefined && image.virtType !== virtType) continue
    if (storage !== undefined && image.storage !== storage) continue
    if (arches && !arches.includes(image.arch)) continue
    const { os, version, arch } = image
    const kind = JSON.stringify([image.virtType, arch, os, version, image.region, image.storage])
    if (!kinds.has(kind)) kinds.set(kind, { ...image, source })
  }
  return [...kinds.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

/**
 * Images of the first source, by priority, that has what is looked for (Juju: `imagemetadata.Fetch`); none, when the
 * sources have the cloud but no such product.
 * @throws NotFoundError showing side by side what was looked for and what the sources have, when none has the cloud;
 *   otherwise the error of the last source
 */
export async function fetchImageMetadata(
  sources: readonly DataSource[],
  constraint: ImageConstraint,
  options: MetadataOptions = {},
): Promise<FoundImages> {
  const cloud = cloudOf(constraint)
  const ordered = sources.toSorted((a, b) => b.priority - a.priority)
  const known: KnownClouds[] = []
  const query = {
    datatype: IMAGE_IDS,
    productId: wantedProduct(constraint),
    ...(cloud ? { cloud, item: inRegion(cloud.region) } : {}),
  }
  try {
    const { items, resolved } = await getMetadata(ordered, query, options, ({ description }, error) => {
      const other = findError(error, NoDataForCloudError)
      if (other) known.push({ source: description, clouds: other.known })
    })
    if (!resolved) return { images: [] }
    return { images: newest(items, constraint, resolved.source), resolved }
  } catch (error) {
    if (cloud && known.length > 0 && error instanceof NotFoundError) throw noMetadataFor(cloud, known, error)
    throw error
  }
}
