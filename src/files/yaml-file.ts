import { mkdir, readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Document, LineCounter } from 'yaml'
import { Secret } from '../cloud/secret.ts'
import { EnvironsError, NotValidError } from '../environ/errors.ts'

/** Milliseconds. Longer in all than the 10 s after which the lock of a process that died is void. */
const LOCK_RETRIES = { retries: 65, minTimeout: 20, maxTimeout: 200, randomize: true }

/** The largest file that is read. */
export const MAX_BYTES = 16 * 1024 * 1024

/** Names of entries from the root of a document to one of its values. */
export type YamlPath = readonly string[]

/** Brackets in brackets. */
const MAX_DEPTH = 64
/** Columns that a line may be indented by: each can be a level. */
const INDENTED_TOO_FAR = /^[ ?-]{200}/m

/** Whether parsing a text would take the whole stack, or minutes; white space and brackets tell, also in strings. */
function isDeep(text: string): boolean {
  let depth = 0
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth = bracket === '[' || bracket === '{' ? depth + 1 : Math.max(0, depth - 1)
    if (depth > MAX_DEPTH) return true
  }
  return INDENTED_TOO_FAR.test(text)
}

/** Whether a value is in itself. */
function isCircular(value: unknown, above = new Set<unknown>(), known = new Set<unknown>()): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (above.has(value)) return true
  if (known.has(value)) return false
  known.add(value)
  above.add(value)
  const found = Object.values(value).some((inner) => isCircular(inner, above, known))
  above.delete(value)
  return found
}

/** How a file is read. */
export interface YamlFileOptions {
  /** All values are the texts that were written, so that a password of digits stays what it is. Default: false. */
  readonly plainText?: boolean
  /** What to do when the file cannot be read. */
  readonly hint?: string
}

/** What a file says, with the means to change it and to tell where something stands in it. */
export class YamlContent {
  readonly document: Document
  /** As plain values; an empty file is an empty map. */
  readonly data: unknown
  readonly #lines: LineCounter

  constructor(document: Document, data: unknown, lines: LineCounter) {
    this.document = document
    this.data = data
    this.#lines = lines
  }

  /** The keys of a map in the order that they stand in; none when there is no map. */
  keys(path: YamlPath): readonly string[] {
    return this.#items(path).map(({ key }) => String(key))
  }

  /** The line that the last key of the path stands in. */
  line(path: YamlPath): number | undefined {
    const pair = this.#items(path.slice(0, -1)).find(({ key }) => String(key) === path.at(-1))
    const [offset] = (pair?.key as { readonly range?: readonly number[] } | undefined)?.range ?? []
    return offset === undefined ? undefined : this.#lines.linePos(offset).line
  }

  /** Replaces a value; secrets are written as they are. `undefined` removes it. */
  set(path: YamlPath, value: unknown): void {
    if (value === undefined) {
      if (this.document.hasIn(path)) this.document.deleteIn(path)
      return
    }
    // An entry that was left blank becomes a map.
    for (const [depth] of path.slice(1).entries()) {
      const above = path.slice(0, depth + 1)
      const blank = this.document.hasIn(above) && !this.document.getIn(above)
      if (blank) this.document.setIn(above, this.document.createNode({}))
    }
    const reveal = (_: unknown, inner: unknown) => (inner instanceof Secret ? inner.reveal() : inner)
    this.document.setIn(path, this.document.createNode(value, reveal, { aliasDuplicateObjects: false }))
  }

  #items(path: YamlPath): readonly { readonly key: unknown }[] {
    const node: unknown = path.length === 0 ? this.document.contents : this.document.getIn(path, true)
    const items = (node as { readonly items?: unknown } | null | undefined)?.items
    if (!Array.isArray(items)) return []
    return items.filter((item): item is { key: unknown } => typeof item === 'object' && 'key' in item)
  }
}

/**
 * One YAML file of mode 0600 in a directory of mode 0700. It is replaced as a whole, and locked while it is changed, so
 * that several processes may use it. Comments and what a newer version wrote stay in it.
 */
