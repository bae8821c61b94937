import { NotFoundError } from '../environ/errors.ts'
import { type CloudRegion, cloudsOf, sameCloud } from './cloud-region.ts'
import type { Document } from './document.ts'
import type { Item } from './products.ts'
import { isObject, type JsonObject, member, objectAt, textAt } from './shape.ts'

/** What is looked for. */
export interface MetadataQuery {
  /** `image-ids`, `content-download`. */
  readonly datatype: string
  /** Whether the entry of that content id counts. Default: every one. */
  readonly contentId?: (id: string) => boolean
  /** Default: any cloud. */
  readonly cloud?: CloudRegion
  readonly productId: (id: string) => boolean
  /** Whether an item of those products counts. Default: every one. */
  readonly item?: (item: Item) => boolean
  /** Look for a mirror of this content. */
  readonly mirrorContentId?: string
}

/** The source has nothing for the cloud. */
export class NoDataForCloudError extends NotFoundError {
  /** What it has data for. */
  readonly known: readonly CloudRegion[]

  constructor(url: string, { region, endpoint }: CloudRegion, known: readonly CloudRegion[]) {
    super(`${url} has no data for ${region} at ${endpoint}`, { resource: url })
    this.known = known
  }
}

/** The source has data for the cloud, but none of the products. */
export class NoMatchingProductsError extends NotFoundError {}

/** Whether something with these `clouds` is for the cloud. */
export const isFor = (clouds: readonly CloudRegion[] | undefined, cloud: CloudRegion | undefined): boolean =>
  clouds === undefined || cloud === undefined || clouds.some((known) => sameCloud(known, cloud))

function distinct(clouds: readonly CloudRegion[]): readonly CloudRegion[] {
  const seen = new Map(clouds.map((cloud) => [JSON.stringify([cloud.region, cloud.endpoint]), cloud]))
  return [...seen.values()]
}

const productIds = (entry: JsonObject): readonly unknown[] => {
  const products = member(entry, 'products')
  return Array.isArray(products) ? products : []
}

/**
 * The path of the products that an index has for what is looked for (Juju: `GetProductsPath`).
 * @throws NoDataForCloudError, NoMatchingProductsError, or NotFoundError when there is nothing of that type at all
 */
export function productsPath({ url, content }: Document, query: MetadataQuery): string {
  const { datatype, contentId = () => true, cloud, productId } = query
  const ofType = Object.entries(objectAt(content, 'index')).flatMap(([id, entry]) =>
    isObject(entry) && contentId(id) && textAt(entry, 'datatype') === datatype ? [entry] : [],
  )
  if (ofType.length === 0)
    throw new NotFoundError(`${url} has no data of type "${datatype}"`, { resource: url })
  const ofCloud = ofType.filter((entry) => isFor(cloudsOf(entry), cloud))
  if (ofCloud.length === 0 && cloud) {
    throw new NoDataForCloudError(url, cloud, distinct(ofType.flatMap((entry) => cloudsOf(entry) ?? [])))
  }
  const matching = ofCloud.find((entry) =>
    productIds(entry).some((id) => typeof id === 'string' && productId(id)),
  )
  if (!matching) throw new NoMatchingProductsError(`${url} has no matching products`, { resource: url })
  return textAt(matching, 'path')
}
