import { NotFoundError } from '../environ/errors.ts'
import type { DataSource } from '../environ/images.ts'
import { cloudsOf } from './cloud-region.ts'
import { type Document, type ReadOptions, readDocument } from './document.ts'
import { isAbsent } from './absent.ts'
import { mirrorUrl, relativePath } from './paths.ts'
import { isFor, type MetadataQuery } from './selection.ts'
import { type JsonObject, objectAt, objectsAt, textAt } from './shape.ts'

/** Where a mirror has the products. */
export interface Mirror {
  readonly url: string
  readonly path: string
}

/** The one for the cloud; otherwise one for every cloud. */
function choose(entries: readonly JsonObject[], { cloud }: MetadataQuery): JsonObject | undefined {
  const ours = cloud && entries.find((entry) => cloudsOf(entry) && isFor(cloudsOf(entry), cloud))
  return ours ?? entries.find((entry) => cloudsOf(entry) === undefined)
}

const entriesOf = ({ content }: Document, contentId: string): readonly JsonObject[] =>
  objectsAt(objectAt(content, 'mirrors'), contentId)

/**
 * The mirror of the query's content: an entry of the index or of `streams/v1/mirrors` refers to the document that
 * names it, or names it itself. `undefined` when there is none.
 * @throws NotValidError when what is named may not be used
 */
export async function findMirror(
  source: DataSource,
  index: Document,
  query: MetadataQuery,
  signed: boolean,
  options: ReadOptions,
): Promise<Mirror | undefined> {
  const { mirrorContentId, datatype } = query
  if (mirrorContentId === undefined) return undefined
  const suffix = signed ? 'sjson' : 'json'
  const read = async (path: string): Promise<Document | undefined> => {
    try {
      return await readDocument(source, path, 'mirrors:1.0', signed, options)
    } catch (error) {
      if (isAbsent(error)) return undefined
      throw error
    }
  }
  const inIndex = entriesOf(index, mirrorContentId)
  const references = inIndex.length > 0 ? index : await read(`streams/v1/mirrors.${suffix}`)
  if (!references) return undefined
  const ofType = entriesOf(references, mirrorContentId).filter(
    (entry) => textAt(entry, 'datatype') === datatype || textAt(entry, 'mirror') !== '',
  )
  const reference = choose(ofType, query)
  if (!reference) return undefined
  if (textAt(reference, 'mirror') !== '') return mirrorOf(reference, references.url)
  const path = relativePath(textAt(reference, 'path'), references.url)
  const document = await read(path)
  if (!document) throw new NotFoundError(`${source.url(path)}, which ${references.url} names, is not there`)
  const named = choose(entriesOf(document, mirrorContentId), query)
  return named && mirrorOf(named, document.url)
}

const mirrorOf = (entry: JsonObject, document: string): Mirror => ({
  url: mirrorUrl(textAt(entry, 'mirror'), document),
  path: relativePath(textAt(entry, 'path'), document),
})
