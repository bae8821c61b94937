/** Reads one YAML (or JSON) file. */

import { readFile, stat } from 'node:fs/promises'
import { EnvironsError, NotValidError } from 'cloud-environs'
import { Section } from './section.ts'

const MAX_BYTES = 1024 * 1024

/**
 * The file's mapping, or `undefined` when there is no such file. All values are the texts that were written, so that a
 * password of digits stays what it is. @throws NotValidError naming file, line and column
 */
export async function readYamlFile(path: string): Promise<Section | undefined> {
  const text = await readText(path)
  if (text === undefined) return undefined
  // Loaded here because it takes 27 ms, and most programs never read such a file.
  const { LineCounter, parseDocument } = await import('yaml')
  const lines = new LineCounter()
  const document = parseDocument(text, {
    schema: 'failsafe',
    merge: true,
    lineCounter: lines,
    prettyErrors: false,
  })
  const [error] = document.errors
  if (error) {
    const { line, col } = lines.linePos(error.pos[0])
    // The parser quotes the text it stumbles over, which may be a secret.
    const why = error.message.replace(/:?\s*["'`][\s\S]*$/, '')
    throw new NotValidError(`${path}, line ${line}, column ${col}: not valid YAML (${why})`, {
      resource: path,
      hint: `correct ${path} at line ${line}; indent with spaces, and quote values that contain ": " or " #"`,
    })
  }
  try {
    return new Section(path, '', {}).section('the file', document.toJS() ?? {}).at('')
  } catch (cause) {
    if (cause instanceof EnvironsError) throw cause
    // Too many or circular aliases.
    throw new NotValidError(`${path}: cannot be read as a tree of names and values`, {
      resource: path,
      cause,
    })
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    const { size } = await stat(path)
    if (size > MAX_BYTES) {
      throw new NotValidError(`${path} is larger than 1 MiB`, {
        resource: path,
        hint: 'check that it is the right file',
      })
    }
    return await readFile(path, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (cause instanceof EnvironsError) throw cause
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new NotValidError(`${path} cannot be read: ${code ?? String(cause)}`, {
      resource: path,
      cause,
      hint: 'check its permissions, and that it is a file',
    })
  }
}
