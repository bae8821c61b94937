/** A cloud, a runtime that hands in jobs, and workers. */

import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  createEnvirons,
  type Environs,
  type Job,
  type JobEvent,
  type JobState,
  type Logger,
  type TaskStatus,
} from 'cloud-environs'
import type { DurableServices } from 'cloud-environs/durable/dbos'
import { openstack } from 'cloud-environs/providers/openstack'
import type { EmbeddedOpenStackOptions } from 'cloud-environs/providers/openstack/embedded'
import { Account } from '../cli/command.ts'
import { BusyCloud } from './busy-cloud.ts'
import { type Database, WorkerProcess } from './worker-process.ts'

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent }

/** Milliseconds: no wait of a test takes longer than that unless it says so. */
const PATIENCE = 120_000
const LOOK_MS = 50

/** How a site is made. */
export interface SiteOptions extends EmbeddedOpenStackOptions {
  /** Where jobs, controllers and accounts are kept. Default: in the files of one user. */
  readonly databaseUrl?: string
}

/** What of a runtime is in the database. Loaded when it is wanted. */
async function onPostgres(database: Database): Promise<Partial<DurableServices>> {
  const { dbos } = await import('cloud-environs/durable/dbos')
  const { runner, controllers, accounts } = await dbos(database)
  return { runner, controllers, accounts }
}

/** Disposing of it ends its workers and removes all that it was, but for the database. */
export class Site implements AsyncDisposable {
  readonly cloud: BusyCloud
  readonly environs: Environs
  readonly #account: Account
  readonly #database: Database | undefined
  readonly #workers: WorkerProcess[] = []

  private constructor(cloud: BusyCloud, environs: Environs, account: Account, database?: Database) {
    this.cloud = cloud
    this.environs = environs
    this.#account = account
    this.#database = database
  }

  static async make({ databaseUrl, ...options }: SiteOptions = {}): Promise<Site> {
    const cloud = await BusyCloud.start(options)
    const account = await Account.of(cloud.openStack)
    try {
      const keyFile = join(account.home, 'key')
      const database = databaseUrl === undefined ? undefined : { databaseUrl, keyFile }
      const environs = await createEnvirons({
        plugins: [openstack()],
        dataDir: account.dataDir,
        host: { variables: account.variables, homeDir: account.home, workingDir: account.home },
        logger: silent,
        ...(database ? await onPostgres(database) : {}),
      })
      return new Site(cloud, environs, account, database)
    } catch (error) {
      await cloud[Symbol.asyncDispose]()
      await account.remove()
      throw error
    }
  }

  /** Bootstraps a controller without an agent. */
  async bootstrap(
    controllerName: string,
    modelConfig: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    const { spec: cloud, credentialName } = await this.environs.clouds.find({ cloud: 'embedded' })
    await this.environs.bootstrap({
      agent: 'none',
      controllerName,
      cloud,
      credentialName,
      modelConfig: { network: 'private', 'firewall-mode': 'none', ...modelConfig },
    })
  }

  /** Sets how many starts are under way at the same time, and how many are begun in a second. */
  async limitStarts(atOnce: number, perSecond?: number): Promise<void> {
    const limit = { cloud: 'embedded/RegionOne', kind: 'start', atOnce, atOncePerWorker: atOnce } as const
    await this.environs.jobs.runner.setLimit(perSecond === undefined ? limit : { ...limit, perSecond })
  }

  /** Hands in a job that starts so many machines; failures of the cloud are tried again soon and often. */
  async start(controllerName: string, machines: number, options: StartOptions = {}): Promise<Job> {
    const { allocatePublicIp = false, ...others } = options
    const machine = allocatePublicIp ? { constraints: { allocatePublicIp } } : {}
    const wanted = Array.from({ length: machines }, () => machine)
    return await this.environs.jobs.startMachines(controllerName, wanted, {
      retryDelay: 1_000,
      retries: 30,
      ...others,
    })
  }

  /** Starts a worker: with a database on a machine of its own, without one as the user of the files. */
  async worker(name: string, ...args: readonly string[]): Promise<WorkerProcess> {
    const account = this.#database ? {} : { account: this.#account }
    const options = { database: this.#database, args, ...account }
    const worker = await WorkerProcess.start(this.cloud.openStack, name, options)
    this.#workers.push(worker)
    return worker
  }

  async tasks({ id }: Job): Promise<readonly TaskStatus[]> {
    const tasks: TaskStatus[] = []
    for await (const task of this.environs.jobs.runner.tasks(id)) tasks.push(task)
    return tasks
  }

  /** Those so far. */
  async events({ id }: Job): Promise<readonly JobEvent[]> {
    const events: JobEvent[] = []
    for await (const event of this.environs.jobs.runner.events(id)) events.push(event)
    return events
  }

  /** Resolves when a job has come to a state. */
  async untilState({ id }: Job, state: JobState, timeout?: number): Promise<void> {
    const { runner } = this.environs.jobs
    await this.until(
      () => runner.get(id),
      (now) => now.state === state,
      timeout,
    )
  }

  /** Resolves when at least this many of a job's tasks have succeeded. */
  async untilSucceeded({ id }: Job, count: number, timeout?: number): Promise<void> {
    const { runner } = this.environs.jobs
    await this.until(
      () => runner.get(id),
      ({ tasks }) => tasks.succeeded >= count,
      timeout,
    )
  }

  /** Asks until the answer fits; says so at once when a worker has ended by itself. */
  async until<T>(ask: () => Promise<T> | T, fits: (answer: T) => boolean, timeout = PATIENCE): Promise<T> {
    const limit = Date.now() + timeout
    for (;;) {
      const answer = await ask()
      if (fits(answer)) return answer
      for (const worker of this.#workers) await worker.check()
      if (Date.now() > limit) throw new Error(`It never came to it: ${JSON.stringify(answer)}`)
      await sleep(LOOK_MS)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker[Symbol.asyncDispose]()))
    await this.environs.jobs.runner[Symbol.asyncDispose]()
    await this.cloud[Symbol.asyncDispose]()
    await this.#account.remove()
  }
}

/** How the machines of a job are tried again, and what they are. */
interface StartOptions {
  readonly allocatePublicIp?: boolean
  readonly priority?: number
  readonly retries?: number
  /** Milliseconds. */
  readonly retryDelay?: number
}

/** Prints what was measured, which no assertion can tell. */
export function tell(title: string, figures: Readonly<Record<string, string | number>>): void {
  const lines = Object.entries(figures).map(([name, value]) => `  ${name}: ${value}`)
  process.stdout.write(`${[title, ...lines].join('\n')}\n`)
}
