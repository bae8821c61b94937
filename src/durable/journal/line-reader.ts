import { type FileHandle, open } from 'node:fs/promises'
import { NotValidError } from '../../environ/errors.ts'
import type * as Format from './line.ts'
import { unavailable } from './unavailable.ts'

/** Ends a line of which only a part was written: the process was killed, or the disk was full. */
export const TORN = '#torn'

const NEWLINE = 0x0a
/** Bytes that are read at a time. */
const CHUNK = 1024 * 1024

/** A line with its place in the file, from 1. */
export type ReadLine =
  | { readonly seq: number; readonly first: Format.FirstLine }
  | { readonly seq: number; readonly line: Format.Line }

/** Reads a file of lines that grows, from where it was left. A last line that has no end yet is left alone. */
export class LineReader {
  readonly path: string
  #offset = 0
  #seq = 0

  constructor(path: string) {
    this.path = path
  }

  /** The lines that were added. @throws NotValidError with the line of what is wrong */
  async *read(): AsyncGenerator<readonly ReadLine[]> {
    const format = await import('./line.ts')
    await using file = await this.#open()
    const { size } = await file.stat()
    let length = CHUNK
    while (this.#offset < size) {
      const chunk = Buffer.alloc(Math.min(length, size - this.#offset))
      const { bytesRead } = await file.read(chunk, 0, chunk.length, this.#offset)
      const end = chunk.lastIndexOf(NEWLINE, bytesRead - 1) + 1
      if (end === 0) {
        if (bytesRead < length) return
        length *= 2
        continue
      }
      const texts = chunk.toString('utf8', 0, end - 1).split('\n')
      const lines = texts.flatMap((text, index) => this.#parse(text, this.#seq + index + 1, format))
      this.#offset += end
      this.#seq += texts.length
      yield lines
    }
  }

  async #open(): Promise<FileHandle> {
    try {
      return await open(this.path, 'r')
    } catch (error) {
      throw unavailable(this.path, 'cannot be read', error)
    }
  }

  #parse(text: string, seq: number, { FORMAT, firstLine, line }: typeof Format): readonly ReadLine[] {
    if (text.endsWith(TORN) && seq > 1) return []
    let data: unknown
    try {
      data = JSON.parse(text)
    } catch (cause) {
      throw this.#unreadable(seq, 'not valid JSON', cause)
    }
    if (seq > 1) {
      const result = line.safeParse(data)
      if (result.success) return [{ seq, line: result.data }]
      throw this.#unreadable(seq, 'not a line of this version', result.error)
    }
    const version = (data as { readonly format?: unknown } | null)?.format
    if (typeof version === 'number' && version > FORMAT) {
      throw new NotValidError(
        `${this.path} was written by a newer version: its format is ${version}, this version reads ${FORMAT}`,
        { resource: this.path, hint: 'use that version of cloud-environs with it' },
      )
    }
    const result = firstLine.safeParse(data)
    if (result.success) return [{ seq, first: result.data }]
    throw this.#unreadable(seq, 'not a job', result.error)
  }

  #unreadable(seq: number, why: string, cause: unknown): NotValidError {
    return new NotValidError(`${this.path} cannot be read: line ${seq}: ${why}`, {
      cause,
      resource: this.path,
      hint: 'correct the line, or move the file away if its job need not go on',
    })
  }
}