export class YamlFile {
  readonly path: string
  readonly #options: YamlFileOptions
  /** The last change that was asked for; the next one starts when it has ended. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(path: string, options: YamlFileOptions = {}) {
    this.path = path
    this.#options = options
  }

  /** @throws NotValidError with the line of what is wrong; a file that does not exist is an empty one */
  async read(): Promise<YamlContent> {
    return await this.parse((await this.#text()) ?? '')
  }

  /**
   * Writes what `edit` makes of the content, with nobody else in between; one that throws changes nothing. One after
   * the other, so that this process never waits for its own lock: that is by chance, not in turn.
   */
  async change<T>(edit: (content: YamlContent) => T): Promise<T> {
    const changed = this.#last.then(() => this.#write(edit))
    this.#last = changed.catch(() => undefined)
    return await changed
  }

  /** The error for a file that says what it may not. */
  unreadable(reason: string, cause?: unknown): NotValidError {
    return new NotValidError(`${this.path} cannot be read: ${reason}`, {
      cause,
      resource: this.path,
      hint: this.#options.hint ?? 'correct the file',
    })
  }

  #checkSize(size: number): void {
    if (size > MAX_BYTES) throw this.unreadable('it is larger than 16 MiB')
  }

  async #text(): Promise<string | undefined> {
    try {
      this.#checkSize((await stat(this.path)).size)
      return await readFile(this.path, 'utf8')
    } catch (error) {
      if (error instanceof EnvironsError) throw error
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw this.#failed('cannot be read', error)
    }
  }

  /** What a text says as the content of this file. @throws NotValidError with the line of what is wrong */
  async parse(text: string): Promise<YamlContent> {
    this.#checkSize(text.length)
    const { LineCounter, parseDocument } = await import('yaml')
    const lineCounter = new LineCounter()
    const schema = this.#options.plainText ? 'failsafe' : 'core'
    if (isDeep(text)) throw this.unreadable('it is nested too deeply')
    const document = parseDocument(text, { schema, lineCounter, prettyErrors: false })
    const [error] = document.errors
    if (error) {
      const { line, col } = lineCounter.linePos(error.pos[0])
      // The parser quotes the text it stumbles over, which may be a secret.
      const why = error.message.replace(/:?\s*["'`][\s\S]*$/, '')
      throw this.unreadable(`line ${line}, column ${col}: not valid YAML (${why})`)
    }
    const aliases = 'its aliases are circular, too many or of nothing'
    let data: unknown
    try {
      data = document.toJS() ?? {}
    } catch (cause) {
      throw this.unreadable(aliases, cause)
    }
    if (isCircular(data)) throw this.unreadable(aliases)
    return new YamlContent(document, data, lineCounter)
  }

  async #write<T>(edit: (content: YamlContent) => T): Promise<T> {
    const { default: writeFileAtomic } = await import('write-file-atomic')
    const release = await this.#lock()
    try {
      const content = await this.read()
      const result = edit(content)
      const { document } = content
      const text = document.contents === null ? '' : document.toString({ lineWidth: 0 })
      await writeFileAtomic(this.path, text, { mode: 0o600, encoding: 'utf8' }).catch((error: unknown) => {
        throw this.#failed('cannot be written', error)
      })
      return result
    } finally {
      await release()
    }
  }

  /** The lock lies beside the file: the parent of their directory need not be writable. */
  async #lock(): Promise<() => Promise<void>> {
    const { default: lockfile } = await import('proper-lockfile')
    try {
      await mkdir(dirname(this.path), { recursive: true, mode: 0o700 })
      return await lockfile.lock(this.path, { realpath: false, retries: LOCK_RETRIES })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw this.#failed('cannot be locked', error)
      throw new EnvironsError(`${this.path} is locked by another process`, {
        cause: error,
        resource: this.path,
        hint: 'wait until the other command is done and try again',
      })
    }
  }

  #failed(what: string, error: unknown): EnvironsError {
    return new EnvironsError(`${this.path} ${what}: ${(error as Error).message}`, {
      cause: error,
      resource: this.path,
      hint: 'see that this directory and its files are yours and can be written',
    })
  }
}
