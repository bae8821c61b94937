import { mkdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { AlreadyExistsError, NotValidError } from '../../environ/index.ts'
import type { Context } from '../context.ts'
import { newProviderFiles } from './new-provider-files.ts'

/** Words that start with a letter: it names a class and a package, too. */
const TYPE = /^[a-z][a-z0-9]*(?:-[a-z][a-z0-9]*)*$/

/** @throws NotValidError for a name that is none, AlreadyExistsError when the directory is there */
export async function newProvider(
  { output }: Context,
  type: string,
  { dir = `environs-${type}` }: { readonly dir?: string },
): Promise<void> {
  if (!TYPE.test(type)) {
    throw new NotValidError(`"${type}" is not a provider type`, {
      hint: 'use words of lower-case letters and digits, with hyphens between them',
    })
  }
  const { version } = createRequire(import.meta.url)('cloud-environs/package.json') as { version: string }
  const directory = resolve(dir)
  await mkdir(dirname(directory), { recursive: true })
  await mkdir(directory).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EEXIST') throw cause
    throw new AlreadyExistsError(`${directory} exists already`, {
      cause,
      resource: directory,
      hint: 'name another directory with --dir',
    })
  })
  const files = newProviderFiles(type, version)
  for (const [path, text] of files) {
    const file = join(directory, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
  }
  output.result(
    { directory, files: [...files.keys()] },
    `A provider of ${type} clouds is begun in ${directory}; its README.md says how it goes on`,
  )
}
