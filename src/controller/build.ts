/** What the reference agent consists of: this package with all that it depends on, and a Node runtime. */

import { chmod, constants, copyFile, cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { NotFoundError } from '../environ/errors.ts'
import { AGENT_COMMAND } from './api.ts'

const PACKAGE = 'cloud-environs'
const MODULES = join('lib', 'node_modules')

const launcher = (providers: readonly string[]): string => `#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
export ENVIRONS_PROVIDERS=${providers.join(',')}
exec "$here/node" "$here/../lib/node_modules/${PACKAGE}/dist/src/controller/main.js" "$@"
`

interface Manifest {
  readonly version: string
  readonly dependencies?: Readonly<Record<string, string>>
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

const manifestOf = async (directory: string): Promise<Manifest> =>
  JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as Manifest

/** The package that this file belongs to, and that a program there finds under a name. */
async function packageRoot(): Promise<string> {
  let directory = dirname(fileURLToPath(import.meta.url))
  while (!(await exists(join(directory, 'package.json')))) directory = dirname(directory)
  return directory
}

/** The version of this package, and something that is another with each build of it. */
export async function builtAt(): Promise<{ readonly version: string; readonly stamp: number }> {
  const root = await packageRoot()
  const { version } = await manifestOf(root)
  const paths = await Promise.all(
    ['src', 'providers'].map((part) =>
      readdir(join(root, 'dist', part), { recursive: true, withFileTypes: true }),
    ),
  ).catch((cause: unknown) => {
    throw notBuilt(root, cause)
  })
  const files = paths.flat().filter((entry) => entry.isFile())
  const times = await Promise.all(
    files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).mtimeMs),
  )
  return { version, stamp: times.reduce((sum, time) => sum + time, 0) }
}

const notBuilt = (root: string, cause?: unknown): NotFoundError =>
  new NotFoundError('the agent was not built', { cause, resource: root, hint: 'run "npm run build"' })

async function dependency(from: string, name: string): Promise<string> {
  for (let directory = from; ; directory = dirname(directory)) {
    const candidate = join(directory, 'node_modules', name)
    if (await exists(join(candidate, 'package.json'))) return candidate
    if (directory === dirname(directory)) {
      throw new NotFoundError(`package ${name}, which ${from} needs, is not installed`, { resource: name })
    }
  }
}

/** Source directories by where they go: a package that exists in two versions stays below the one that needs it. */
async function layout(root: string, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const placed = new Map<string, string>()
  const place = async (source: string, name: string, below: string): Promise<void> => {
    const top = join(MODULES, name)
    const target = (placed.get(top) ?? source) === source ? top : join(below, 'node_modules', name)
    if (placed.get(target) === source) return
    placed.set(target, source)
    const { dependencies = {} } = await manifestOf(source)
    for (const inner of Object.keys(dependencies)) {
      await place(await dependency(source, inner), inner, target)
    }
  }
  await place(root, PACKAGE, '')
  for (const name of names) await place(await dependency(root, name), name, '')
  return placed
}

/** What programs never read. */
const USELESS = /\.(d\.[cm]?ts|[cm]?ts|map|md|markdown|flow|tsbuildinfo)$/i

/** What of this package is taken along. */
const PARTS = ['package.json', join('dist', 'src'), join('dist', 'providers')]

/** Copies a package without its own dependencies, which have places of their own. */
async function copyPackage(source: string, target: string): Promise<void> {
  const filter = (path: string): boolean =>
    !USELESS.test(path) && !path.slice(source.length).includes(`${sep}node_modules`)
  await cp(source, target, { recursive: true, dereference: true, filter })
}

/**
 * Puts the agent into a directory, with the packages of more providers if need be. It runs on machines of the
 * architecture and system of this process, whose Node it takes along.
 * @throws NotFoundError when this package was not built, or a package is not installed
 */
export async function buildAgent(directory: string, providers: readonly string[] = []): Promise<void> {
  const root = await packageRoot()
  if (!(await exists(join(root, 'dist', 'src', 'controller', 'main.js')))) {
    throw notBuilt(root)
  }
  for (const [target, source] of await layout(root, providers)) {
    const parts = source === root ? PARTS : ['']
    for (const part of parts) await copyPackage(join(source, part), join(directory, target, part))
  }
  const bin = join(directory, 'bin')
  await mkdir(bin, { recursive: true })
  await copyFile(process.execPath, join(bin, 'node'), constants.COPYFILE_FICLONE)
  await chmod(join(bin, 'node'), 0o755)
  await writeFile(join(directory, AGENT_COMMAND), launcher(providers), { mode: 0o755 })
}
