import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import {
  downloadAgent,
  findAgents,
  type FoundAgent,
  generateAgentMetadata,
  packAgent,
  readPackedAgent,
} from '../../agents/index.ts'
import { EnvironsError, NotFoundError } from '../../environ/index.ts'
import { urlDataSource } from '../../simplestreams/url-source.ts'
import type { Context } from '../context.ts'
import { table } from '../output.ts'

/** Options of `environs agents pack`. */
export interface PackOptions {
  readonly agentVersion: string
  readonly os: string
  readonly arch: string
  readonly into: string
}

/** Options of `environs agents generate`. */
export interface GenerateOptions {
  readonly stream: string
  readonly privateKey?: string
}

/** Options of `environs agents find` and `validate`. */
export interface LookupOptions {
  readonly agentVersion?: string
  readonly os?: string
  readonly arch?: readonly string[]
  readonly stream?: readonly string[]
  readonly source?: readonly string[]
  readonly publicKey?: string
  readonly controller?: string
}

/** What unlocks a private key. */
const PASSPHRASE = 'ENVIRONS_KEY_PASSPHRASE'

async function textOf(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch((error: unknown) => {
    throw new NotFoundError(`${path} cannot be read`, { cause: error, resource: path })
  })
}

export async function pack(context: Context, directory: string, options: PackOptions): Promise<void> {
  const { output, signal } = context
  const { agentVersion: version, os, arch, into } = options
  const packed = await packAgent(
    { directory: resolve(directory), into: resolve(into), version, os, arch },
    { signal },
  )
  output.result(packed, `${packed.path}\n${packed.sha256}  ${packed.size} bytes`)
}

/** The archives of a tree that have a manifest. */
async function archivesIn(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(
    (error: unknown) => {
      throw new NotFoundError(`${directory} cannot be read`, {
        cause: error,
        resource: directory,
        hint: 'pack agents into it: environs agents pack --into',
      })
    },
  )
  const paths = entries.flatMap((entry) => (entry.isFile() ? [join(entry.parentPath, entry.name)] : []))
  const archives = paths.filter((path) => path.endsWith('.tar.gz') && paths.includes(`${path}.json`)).sort()
  if (archives.length > 0) return archives
  throw new NotFoundError(`there is no packed agent in ${directory}`, {
    resource: directory,
    hint: 'pack agents into it: environs agents pack --into',
  })
}

export async function generate(
  context: Context,
  place: string,
  archives: readonly string[],
  { stream, privateKey }: GenerateOptions,
): Promise<void> {
  const directory = resolve(place)
  const paths =
    archives.length > 0 ? archives.map((path) => resolve(path)) : await archivesIn(join(directory, 'tools'))
  const agents = await Promise.all(paths.map((path) => readPackedAgent(path)))
  const passphrase = process.env[PASSPHRASE]
  const signing =
    privateKey === undefined
      ? undefined
      : { privateKey: await textOf(privateKey), ...(passphrase ? { passphrase } : {}) }
  const written = await generateAgentMetadata({ directory, agents, stream, ...(signing ? { signing } : {}) })
  const shown = agents.map(({ version, os, arch, path }) => ({ version, os, arch, path }))
  context.output.result({ stream, agents: shown, written }, written.join('\n'))
}

async function lookUp(
  context: Context,
  options: LookupOptions,
): Promise<readonly [FoundAgent, ...FoundAgent[]]> {
  const { signal } = context
  const { agentVersion: version, os, arch: arches, stream: streams, source: places, publicKey } = options
  const constraint = {
    ...(version === undefined ? {} : { version }),
    ...(os === undefined ? {} : { os }),
    ...(arches ? { arches } : {}),
    ...(streams ? { streams } : {}),
  }
  if (!places) {
    return await context.withController(options.controller, async (environ) =>
      (await context.environs()).findAgents(environ, constraint, { signal }),
    )
  }
  const key =
    publicKey === undefined ? {} : { requireSigned: true, publicSigningKey: await textOf(publicKey) }
  const sources = places.map((place) => urlDataSource({ description: place, baseUrl: place, ...key }))
  return await findAgents(sources, constraint, { signal })
}

const row = ({ version, os, arch, stream, source, url }: FoundAgent) => [
  version,
  os,
  arch,
  stream,
  source,
  url,
]

export async function find(context: Context, options: LookupOptions): Promise<void> {
  const agents = await lookUp(context, options)
  const head = ['VERSION', 'OS', 'ARCH', 'STREAM', 'SOURCE', 'URL']
  context.output.result({ agents }, table([head, ...agents.map(row)]))
}

export async function validate(context: Context, options: LookupOptions): Promise<void> {
  const { output, signal } = context
  const agents = await lookUp(context, options)
  const directory = await mkdtemp(join(tmpdir(), 'environs-agents-'))
  const problems: unknown[] = []
  try {
    for (const agent of agents) {
      output.say(`Downloading ${agent.url}`)
      try {
        await downloadAgent(agent, join(directory, 'agent'), { signal })
      } catch (error) {
        signal.throwIfAborted()
        problems.push(error)
        output.say(`${agent.url}: ${(error as Error).message}`)
      }
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
  const [first] = problems
  if (first) {
    if (problems.length === 1) throw first
    throw new EnvironsError(
      `${problems.length} of ${agents.length} agents are not what their metadata says`,
      {
        cause: new AggregateError(problems),
        hint: 'see each above',
      },
    )
  }
  const count = agents.length === 1 ? '1 agent is what its' : `${agents.length} agents are what their`
  output.result({ valid: agents.length, agents }, `${count} metadata says.`)
}
