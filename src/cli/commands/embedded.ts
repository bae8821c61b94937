import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import {
  type EmbeddedCloud,
  EnvironsError,
  NotFoundError,
  NotSupportedError,
  NotValidError,
  type ProviderPlugin,
} from '../../environ/index.ts'
import type { Context } from '../context.ts'

/** Options of `environs embedded up`. */
export interface EmbeddedOptions {
  readonly provider: string
  readonly port?: string
  readonly dir?: string
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

function portNumber(text: string): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port
  throw new NotValidError(`"${text}" is not a port`, { hint: 'give a number from 1 to 65535' })
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    // A cloud's listening socket keeps the process alive; a promise alone would not.
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

/** How the provider starts its embedded cloud. */
async function starter(context: Context, type: string): Promise<NonNullable<ProviderPlugin['embedded']>> {
  const all = (await context.plugins()).map(({ plugin }) => plugin)
  const able = all.filter((plugin) => plugin.embedded !== undefined).map((plugin) => plugin.type)
  const hint = `the providers with one are: ${able.join(', ')}`
  const plugin = all.find((known) => known.type === type || known.aliases?.includes(type))
  if (!plugin) throw new NotFoundError(`provider "${type}" not found`, { hint })
  if (!plugin.embedded) throw new NotSupportedError(`provider "${type}" has no embedded cloud`, { hint })
  return plugin.embedded.bind(plugin)
}

async function startCloud(context: Context, { provider, port }: EmbeddedOptions): Promise<EmbeddedCloud> {
  const options = port === undefined ? {} : { port: portNumber(port) }
  const start = await starter(context, provider)
  try {
    return await start({ ...options, signal: context.signal })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    throw new EnvironsError(`port ${port} is in use`, {
      cause: error,
      hint: 'choose another one with --port',
    })
  }
}

/** Where files are written. Disposing removes what was written; a directory that the user named stays. */
class Directory implements AsyncDisposable {
  readonly #path: string
  readonly #made: string[]

  private constructor(path: string, made: readonly string[]) {
    this.#path = path
    this.#made = [...made]
  }

  static async of(path: string | undefined): Promise<Directory> {
    if (path === undefined) {
      const temporary = await mkdtemp(join(tmpdir(), 'environs-embedded-'))
      return new Directory(temporary, [temporary])
    }
    await mkdir(path, { recursive: true })
    return new Directory(resolve(path), [])
  }

  /** Writes a file for its owner only. @throws NotValidError when there is one of that name already */
  async write(name: string, text: string): Promise<string> {
    const file = join(this.#path, name)
    try {
      await writeFile(file, text, { mode: 0o600, flag: 'wx' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      throw new NotValidError(`${file} exists already`, {
        cause: error,
        hint: 'give another directory with --dir',
      })
    }
    this.#made.push(file)
    return file
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const path of this.#made.reverse()) await rm(path, { recursive: true, force: true })
  }
}

export async function embeddedUp(context: Context, options: EmbeddedOptions): Promise<void> {
  const { output, signal } = context
  await using cloud = await startCloud(context, options)
  await using directory = await Directory.of(options.dir)
  const { configFile, description, proxy } = cloud
  const file = configFile && (await directory.write(configFile.name, configFile.text))
  const variables = {
    ...(configFile && file ? { [configFile.variable]: file } : cloud.variables),
    ...(proxy === undefined ? {} : { ENVIRONS_PROXY: proxy }),
  }
  output.result(
    { description, variables, 'config-file': file },
    Object.entries(variables)
      .map(([name, value]) => `export ${name}=${quoted(value)}`)
      .join('\n'),
  )
  output.say(`The ${description}. Interrupt to end it.`)
  await untilAborted(signal)
}
