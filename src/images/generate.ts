import { access, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { NotValidError } from '../environ/errors.ts'
import type { ImageMetadata } from '../environ/images.ts'
import {
  type CloudRegion,
  itemsOf,
  type JsonObject,
  objectAt,
  parseDocument,
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

/** An armoured private key. */
export interface SigningKey {
  readonly privateKey: string
  readonly passphrase?: string
}

const CONTENT_ID = 'com.ubuntu.cloud:custom'
const INDEX = 'streams/v1/index'
const PRODUCTS = 'streams/v1/com.ubuntu.cloud-released-imagemetadata'

/** An image in its place in the document. */
interface Entry {
  readonly productId: string
  readonly version: string
  readonly image: ImageMetadata
}

const kindOf = ({ productId, image }: Entry): string =>
  JSON.stringify([productId, image.region, image.virtType, image.storage])

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

async function existing(path: string, format: 'index:1.0' | 'products:1.0'): Promise<JsonObject> {
  try {
    return parseDocument(await readFile(path, 'utf8'), format, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw error
  }
}

/** Documents that would go on being read instead of what is written are no place to add to. */
async function refuseShadowed(root: string, signing: SigningKey | undefined): Promise<void> {
  const shadows = [`${INDEX}2.json`, `${INDEX}2.sjson`, ...(signing ? [] : [`${INDEX}.sjson`])]
  for (const name of shadows) {
    if (!(await exists(join(root, name)))) continue
    throw new NotValidError(`${join(root, name)} would be read instead of what is written`, {
      resource: root,
      hint: name === `${INDEX}.sjson` ? 'give the key that it is signed with' : 'choose another directory',
    })
  }
}

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

function indexDocument(old: JsonObject, entries: readonly Entry[], updated: string): JsonObject {
  const entry = {
    format: 'products:1.0',
    datatype: IMAGE_IDS,
    cloudname: 'custom',
    updated,
    path: `${PRODUCTS}.json`,
    clouds: cloudsOf(entries),
    products: [...new Set(entries.map(({ productId }) => productId))],
  }
  return { ...old, format: 'index:1.0', updated, index: { ...objectAt(old, 'index'), [CONTENT_ID]: entry } }
}

/** A signed index leads to signed products. */
const signedIndex = (index: JsonObject): JsonObject => {
  const entries = objectAt(index, 'index')
  const entry = objectAt(entries, CONTENT_ID)
  return { ...index, index: { ...entries, [CONTENT_ID]: { ...entry, path: `${PRODUCTS}.sjson` } } }
}

const jsonText = (document: JsonObject): string => `${JSON.stringify(document, undefined, 2)}\n`

/**
 * Writes metadata of images of one's own, merged with what is there; the products first, so that a reader never sees an
 * index of what is not there yet.
 * @returns the files that were written
 * @throws NotValidError when an image lacks region or endpoint, or what is there cannot be added to
 */
export async function generateImageMetadata(params: GenerateParams): Promise<readonly string[]> {
  const { directory, images, signing, updated = new Date() } = params
  const root = join(directory, 'images')
  await refuseShadowed(root, signing)
  const [oldIndex, oldProducts] = await Promise.all([
    existing(join(root, `${INDEX}.json`), 'index:1.0'),
    existing(join(root, `${PRODUCTS}.json`), 'products:1.0'),
  ])
  const version = updated.toISOString().slice(0, 10).replaceAll('-', '')
  const added = images.map((image) => ({
    productId: imageProductId({ ...image, stream: image.stream ?? RELEASED }),
    version,
    image,
  }))
  const entries = merged(entriesOf(oldProducts), added)
  const date = updated.toUTCString().replace('GMT', '+0000')
  const index = indexDocument(oldIndex, entries, date)
  const products = jsonText(productsDocument(entries, date))
  const files: [name: string, text: string][] = [[`${PRODUCTS}.json`, products]]
  if (signing) {
    const { clearSign } = await import('./sign.ts')
    files.push([`${PRODUCTS}.sjson`, await clearSign(products, signing)])
    files.push([`${INDEX}.sjson`, await clearSign(jsonText(signedIndex(index)), signing)])
  }
  files.push([`${INDEX}.json`, jsonText(index)])
  await mkdir(join(root, 'streams', 'v1'), { recursive: true })
  const { default: writeFileAtomic } = await import('write-file-atomic')
  for (const [name, text] of files) await writeFileAtomic(join(root, name), text)
  return files.map(([name]) => join(root, name))
}
