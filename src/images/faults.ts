import { findError, NotFoundError, NotValidError } from '../environ/errors.ts'
import type { DataSource } from '../environ/images.ts'
import { type CloudRegion, cloudsOf, sameCloud } from '../simplestreams/cloud-region.ts'
import { type Document, type Format, type ReadOptions, readDocument } from '../simplestreams/document.ts'
import { isAbsent, type Item, itemsOf, type JsonObject } from '../simplestreams/index.ts'
import { relativePath } from '../simplestreams/paths.ts'
import { isObject, member, objectAt, textAt } from '../simplestreams/shape.ts'
import { IMAGE_IDS } from './fetch.ts'
import { parseImageProductId } from './product.ts'

/** Something that is wrong with image metadata. */
export interface MetadataFault {
  /** Address of the document. */
  readonly document: string
  /** Where in it: `index["com.ubuntu.cloud:custom"].clouds[0].endpoint`; empty for the whole. */
  readonly path: string
  readonly problem: string
}

/** What was looked at, and all that is wrong with it. */
export interface MetadataReport {
  readonly documents: readonly string[]
  /** Items of image products. */
  readonly images: number
  readonly faults: readonly MetadataFault[]
}

type Step = string | number

const pathOf = (steps: readonly Step[]): string =>
  steps.reduce<string>((path, step) => {
    if (typeof step === 'number') return `${path}[${step}]`
    if (!/^[a-z_]\w*$/i.test(step)) return `${path}[${JSON.stringify(step)}]`
    return path === '' ? step : `${path}.${step}`
  }, '')

/** Looks through the documents of one source. */
class Inspection {
  readonly documents = new Set<string>()
  readonly faults: MetadataFault[] = []
  images = 0
  readonly #source: DataSource
  readonly #options: ReadOptions

  constructor(source: DataSource, options: ReadOptions) {
    this.#source = source
    this.#options = options
  }

  /** What is signed counts only with a key to check it; without one it is as if it were not there. */
  async inspect(): Promise<void> {
    const kinds = this.#source.publicSigningKey === undefined ? [false] : [true, false]
    for (const signed of kinds) {
      for (const name of ['index2', 'index']) {
        const path = `streams/v1/${name}.${signed ? 'sjson' : 'json'}`
        const index = await this.#read(path, 'index:1.0', signed)
        if (index === 'absent') continue
        if (index) await this.#index(index, signed)
        break
      }
    }
  }

  async #read(path: string, format: Format, signed: boolean): Promise<Document | 'absent' | undefined> {
    try {
      const document = await readDocument(this.#source, path, format, signed, this.#options)
      this.documents.add(document.url)
      return document
    } catch (error) {
      if (isAbsent(error)) return 'absent'
      const invalid = findError(error, NotValidError)
      if (!invalid) throw error
      this.documents.add(this.#source.url(path))
      this.#fault(this.#source.url(path), [], invalid.message)
      return undefined
    }
  }

  async #index(index: Document, signed: boolean): Promise<void> {
    const { url, content } = index
    const entries = Object.entries(objectAt(content, 'index'))
    if (entries.length === 0) this.#fault(url, ['index'], 'has no entries')
    for (const [id, entry] of entries) {
      const at = ['index', id]
      if (!isObject(entry)) this.#fault(url, at, 'is no object')
      else if (textAt(entry, 'datatype') === '') this.#fault(url, [...at, 'datatype'], 'is missing')
      else if (textAt(entry, 'datatype') === IMAGE_IDS) await this.#entry(url, at, entry, signed)
    }
    if (!entries.some(([, entry]) => isObject(entry) && textAt(entry, 'datatype') === IMAGE_IDS)) {
      this.#fault(url, ['index'], `has no entry of datatype "${IMAGE_IDS}": nothing is found here`)
    }
  }

