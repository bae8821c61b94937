/** A database of its own, and whoever uses it. */

import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DbosOptions, type DurableServices, dbos } from 'cloud-environs/durable/dbos'
import type { Postgres } from './postgres.ts'

/** An empty database on a server, a directory for the key, and what is opened on them. */
export class Place implements AsyncDisposable {
  readonly name: string
  readonly url: string
  readonly directory: string
  readonly #opened: DurableServices[] = []

  private constructor(name: string, url: string, directory: string) {
    this.name = name
    this.url = url
    this.directory = directory
  }

  static async on(postgres: Postgres): Promise<Place> {
    const name = `d${randomUUID().replaceAll('-', '')}`
    const directory = await mkdtemp(join(tmpdir(), 'environs-durable-'))
    return new Place(name, await postgres.database(name), directory)
  }

  get keyFile(): string {
    return join(this.directory, 'accounts.key')
  }

  async open(options: Partial<DbosOptions> = {}): Promise<DurableServices> {
    const services = await dbos({ databaseUrl: this.url, keyFile: this.keyFile, ...options })
    this.#opened.push(services)
    return services
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const services of this.#opened) await services[Symbol.asyncDispose]()
    await rm(this.directory, { recursive: true, force: true })
  }
}
