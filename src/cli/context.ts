import { join } from 'node:path'
import type { DurableServices } from '../durable/dbos/index.ts'
import { type Environ, type Logger, NotFoundError, NotValidError } from '../environ/index.ts'
import type { Jobs } from '../jobs/index.ts'
import { dataDirectory, processEnvironment } from '../runtime/host/environment.ts'
import { createEnvirons, type Environs } from '../runtime/index.ts'
import { type LoadedPlugin, loadPlugins } from '../runtime/plugins.ts'
import { commandLogger } from './log.ts'
import type { Output } from './output.ts'

/** Where a command finds and keeps what it works with. */
export interface ContextOptions {
  /** Default: that of the library. */
  readonly dataDir?: string
  /** URL of the PostgreSQL database to keep jobs, controllers and their accounts in. Default: files in `dataDir`. */
  readonly database?: string
}

/** What a command works with. */
export class Context implements AsyncDisposable {
  readonly output: Output
  readonly signal: AbortSignal
  /** What is told when the signal is aborted. */
  interruption = 'Interrupted: cleaning up. Interrupt again to stop at once.'
  readonly #dataDir: string | undefined
  readonly #database: string | undefined
  #environs: Promise<Environs> | undefined
  #services: DurableServices | undefined
  #plugins: Promise<readonly LoadedPlugin[]> | undefined

  constructor(output: Output, signal: AbortSignal, { dataDir, database }: ContextOptions = {}) {
    this.output = output
    this.signal = signal
    this.#dataDir = dataDir
    this.#database = database ?? (process.env['ENVIRONS_DATABASE'] || undefined)
  }

  /** Whether jobs are kept where workers on other machines find them. */
  get hasDatabase(): boolean {
    return this.#database !== undefined
  }

  plugins(): Promise<readonly LoadedPlugin[]> {
    this.#plugins ??= loadPlugins(process.env)
    return this.#plugins
  }

  environs(): Promise<Environs> {
    this.#environs ??= this.#compose()
    return this.#environs
  }

  async jobs(): Promise<Jobs> {
    return (await this.environs()).jobs
  }

  /**
   * The controller that is meant: the one that is named, or the only one.
   * @throws NotFoundError when there is none, NotValidError when one has to be chosen
   */
  async controllerName(name: string | undefined): Promise<string> {
    const { controllers } = await this.environs()
    if (name !== undefined) return (await controllers.get(name)).name
    const names = (await controllers.all()).map((details) => details.name)
    const [only] = names
    if (only === undefined) {
      throw new NotFoundError('there is no controller', { hint: 'make one with "environs bootstrap"' })
    }
    if (names.length === 1) return only
    throw new NotValidError('there are several controllers', {
      hint: `choose one with --controller: ${names.join(', ')}`,
    })
  }

  /** Runs `use` with the environ of a controller's model, and closes it. */
  async withController<T>(
    name: string | undefined,
    use: (environ: Environ, controllerName: string) => Promise<T>,
  ): Promise<T> {
    const controllerName = await this.controllerName(name)
    await using environ = await (await this.environs()).openController(controllerName, {
      signal: this.signal,
    })
    return await use(environ, controllerName)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const environs = await this.#environs?.catch(() => undefined)
    await (this.#services ?? environs?.jobs.runner)?.[Symbol.asyncDispose]()
  }

  async #compose(): Promise<Environs> {
    const plugins = (await this.plugins()).map(({ plugin }) => plugin)
    const logger = commandLogger(this.output)
    return await createEnvirons({
      plugins,
      logger,
      ...(this.#dataDir === undefined ? {} : { dataDir: this.#dataDir }),
      ...(await this.#kept(logger)),
    })
  }

  /** What is kept in the database, when there is one. */
  async #kept(logger: Logger): Promise<Omit<DurableServices, typeof Symbol.asyncDispose> | undefined> {
    if (this.#database === undefined) return undefined
    const keyFile =
      process.env['ENVIRONS_KEY_FILE'] ||
      join(this.#dataDir ?? dataDirectory(processEnvironment()), 'database.key')
    const { dbos } = await import('../durable/dbos/index.ts')
    this.#services = await dbos({ databaseUrl: this.#database, keyFile, logger })
    const { runner, controllers, accounts } = this.#services
    return { runner, controllers, accounts }
  }
}
