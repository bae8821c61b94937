import { join } from 'node:path'
import { NotValidError } from '../environ/errors.ts'
import type { ImageMetadata } from '../environ/images.ts'
import {
  type CloudRegion,
  existingDocument,
  itemsOf,
  type JsonObject,
  type SigningKey,
  updatedText,
  writeProducts,
} from '../simplestreams/index.ts'
import { IMAGE_IDS, imageOfItem } from './fetch.ts'
import { imageProductId, RELEASED } from './product.ts'

/** What is written, and where. */
export interface GenerateParams {
  /** The documents go to `images/streams/v1` in it. */
  readonly directory: string
  /** Added to what is there; one of the same base, arch, stream, region, virt type and storage is replaced. */
  readonly images: readonly ImageMetadata[]
  /** Signs the documents too. */
  readonly signing?: SigningKey
  /** Default: now. */
  readonly updated?: Date
}

const CONTENT_ID = 'com.ubuntu.cloud:custom'
const PRODUCTS = 'streams/v1/com.ubuntu.cloud-released-imagemetadata'

/** An image in its place in the document. */
interface Entry {
  readonly productId: string
  readonly version: string
  readonly image: ImageMetadata
}

const kindOf = ({ productId, image }: Entry): string =>
  JSON.stringify([productId, image.region, image.virtType, image.storage])

function entriesOf(products: JsonObject): Entry[] {
  return [...itemsOf(products, () => true)].flatMap((item) => {
    const image = imageOfItem(item)
    return image ? [{ productId: item.productId, version: item.version, image }] : []
  })
}

function merged(old: readonly Entry[], added: readonly Entry[]): readonly Entry[] {
  // The first of each kind in `old` is its newest.
  const kinds = new Map(old.toReversed().map((entry) => [kindOf(entry), entry]))
  for (const entry of added) kinds.set(kindOf(entry), entry)
  return [...kinds.values()].sort((a, b) => (a.productId + a.image.id < b.productId + b.image.id ? -1 : 1))
}

/** Groups by a name that comes from a file: in a map, where `__proto__` is a name like any other. */
function grouped<T>(
  of: readonly T[],
  name: (one: T) => string,
): readonly (readonly [string, readonly T[]])[] {
  const groups = new Map<string, T[]>()
  for (const one of of) groups.set(name(one), [...(groups.get(name(one)) ?? []), one])
  return [...groups]
}

const itemOf = ({ image: { id, region, endpoint, virtType: virt, storage } }: Entry): JsonObject => ({
  id,
  region,
  endpoint,
  virt,
  root_store: storage,
})

const versionsOf = (entries: readonly Entry[]): JsonObject =>
  Object.fromEntries(
    grouped(entries, ({ version }) => version).map(([version, all]) => [
      version,
      { items: Object.fromEntries(all.map((entry, number) => [`item${number}`, itemOf(entry)])) },
    ]),
  )

const productsDocument = (entries: readonly Entry[], updated: string): JsonObject => ({
  format: 'products:1.0',
  content_id: CONTENT_ID,
  datatype: IMAGE_IDS,
  updated,
  products: Object.fromEntries(
    grouped(entries, ({ productId }) => productId).map(([productId, all]) => [
      productId,
      { version: productId.split(':')[2], arch: productId.split(':')[3], versions: versionsOf(all) },
    ]),
  ),
})

function cloudsOf(entries: readonly Entry[]): readonly CloudRegion[] {
  const clouds = new Map<string, CloudRegion>()
  for (const { image } of entries) {
    const { region, endpoint } = image
    if (region === undefined || endpoint === undefined) {
      throw new NotValidError(`image ${image.id} has no region and endpoint`, {
        resource: `image ${image.id}`,
      })
    }
    clouds.set(JSON.stringify([region, endpoint]), { region, endpoint })
  }
  return [...clouds.values()]
}

/**
 * Writes metadata of images of one's own, merged with what is there.
 * @returns the files that were written
 * @throws NotValidError when an image lacks region or endpoint, or what is there cannot be added to
 */
export async function generateImageMetadata(params: GenerateParams): Promise<readonly string[]> {
  const { directory, images, signing, updated = new Date() } = params
  const root = join(directory, 'images')
  const oldProducts = await existingDocument(join(root, `${PRODUCTS}.json`), 'products:1.0')
  const version = updated.toISOString().slice(0, 10).replaceAll('-', '')
  const added = images.map((image) => ({
    productId: imageProductId({ ...image, stream: image.stream ?? RELEASED }),
    version,
    image,
  }))
  const entries = merged(entriesOf(oldProducts), added)
  return await writeProducts({
    root,
    name: PRODUCTS,
    contentId: CONTENT_ID,
    products: productsDocument(entries, updatedText(updated)),
    entry: {
      datatype: IMAGE_IDS,
      cloudname: 'custom',
      clouds: cloudsOf(entries),
      products: [...new Set(entries.map(({ productId }) => productId))],
    },
    updated,
    ...(signing ? { signing } : {}),
  })
}
