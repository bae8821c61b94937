import { isAscii } from 'node:buffer'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { NotValidError, UnavailableError } from '../environ/errors.ts'
import type { DataSource } from '../environ/images.ts'
import type { CallOptions } from '../environ/options.ts'
import { MAX_DOCUMENT_BYTES } from './document-size.ts'
import { isObject, type JsonObject, textAt } from './shape.ts'
import { verifiedText } from './signature.ts'

/** The formats that are read. */
export type Format = 'index:1.0' | 'products:1.0' | 'mirrors:1.0'

/** Limits of reading. */
export interface ReadOptions extends CallOptions {
  /** Bytes of one document at most. Default {@link MAX_DOCUMENT_BYTES}. */
  readonly maxBytes?: number
}

/** A document, and where it was. */
export interface Document {
  readonly url: string
  readonly content: JsonObject
}

const inflate = promisify(gunzip)

/** Text in UTF-8. Where it is nothing but ASCII, as metadata is, bytes are characters and need no decoding. */
const textOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(isAscii(bytes) ? 'latin1' : 'utf8')

async function plain(data: Uint8Array, maxBytes: number, url: string): Promise<Uint8Array> {
  const tooLarge = (cause?: unknown) =>
    new UnavailableError(`${url} is larger than ${maxBytes} bytes`, { cause, resource: url })
  if (data.length > maxBytes) throw tooLarge()
  if (data[0] !== 0x1f || data[1] !== 0x8b) return data
  try {
    return await inflate(data, { maxOutputLength: maxBytes })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(error)
    throw new NotValidError(`${url} cannot be inflated`, { cause: error, resource: url })
  }
}

/**
 * The content of a document.
 * @throws NotValidError unless it is a JSON object of that format
 */
export function parseDocument(text: string, format: Format, url: string): JsonObject {
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch (error) {
    throw new NotValidError(`${url} is not JSON`, { cause: error, resource: url })
  }
  const actual = isObject(content) ? textAt(content, 'format') : ''
  if (isObject(content) && actual === format) return content
  throw new NotValidError(`${url} has the format "${actual}", expected "${format}"`, { resource: url })
}

/** Reads a document of a source; a signed one counts only with a signature of the source's key. */
export async function readDocument(
  source: DataSource,
  path: string,
  format: Format,
  signed: boolean,
  { signal, maxBytes = MAX_DOCUMENT_BYTES }: ReadOptions = {},
): Promise<Document> {
  const { url, data } = await source.fetch(path, { signal })
  const bytes = await plain(data, maxBytes, url)
  const text = textOf(bytes)
  const content = signed ? await verifiedText(text, source.publicSigningKey, url) : text
  return { url, content: parseDocument(content, format, url) }
}
