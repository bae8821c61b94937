import { type Environ, NotFoundError, NotValidError } from '../environ/index.ts'
import { createEnvirons, type Environs } from '../runtime/index.ts'
import { commandLogger } from './log.ts'
import type { Output } from './output.ts'
import { type LoadedPlugin, loadPlugins } from '../runtime/plugins.ts'

/** What a command works with. */
export class Context {
  readonly output: Output
  readonly signal: AbortSignal
  readonly #dataDir: string | undefined
  #environs: Promise<Environs> | undefined
  #plugins: Promise<readonly LoadedPlugin[]> | undefined

  constructor(output: Output, signal: AbortSignal, dataDir?: string) {
    this.output = output
    this.signal = signal
    this.#dataDir = dataDir
  }

  plugins(): Promise<readonly LoadedPlugin[]> {
    this.#plugins ??= loadPlugins(process.env)
    return this.#plugins
  }

  environs(): Promise<Environs> {
    this.#environs ??= this.#compose()
    return this.#environs
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

  async #compose(): Promise<Environs> {
    const plugins = (await this.plugins()).map(({ plugin }) => plugin)
    return await createEnvirons({
      plugins,
      logger: commandLogger(this.output),
      ...(this.#dataDir === undefined ? {} : { dataDir: this.#dataDir }),
    })
  }
}
