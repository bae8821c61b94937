import { EnvironsError } from '../environ/errors.ts'
import type { DataSource } from '../environ/images.ts'
import { isAbsent } from './absent.ts'
import { type Document, type ReadOptions, readDocument } from './document.ts'
import { findMirror } from './mirrors.ts'
import { relativePath } from './paths.ts'
import { type Item, itemsOf } from './products.ts'
import { type MetadataQuery, NoMatchingProductsError, productsPath } from './selection.ts'
import { urlDataSource, type UrlOptions } from './url-source.ts'

/** How metadata is fetched. */
export interface MetadataOptions extends ReadOptions {
  /** How mirrors are reached. */
  readonly http?: UrlOptions
}

/** Where metadata came from. */
export interface ResolveInfo {
  /** Description of the source. */
  readonly source: string
  readonly signed: boolean
  readonly indexUrl: string
  readonly mirrorUrl?: string
}

/** What a lookup gave. */
export interface Metadata {
  readonly items: readonly Item[]
  /** Absent when no source has matching products. */
  readonly resolved?: ResolveInfo
}

async function readIndex(source: DataSource, signed: boolean, options: ReadOptions): Promise<Document> {
  const suffix = signed ? 'sjson' : 'json'
  const read = (name: string) =>
    readDocument(source, `streams/v1/${name}.${suffix}`, 'index:1.0', signed, options)
  try {
    return await read('index2')
  } catch (error) {
    if (!isAbsent(error)) throw error
    return await read('index')
  }
}

async function fromSource(
  source: DataSource,
  query: MetadataQuery,
  signed: boolean,
  options: MetadataOptions,
): Promise<Metadata> {
  const index = await readIndex(source, signed, options)
  const ownPath = relativePath(productsPath(index, query), index.url)
  const mirror = await findMirror(source, index, query, signed, options)
  const { priority, requireSigned, publicSigningKey } = source
  const from = mirror
    ? urlDataSource({
        ...options.http,
        description: 'mirror',
        baseUrl: mirror.url,
        priority,
        requireSigned,
        ...(publicSigningKey === undefined ? {} : { publicSigningKey }),
      })
    : source
  const { content, url } = await readDocument(from, mirror?.path ?? ownPath, 'products:1.0', signed, options)
  const items = [...itemsOf(content, query.productId, query.item)]
  if (items.length === 0)
    throw new NoMatchingProductsError(`${url} has no matching products`, { resource: url })
  const resolved = { source: source.description, signed, indexUrl: index.url }
  return { items, resolved: mirror ? { ...resolved, mirrorUrl: mirror.url } : resolved }
}

/** Where there is no key, and none is required, what is signed is asked for only to tell that it is there. */
async function unsigned(
  source: DataSource,
  query: MetadataQuery,
  options: MetadataOptions,
): Promise<Metadata> {
  try {
    return await fromSource(source, query, false, options)
  } catch (error) {
    if (!isAbsent(error) || error instanceof NoMatchingProductsError) throw error
    return await fromSource(source, query, true, options).catch((failure: unknown) => {
      throw isAbsent(failure) ? error : failure
    })
  }
}

/** Signed first; unsigned when that fails and the source allows it. */
async function signedOrNot(
  source: DataSource,
  query: MetadataQuery,
  options: MetadataOptions,
): Promise<Metadata> {
  if (source.publicSigningKey === undefined && !source.requireSigned) {
    return await unsigned(source, query, options)
  }
  let failure: unknown
  try {
    return await fromSource(source, query, true, options)
  } catch (error) {
    options.signal?.throwIfAborted()
    if (source.requireSigned) throw error
    failure = error
  }
  try {
    return await fromSource(source, query, false, options)
  } catch (error) {
    // A signed document that could not be used tells more than an unsigned one that was never there.
    throw isAbsent(error) && (!isAbsent(failure) || failure instanceof NoMatchingProductsError)
      ? failure
      : error
  }
}

/** Reports why a source gave nothing. */
export type SourceFailure = (source: DataSource, error: unknown) => void

/**
 * The items of the first source that has matching products (Juju: `GetMetadata`). None, when the last one merely has no
 * matching products.
 * @throws EnvironsError of the last source
 */
export async function getMetadata(
  sources: readonly DataSource[],
  query: MetadataQuery,
  options: MetadataOptions = {},
  onFailure: SourceFailure = () => undefined,
): Promise<Metadata> {
  let last: unknown
  for (const source of sources) {
    options.signal?.throwIfAborted()
    try {
      return await signedOrNot(source, query, options)
    } catch (error) {
      options.signal?.throwIfAborted()
      onFailure(source, error)
      last = error
    }
  }
  if (last === undefined || last instanceof NoMatchingProductsError) return { items: [] }
  if (last instanceof EnvironsError) throw last
  throw new EnvironsError('metadata cannot be read', { cause: last })
}
