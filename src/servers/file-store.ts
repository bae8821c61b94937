import { join } from 'node:path'
import { type YamlContent, YamlFile } from '../files/yaml-file.ts'
import type * as FileFormat from './file-format.ts'
import {
  changed,
  taken,
  type IdentityKey,
  type StoredRecord,
  type NewRecord,
  type RecordStore,
  type ServerRecord,
  type ServerStore,
  type SshAuthority,
} from './server-store.ts'

const FILE = 'servers.yaml'

/** One section of the file. */
class FileRecords<T extends StoredRecord> implements RecordStore<T> {
  readonly #file: YamlFile
  readonly #section: keyof typeof FileFormat.SECTIONS
  readonly #kind: string

  constructor(file: YamlFile, section: keyof typeof FileFormat.SECTIONS, kind: string) {
    this.#file = file
    this.#section = section
    this.#kind = kind
  }

  async all(): Promise<readonly T[]> {
    const [content, format] = await Promise.all([this.#file.read(), import('./file-format.ts')])
    return Object.values(this.#records(content, format))
  }

  async get(id: string): Promise<T | undefined> {
    return (await this.all()).find((record) => record.id === id)
  }

  async insert(record: NewRecord<T>): Promise<T> {
    return await this.#put({ ...record, revision: 1 } as T, (before) => {
      if (before) throw taken(this.#kind, record.id)
    })
  }

  async replace(record: T): Promise<T> {
    return await this.#put({ ...record, revision: record.revision + 1 }, (before) => {
      if (before?.revision !== record.revision) throw changed(this.#kind, record.id)
    })
  }

  async remove(id: string): Promise<void> {
    // Nothing is written where nothing was kept.
    if ((await this.get(id)) === undefined) return
    await this.#file.change((content) => content.set([this.#section, id], undefined))
  }

  async #put(record: T, check: (before: T | undefined) => void): Promise<T> {
    const format = await import('./file-format.ts')
    return await this.#file.change((content) => {
      const records = this.#records(content, format)
      check(Object.hasOwn(records, record.id) ? records[record.id] : undefined)
      content.set([this.#section, record.id], record)
      return record
    })
  }

  #records({ data }: YamlContent, { SECTIONS }: typeof FileFormat): Readonly<Record<string, T>> {
    const result = SECTIONS[this.#section].safeParse((data as Record<string, unknown>)[this.#section])
    if (result.success) return result.data as unknown as Readonly<Record<string, T>>
    const [issue] = result.error.issues
    throw this.#file.unreadable(`${this.#section}.${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`)
  }
}

/** Keeps servers in `servers.yaml` of mode 0600, in a directory of mode 0700; several processes may use it. */
export class FileServerStore implements ServerStore {
  readonly servers: RecordStore<ServerRecord>
  readonly authorities: RecordStore<SshAuthority>
  readonly keys: RecordStore<IdentityKey>

  constructor(directory: string) {
    const file = new YamlFile(join(directory, FILE), {
      hint: 'correct the file, or move it away if none of its servers is left',
    })
    this.servers = new FileRecords(file, 'servers', 'server')
    this.authorities = new FileRecords(file, 'authorities', 'SSH authority')
    this.keys = new FileRecords(file, 'keys', 'SSH key of model')
  }
}
