/** A PostgreSQL server of its own, on the loopback, for as long as a suite needs it. */

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdtemp, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'

const run = promisify(execFile)

const ROOM = '/usr/lib/postgresql'
const SETPRIV = '/usr/bin/setpriv'
const USER = 'environs'
const PASSWORD = 'canary-postgres-password'

/** How a server is made. */
export interface PostgresOptions {
  /** Where its data are to lie: a directory that is there. Default: one of its own. */
  readonly directory?: string
  /** Lines for `postgresql.conf`. */
  readonly settings?: readonly string[]
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

async function programs(): Promise<string> {
  const versions = (await readdir(ROOM)).sort((a, b) => Number(b) - Number(a))
  return join(ROOM, versions[0] ?? '', 'bin')
}

async function ids(): Promise<readonly [uid: number, gid: number]> {
  const id = async (which: string) => Number((await run('id', [which, 'postgres'])).stdout)
  return [await id('-u'), await id('-g')]
}

/** One that can be stopped and started again on the same port. */
export class Postgres implements AsyncDisposable {
  readonly port: number
  /** Of the server and what belongs to it. */
  readonly directory: string
  readonly #bin: string
  readonly #own: boolean
  #server: ChildProcess | undefined

  private constructor(port: number, directory: string, bin: string, own: boolean) {
    this.port = port
    this.directory = directory
    this.#bin = bin
    this.#own = own
  }

  static async make(options: PostgresOptions = {}): Promise<Postgres> {
    const directory = options.directory ?? (await mkdtemp('/var/tmp/environs-pg-'))
    const postgres = new Postgres(
      await freePort(),
      directory,
      await programs(),
      options.directory === undefined,
    )
    try {
      if (process.getuid?.() === 0) await chown(directory, ...(await ids()))
      await chmod(directory, 0o700)
      await postgres.#initialize(options.settings ?? [])
      await postgres.start()
    } catch (error) {
      await postgres[Symbol.asyncDispose]()
      throw error
    }
    return postgres
  }

  /** A database of this server; the password is in it. */
  url(database = 'postgres', password = PASSWORD): string {
    return `postgresql://${USER}:${password}@127.0.0.1:${this.port}/${database}`
  }

  /** Makes an empty database, and gives its URL. */
  async database(name: string): Promise<string> {
    await this.query(`CREATE DATABASE ${name}`)
    return this.url(name)
  }

  /** Rows of one statement. */
  async query(
    text: string,
    values: unknown[] = [],
    database = 'postgres',
  ): Promise<Record<string, unknown>[]> {
    const client = new pg.Client(this.url(database))
    client.on('error', () => {})
    await client.connect()
    try {
      return (await client.query<Record<string, unknown>>(text, values)).rows
    } finally {
      await client.end()
    }
  }

  /** All that a database holds, as text. */
  async dump(database: string): Promise<string> {
    const args = ['--dbname', this.url(database)]
    const { stdout } = await run(join(this.#bin, 'pg_dump'), args, { maxBuffer: 2 ** 28 })
    // Newer ones write a random word.
    return stdout.replace(/^\\(un)?restrict .*$/gm, '')
  }

  async start(): Promise<void> {
    const args = ['-D', join(this.directory, 'data'), '-p', String(this.port)]
    const server = this.#spawn('postgres', args)
    this.#server = server
    for (let attempt = 0; ; attempt++) {
      try {
        await this.query('SELECT 1')
        return
      } catch (cause) {
        if (server.exitCode !== null || attempt > 200) throw new Error('PostgreSQL does not start', { cause })
        await sleep(50)
      }
    }
  }

  /** Ends all connections and then the server. */
  async stop(): Promise<void> {
    await this.#end('SIGINT')
  }

  /** Ends it as a power failure would. */
  async kill(): Promise<void> {
    await this.#end('SIGQUIT')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end('SIGQUIT')
    const own = this.#own ? [this.directory] : [join(this.directory, 'data')]
    for (const path of own) await rm(path, { recursive: true, force: true })
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (!server || server.exitCode !== null || server.signalCode !== null) return
    server.kill(signal)
    await once(server, 'exit')
  }

  async #initialize(settings: readonly string[]): Promise<void> {
    const data = join(this.directory, 'data')
    const initdb = this.#spawn('initdb', ['-D', data, '-U', 'postgres', '-A', 'trust', '-N', '-E', 'UTF8'])
    const [code] = (await once(initdb, 'exit')) as [number]
    if (code !== 0) throw new Error(`initdb ended with ${code}`)
    const lines = [
      `listen_addresses = '127.0.0.1'`,
      `unix_socket_directories = ''`,
      'fsync = off',
      'full_page_writes = off',
      'max_connections = 100',
      'timezone = UTC',
      ...settings,
    ]
    // Passwords count on the loopback as they would elsewhere; the first user is made without a server.
    const script = [
      `printf '%s\\n' "$2" >> "$1/postgresql.conf"`,
      `echo "CREATE ROLE ${USER} SUPERUSER LOGIN PASSWORD '${PASSWORD}'" | "$3/postgres" --single -D "$1" postgres >/dev/null`,
      `echo 'host all all 127.0.0.1/32 scram-sha-256' > "$1/pg_hba.conf"`,
    ].join(' && ')
    const done = this.#spawn('/bin/sh', ['-c', script, 'sh', data, lines.join('\n'), this.#bin])
    const [ended] = (await once(done, 'exit')) as [number]
    if (ended !== 0) throw new Error(`setting up PostgreSQL ended with ${ended}`)
  }

  #spawn(program: string, args: readonly string[]): ChildProcess {
    const path = program.startsWith('/') ? program : join(this.#bin, program)
    const options = { cwd: this.directory, stdio: 'ignore' } as const
    // It refuses to run as root; `setpriv` becomes the program, so that signals reach it.
    return process.getuid?.() === 0
      ? spawn(SETPRIV, ['--reuid=postgres', '--regid=postgres', '--clear-groups', path, ...args], options)
      : spawn(path, args, options)
  }
}

/** A server with an empty database `postgres`; disposing of it removes all that it was. */
export const startPostgres = (options?: PostgresOptions): Promise<Postgres> => Postgres.make(options)
