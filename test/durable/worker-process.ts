/** Workers in processes of their own, each with a home, a data directory and a clouds.yaml of its own. */

import { once } from 'node:events'
import type { EmbeddedOpenStack } from 'cloud-environs/providers/openstack/embedded'
import { Account, type Result, type Running } from '../cli/command.ts'

/** What workers have in common. */
export interface Database {
  readonly databaseUrl: string
  readonly keyFile: string
}

/** How a worker is started. */
export interface WorkerOptions {
  /** Default: it keeps its jobs in its data directory. */
  readonly database?: Database | undefined
  readonly args?: readonly string[]
  /** Whose home it has. Default: one of its own, which goes when it does. */
  readonly account?: Account
}

/** `environs worker` as its users run it: the built command. */
export class WorkerProcess implements AsyncDisposable {
  readonly name: string
  readonly #running: Running
  /** To be removed with it. */
  readonly #account: Account | undefined
  #wasTold = false

  private constructor(name: string, running: Running, account: Account | undefined) {
    this.name = name
    this.#running = running
    this.#account = account
  }

  static async start(
    cloud: EmbeddedOpenStack,
    name: string,
    { database, args = [], account }: WorkerOptions = {},
  ): Promise<WorkerProcess> {
    const home = account ?? (await Account.of(cloud))
    const variables: Record<string, string> = database
      ? { ENVIRONS_DATABASE: database.databaseUrl, ENVIRONS_KEY_FILE: database.keyFile }
      : {}
    const running = home.start(['worker', '--name', name, ...args], {
      ...variables,
      NODE_OPTIONS: process.env['WOPT'] ?? '',
    })
    return new WorkerProcess(name, running, account ? undefined : home)
  }

  /** What it left, when it ends. */
  get result(): Promise<Result> {
    return this.#running.result
  }

  get running(): boolean {
    const { exitCode, signalCode } = this.#running.child
    return exitCode === null && signalCode === null
  }

  signal(signal: NodeJS.Signals): void {
    this.#wasTold = true
    this.#running.child.kill(signal)
  }

  /** @throws Error when it ended and nobody had told it to */
  async check(): Promise<void> {
    if (this.running || this.#wasTold) return
    const { code, signal, stderr } = await this.result
    if (code !== 0) throw new Error(`Worker ${this.name} ended (${signal ?? code}): ${stderr.slice(-2_000)}`)
  }

  /** Ends it and gives what it left. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<Result> {
    this.signal(signal)
    return await this.result
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { child } = this.#running
    if (this.running) {
      child.kill('SIGKILL')
      await once(child, 'close')
    }
    await this.#account?.remove()
  }
}
