import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { NotSupportedError, NotValidError } from '../../environ/index.ts'
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

export async function embeddedUp(context: Context, options: EmbeddedOptions): Promise<void> {
  const { output, signal } = context
  const port = options.port === undefined ? {} : { port: portNumber(options.port) }
  const loaded = (await context.plugins()).find(({ plugin }) => plugin.type === options.provider)
  if (!loaded?.plugin.embedded) {
    throw new NotSupportedError(`provider "${options.provider}" has no embedded cloud`, {
      hint: 'list them with "environs providers"',
    })
  }
  await using cloud = await loaded.plugin.embedded({ ...port, signal })
  const made = options.dir === undefined
  const directory =
    options.dir === undefined ? await mkdtemp(join(tmpdir(), 'environs-embedded-')) : resolve(options.dir)
  await mkdir(directory, { recursive: true })
  const file = cloud.configFile && join(directory, cloud.configFile.name)
  try {
    if (file && cloud.configFile) await writeFile(file, cloud.configFile.text, { mode: 0o600, flag: 'wx' })
    const variables = file && cloud.configFile ? { [cloud.configFile.variable]: file } : cloud.variables
    output.result(
      { description: cloud.description, variables, 'config-file': file },
      Object.entries(variables)
        .map(([name, value]) => `export ${name}=${quoted(value)}`)
        .join('\n'),
    )
    output.say(`The ${cloud.description}. Interrupt to end it.`)
    await untilAborted(signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new NotValidError(`${file} exists already`, {
      cause: error,
      hint: 'give another directory with --dir',
    })
  } finally {
    if (made) await rm(directory, { recursive: true, force: true })
    else if (file && signal.aborted) await rm(file, { force: true })
  }
}
