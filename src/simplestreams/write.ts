import { access, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { NotValidError } from '../environ/errors.ts'
import { type Format, parseDocument } from './document.ts'
import { isObject, type JsonObject, objectAt, textAt } from './shape.ts'

/** An armoured private key. */
export interface SigningKey {
  readonly privateKey: string
  readonly passphrase?: string
}

/** Products, and how the index names them. */
export interface WrittenProducts {
  /** Base of the source. */
  readonly root: string
  /** Path of the products below it, without `.json`. */
  readonly name: string
  readonly contentId: string
  readonly products: JsonObject
  /** What the index says besides format, update and path. */
  readonly entry: JsonObject
  readonly updated: Date
  /** Signs the documents too. */
  readonly signing?: SigningKey
}

const INDEX = 'streams/v1/index'

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

/**
 * A document of a tree that is added to; empty when it is not there.
 * @throws NotValidError when it cannot be added to
 */
export async function existingDocument(path: string, format: Format): Promise<JsonObject> {
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

/** A signed index leads to signed products, wherever there are some. */
async function signedIndex(index: JsonObject, root: string, name: string): Promise<JsonObject> {
  const entries = await Promise.all(
    Object.entries(objectAt(index, 'index')).map(async ([id, entry]) => {
      if (!isObject(entry)) return [id, entry] as const
      const signed = textAt(entry, 'path').replace(/\.json$/, '.sjson')
      const there =
        signed === `${name}.sjson` || (signed.endsWith('.sjson') && (await exists(join(root, signed))))
      return [id, there ? { ...entry, path: signed } : entry] as const
    }),
  )
  return { ...index, index: Object.fromEntries(entries) }
}

const jsonText = (document: JsonObject): string => `${JSON.stringify(document, undefined, 2)}\n`

/** A date as documents have it. */
export const updatedText = (date: Date): string => date.toUTCString().replace('GMT', '+0000')

/**
 * Writes products and an entry of the index, which keeps all else that it has; the products first, so that a reader
 * never sees an index of what is not there yet.
 * @returns the files that were written
 * @throws NotValidError when what is there cannot be added to, or the key cannot be used
 */
export async function writeProducts(params: WrittenProducts): Promise<readonly string[]> {
  const { root, name, contentId, products, entry, updated, signing } = params
  await refuseShadowed(root, signing)
  const old = await existingDocument(join(root, `${INDEX}.json`), 'index:1.0')
  const date = updatedText(updated)
  const own = { ...entry, format: 'products:1.0', updated: date, path: `${name}.json` }
  const index = {
    ...old,
    format: 'index:1.0',
    updated: date,
    index: { ...objectAt(old, 'index'), [contentId]: own },
  }
  const files: [name: string, text: string][] = [[`${name}.json`, jsonText(products)]]
  if (signing) {
    const { clearSign } = await import('./sign.ts')
    const signed = jsonText(await signedIndex(index, root, name))
    files.push([`${name}.sjson`, await clearSign(jsonText(products), signing)])
    files.push([`${INDEX}.sjson`, await clearSign(signed, signing)])
  }
  files.push([`${INDEX}.json`, jsonText(index)])
  await mkdir(join(root, 'streams', 'v1'), { recursive: true })
  const { default: writeFileAtomic } = await import('write-file-atomic')
  for (const [file, text] of files) await writeFileAtomic(join(root, file), text)
  return files.map(([file]) => join(root, file))
}
