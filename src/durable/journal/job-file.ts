import { constants } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { NotValidError } from '../../environ/errors.ts'
import type { JobEvent } from '../../provisioner/durable-runner.ts'
import { KeptJob } from './kept-job.ts'
import type { Line } from './line.ts'
import { LineReader, TORN } from './line-reader.ts'
import { isAbsent, unavailable } from './unavailable.ts'

/** Written to at its end, and never made. */
const APPENDING = constants.O_RDWR | constants.O_APPEND

const NEWLINE = 0x0a

/** Reads a job and goes on reading; what it gives are the events that came since. */
export class JobReader {
  readonly path: string
  readonly #lines: LineReader
  #kept: KeptJob | undefined

  constructor(path: string) {
    this.path = path
    this.#lines = new LineReader(path)
  }

  /** As far as it was read. @throws NotValidError when nothing of it stands there */
  get kept(): KeptJob {
    if (this.#kept) return this.#kept
    throw new NotValidError(`${this.path} cannot be read: it has no job`, {
      resource: this.path,
      hint: 'move the file away',
    })
  }

  async *read(): AsyncGenerator<JobEvent> {
    for await (const lines of this.#lines.read()) {
      for (const read of lines) {
        if ('first' in read) this.#kept = new KeptJob(read.first)
        const event =
          'first' in read ? this.#kept?.handedIn(read.seq) : this.#kept?.apply(read.line, read.seq)
        if (event) yield event
      }
    }
  }
}

/** The file of one job. Several processes may add to it: each writes whole lines at once. */
export class JobFile {
  readonly path: string
  readonly #reader: JobReader
  #size = 0
  #refreshed: Promise<void> = Promise.resolve()
  #lines: string[] = []
  #isRelied = false
  #current: Promise<void> = Promise.resolve()
  #next: Promise<void> | undefined

  constructor(path: string) {
    this.path = path
    this.#reader = new JobReader(path)
  }

  /** Whether it was ever looked at. */
  get isRead(): boolean {
    return this.#size > 0
  }

  /** As far as the job was when it was last looked at. */
  get kept(): KeptJob {
    return this.#reader.kept
  }

  /** Looks at what was added, by whomever. @throws NotValidError; what the system says when there is no such file */
  async refresh(): Promise<void> {
    const refreshed = this.#refreshed.then(() => this.#read())
    this.#refreshed = refreshed.catch(() => undefined)
    await refreshed
  }

  /**
   * Adds a line; what comes while one write is under way goes into the next, at once. Resolves when it is on disk and
   * {@link kept} knows of it.
   * @param relied whether it must not be lost when the machine loses its power
   * @throws TypeError when it could not be read again, UnavailableError when it cannot be written
   */
  async append(line: Line, relied = true): Promise<void> {
    this.#lines.push(await readable(line))
    this.#isRelied ||= relied
    this.#next ??= this.#commit(this.#current)
    await this.#next
  }

  async #commit(current: Promise<void>): Promise<void> {
    await current.catch(() => undefined)
    this.#current = this.#next ?? current
    this.#next = undefined
    const text = this.#lines.map((line) => `${line}\n`).join('')
    const isRelied = this.#isRelied
    this.#lines = []
    this.#isRelied = false
    try {
      await using file = await open(this.path, APPENDING)
      await write(file, text)
      if (isRelied) await file.datasync()
    } catch (error) {
      throw unavailable(this.path, 'cannot be written', error)
    }
    await this.refresh()
  }

  async #read(): Promise<void> {
    const { size } = await stat(this.path).catch((error: unknown) => {
      throw isAbsent(error) ? error : unavailable(this.path, 'cannot be read', error)
    })
    if (size <= this.#size) return
    for await (const _ of this.#reader.read());
    this.#size = size
  }
}

/** A line as it is written. */
async function readable(data: Line): Promise<string> {
  const { line } = await import('./line.ts')
  const text = JSON.stringify(data)
  const { error } = line.safeParse(JSON.parse(text))
  if (error) throw new TypeError('what is to be kept is not plain data', { cause: error })
  return text
}

/** Writes lines in one go, so that those of others never come in between. */
async function write(file: FileHandle, text: string): Promise<void> {
  // Somebody who was killed may have left a part of a line. One who is still at it ends it first.
  const { size } = await file.stat()
  const last = Buffer.alloc(1)
  if (size > 0) await file.read(last, 0, 1, size - 1)
  const bytes = Buffer.from(size > 0 && last[0] !== NEWLINE ? `${TORN}\n${text}` : text)
  const { bytesWritten } = await file.write(bytes)
  // Only a full disk takes a part.
  if (bytesWritten < bytes.length) throw Object.assign(new Error('written in part'), { code: 'ENOSPC' })
}
