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

class MemoryRecords<T extends StoredRecord> implements RecordStore<T> {
  readonly #kind: string
  readonly #records = new Map<string, T>()

  constructor(kind: string) {
    this.#kind = kind
  }

  async all(): Promise<readonly T[]> {
    return [...this.#records.values()]
  }

  async get(id: string): Promise<T | undefined> {
    return this.#records.get(id)
  }

  async insert(record: NewRecord<T>): Promise<T> {
    if (this.#records.has(record.id)) throw taken(this.#kind, record.id)
    return this.#put({ ...record, revision: 1 } as T)
  }

  async replace(record: T): Promise<T> {
    if (this.#records.get(record.id)?.revision !== record.revision) throw changed(this.#kind, record.id)
    return this.#put({ ...record, revision: record.revision + 1 })
  }

  async remove(id: string): Promise<void> {
    this.#records.delete(id)
  }

  #put(record: T): T {
    this.#records.set(record.id, record)
    return record
  }
}

/** Keeps servers for as long as the process lives. */
export class MemoryServerStore implements ServerStore {
  readonly servers: RecordStore<ServerRecord> = new MemoryRecords('server')
  readonly authorities: RecordStore<SshAuthority> = new MemoryRecords('SSH authority')
  readonly keys: RecordStore<IdentityKey> = new MemoryRecords('SSH key of model')
}