  async #entry(url: string, at: readonly Step[], entry: JsonObject, signed: boolean): Promise<void> {
    const clouds = this.#clouds(url, at, entry)
    const ids = this.#productIds(url, at, entry)
    const path = textAt(entry, 'path')
    try {
      relativePath(path, url)
    } catch {
      this.#fault(url, [...at, 'path'], `${JSON.stringify(path)} is no path below the source`)
      return
    }
    const products = await this.#read(path, 'products:1.0', signed)
    if (products === 'absent') this.#fault(url, [...at, 'path'], `there is no ${this.#source.url(path)}`)
    else if (products) this.#products(products, ids, clouds)
  }

  #clouds(url: string, at: readonly Step[], entry: JsonObject): readonly CloudRegion[] | undefined {
    const clouds = member(entry, 'clouds')
    if (clouds === undefined) return undefined
    if (!Array.isArray(clouds)) {
      this.#fault(url, [...at, 'clouds'], 'is no list: the entry counts for any cloud')
      return undefined
    }
    for (const [index, cloud] of clouds.entries()) {
      const here = [...at, 'clouds', index]
      if (!isObject(cloud)) {
        this.#fault(url, here, 'is no object')
        continue
      }
      if (textAt(cloud, 'region') === '') this.#fault(url, [...here, 'region'], 'is missing')
      const endpoint = textAt(cloud, 'endpoint')
      if (endpoint === '') this.#fault(url, [...here, 'endpoint'], 'is missing')
      else if (!URL.canParse(endpoint)) {
        this.#fault(url, [...here, 'endpoint'], `${JSON.stringify(endpoint)} is no URL`)
      }
    }
    return cloudsOf(entry)
  }

  #productIds(url: string, at: readonly Step[], entry: JsonObject): readonly string[] {
    const products = member(entry, 'products')
    const ids = Array.isArray(products) ? products.filter((id) => typeof id === 'string') : []
    if (ids.length === 0) {
      this.#fault(url, [...at, 'products'], 'is no list of product ids: nothing is found by this entry')
    }
    return ids
  }

  #products({ url, content }: Document, ids: readonly string[], clouds: readonly CloudRegion[] | undefined) {
    const products = objectAt(content, 'products')
    for (const id of ids) {
      if (!isObject(member(products, id))) {
        this.#fault(url, ['products', id], 'is missing, and the index lists it')
      }
    }
    for (const [id, product] of Object.entries(products)) {
      if (!isObject(product)) this.#fault(url, ['products', id], 'is no object')
      else if (parseImageProductId(id)) {
        if (!ids.includes(id)) this.#fault(url, ['products', id], 'is not found: the index does not list it')
        this.#versions(url, ['products', id, 'versions'], product)
      }
    }
    const isImage = (id: string): boolean => parseImageProductId(id) !== undefined
    for (const item of itemsOf(content, isImage)) this.#item(url, item, clouds)
  }

  #versions(url: string, at: readonly Step[], product: JsonObject): void {
    const versions = Object.entries(objectAt(product, 'versions'))
    if (versions.length === 0) this.#fault(url, at, 'has no version')
    for (const [version, content] of versions) {
      if (!isObject(content)) {
        this.#fault(url, [...at, version], 'is no object')
        continue
      }
      const items = Object.entries(objectAt(content, 'items'))
      if (items.length === 0) this.#fault(url, [...at, version, 'items'], 'has no item')
      for (const [name, item] of items) {
        if (!isObject(item)) this.#fault(url, [...at, version, 'items', name], 'is no object')
      }
    }
  }

  #item(
    url: string,
    { productId, version, name, attributes }: Item,
    clouds: readonly CloudRegion[] | undefined,
  ): void {
    this.images++
    const at = ['products', productId, 'versions', version, 'items', name]
    const text = (attribute: string): string | undefined => attributes.get(attribute)?.toString()
    if (text('id') === undefined) this.#fault(url, [...at, 'id'], 'is missing')
    const arch = text('arch')
    const ofProduct = parseImageProductId(productId)?.arch
    if (arch !== undefined && arch !== ofProduct) {
      this.#fault(url, [...at, 'arch'], `is "${arch}", and the product is for "${ofProduct}"`)
    }
    const region = text('region') ?? text('crsn')
    const endpoint = text('endpoint')
    if (!clouds || region === undefined || endpoint === undefined) return
    if (!clouds.some((cloud) => sameCloud(cloud, { region, endpoint }))) {
      this.#fault(url, at, `is for ${region} at ${endpoint}, which the index does not list`)
    }
  }

  #fault(document: string, steps: readonly Step[], problem: string): void {
    this.faults.push({ document, path: pathOf(steps), problem })
  }
}

/**
 * Looks through all image metadata of a source: the signed documents, when the source has a key to check them with, and
 * those that are not signed. Mirrors are not followed.
 * @throws NotFoundError when there is nothing at all; UnavailableError when the source cannot be reached
 */
export async function inspectImageMetadata(
  source: DataSource,
  options: ReadOptions = {},
): Promise<MetadataReport> {
  const inspection = new Inspection(source, options)
  await inspection.inspect()
  const { documents, images, faults } = inspection
  if (documents.size > 0) return { documents: [...documents], images, faults }
  throw new NotFoundError(`there is no metadata at ${source.url('streams/v1')}`, {
    resource: source.description,
    hint:
      source.publicSigningKey === undefined
        ? 'give the place that "streams" is in; with the public key, if there are signed documents only'
        : 'give the place that "streams" is in',
  })
}
