import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { NotFoundError, NotValidError } from '../environ/errors.ts'

/** An archive of an agent, as its manifest describes it. */
export interface PackedAgent {
  readonly version: string
  readonly os: string
  readonly arch: string
  /** Hex. */
  readonly sha256: string
  /** Bytes. */
  readonly size: number
  /** Of the archive. */
  readonly path: string
}

/** Where the manifest of an archive is: beside it. */
export const manifestPath = (archive: string): string => `${archive}.json`

/** The text of the manifest. */
export const manifestText = ({ version, os, arch, sha256, size }: PackedAgent): string =>
  `${JSON.stringify({ version, os, arch, sha256, size }, undefined, 2)}\n`

async function fileText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new NotFoundError(`${path} cannot be read`, {
      cause: error,
      resource: path,
      hint: 'archive and manifest are made together when an agent is packed',
    })
  }
}

async function measured(path: string): Promise<{ readonly sha256: string; readonly size: number }> {
  const hash = createHash('sha256')
  const file = createReadStream(path)
  await pipeline(file, hash).catch((error: unknown) => {
    throw new NotFoundError(`${path} cannot be read`, { cause: error, resource: path })
  })
  return { sha256: hash.digest('hex'), size: file.bytesRead }
}

/**
 * An archive that was packed earlier, checked against the manifest beside it.
 * @throws NotFoundError when either is missing; NotValidError when they do not belong together
 */
export async function readPackedAgent(path: string): Promise<PackedAgent> {
  const { parseManifest } = await import('./manifest-format.ts')
  const manifest = parseManifest(await fileText(manifestPath(path)))
  if (!manifest)
    throw new NotValidError(`${manifestPath(path)} is no manifest of an agent`, { resource: path })
  const { sha256, size } = await measured(path)
  if (sha256 === manifest.sha256 && size === manifest.size) return { ...manifest, path }
  throw new NotValidError(`${path} is not what its manifest describes`, {
    resource: path,
    hint: 'pack it again',
  })
}
