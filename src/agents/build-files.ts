import type { Stats } from 'node:fs'
import { lstat, readdir, readlink, realpath } from 'node:fs/promises'
import { dirname, isAbsolute, join, sep } from 'node:path'
import type { TarHeader } from 'modern-tar'
import { NotFoundError, NotValidError } from '../environ/errors.ts'

/** What the archive is to have at a name, and the file that it is read from. */
export interface BuildFile {
  readonly header: TarHeader
  readonly source?: string
}

/** Of every entry: the same build is the same archive, whenever and by whomever it is packed. */
const FIXED = { mtime: new Date(Date.UTC(2000, 0, 1)), uid: 0, gid: 0, uname: '', gname: '' } as const

/** Whether anybody may run it is all that is kept of a file's mode. */
const modeOf = ({ mode }: Stats): number => ((mode & 0o100) === 0 ? 0o644 : 0o755)

const isBelow = (path: string, root: string): boolean => path === root || path.startsWith(root + sep)

/** Whether a relative link never goes above the root on its way, whatever the root's name is elsewhere. */
function staysBelow(name: string, target: string): boolean {
  let depth = name.split('/').length - 1
  for (const segment of target.split('/')) {
    if (segment === '..') depth--
    else if (segment !== '' && segment !== '.') depth++
    if (depth < 0) return false
  }
  return true
}

async function link(root: string, name: string): Promise<BuildFile> {
  const path = join(root, name)
  const target = await readlink(path)
  const real = await realpath(path).catch(() => undefined)
  if (real === undefined || isAbsolute(target) || !staysBelow(name, target) || !isBelow(real, root)) {
    throw new NotValidError(`${path} is a link to ${JSON.stringify(target)}, which will not be there`, {
      resource: path,
      hint: 'only relative links to what is packed too can be packed',
    })
  }
  return { header: { ...FIXED, name, type: 'symlink', linkname: target, mode: 0o777, size: 0 } }
}

async function* below(root: string, directory: string): AsyncGenerator<BuildFile> {
  const names = await readdir(join(root, directory))
  for (const child of names.sort()) {
    const name = directory === '' ? child : `${directory}/${child}`
    const path = join(root, name)
    const stats = await lstat(path)
    if (stats.isSymbolicLink()) yield await link(root, name)
    else if (stats.isDirectory()) {
      yield { header: { ...FIXED, name: `${name}/`, type: 'directory', mode: 0o755, size: 0 } }
      yield* below(root, name)
    } else if (stats.isFile()) {
      yield { header: { ...FIXED, name, type: 'file', mode: modeOf(stats), size: stats.size }, source: path }
    } else throw new NotValidError(`${path} is neither file, directory nor link`, { resource: path })
  }
}

/**
 * What is in a build directory, sorted by name.
 * @throws NotFoundError when there is no such directory; NotValidError when there is no file in it, or something that
 *   cannot be packed
 */
export async function buildFiles(directory: string): Promise<readonly BuildFile[]> {
  const root = await realpath(directory).catch((error: unknown) => {
    throw new NotFoundError(`${directory} does not exist`, { cause: error, resource: directory })
  })
  if (!(await lstat(root)).isDirectory())
    throw new NotValidError(`${directory} is no directory`, { resource: directory })
  const files: BuildFile[] = []
  for await (const file of below(root, '')) files.push(file)
  if (files.some(({ source }) => source !== undefined)) return files
  throw new NotValidError(`there is no file in ${directory}`, {
    resource: directory,
    hint: 'build the agent first',
  })
}

/** Whether a directory is, or will be, in another one. */
export async function isInside(path: string, directory: string): Promise<boolean> {
  const real = await realpath(path).catch(() => undefined)
  if (real !== undefined) return isBelow(real, await realpath(directory))
  return path === dirname(path) ? false : await isInside(dirname(path), directory)
}
