import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createGzip } from 'node:zlib'
import type { TarPackController } from 'modern-tar'
import { ConflictError, EnvironsError, NotValidError } from '../environ/errors.ts'
import type { CallOptions } from '../environ/options.ts'
import { type BuildFile, buildFiles, isInside } from './build-files.ts'
import { manifestPath, manifestText, type PackedAgent } from './manifest.ts'
import { agentProductId } from './product.ts'
import { formatAgentVersion, parseAgentVersion } from './version.ts'

/** What is packed, for what, and where to. */
export interface PackAgentParams {
  /** What was built; its content becomes the root of the archive. */
  readonly directory: string
  /** Where archive and manifest go; made when it is not there. */
  readonly into: string
  /** Give builds of one's own a fourth number, `3.6.1.1`: it keeps them apart from the release. */
  readonly version: string
  /** System and architecture that it was built for. */
  readonly os: string
  readonly arch: string
}

/** The file's content, while it has the size that it had. */
async function* contentOf(source: string, size: number): AsyncGenerator<Uint8Array> {
  const changed = (cause?: unknown) =>
    new ConflictError(`${source} cannot be read as it was found`, {
      cause,
      resource: source,
      hint: 'pack when the build is done, as somebody who may read it',
    })
  let seen = 0
  try {
    for await (const chunk of createReadStream(source) as AsyncIterable<Uint8Array>) {
      seen += chunk.length
      if (seen > size) break
      yield chunk
    }
  } catch (error) {
    throw changed(error)
  }
  if (seen !== size) throw changed()
}

async function feed(controller: TarPackController, files: readonly BuildFile[]): Promise<void> {
  try {
    for (const { header, source } of files) {
      const body = controller.add(header).getWriter()
      const content = source === undefined ? [] : contentOf(source, header.size)
      for await (const chunk of content) await body.write(chunk)
      await body.close()
    }
    controller.finalize()
  } catch (error) {
    controller.error(error)
    throw error
  }
}

/** Writes the archive; gives its checksum. */
async function archive(files: readonly BuildFile[], path: string, { signal }: CallOptions): Promise<string> {
  const { createTarPacker } = await import('modern-tar')
  const { readable, controller } = createTarPacker()
  const hash = createHash('sha256')
  const hashed = async function* (chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      hash.update(chunk)
      yield chunk
    }
  }
  const written = pipeline(
    Readable.fromWeb(readable),
    createGzip({ level: constants.Z_BEST_SPEED }),
    hashed,
    createWriteStream(path, { mode: 0o644 }),
    { signal },
  )
  // Both have to end before the file may be removed.
  const ends = await Promise.allSettled([written, feed(controller, files)])
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  return hash.digest('hex')
}

/**
 * Packs a local build for machines of an architecture: `juju-3.6.1.1-ubuntu-arm64.tar.gz`, and a manifest beside it. The
 * same build gives the same bytes: names sorted, times and owners fixed. What was packed before is replaced.
 * @throws NotValidError for links that leave the directory, and for what is neither file, directory nor link;
 *   ConflictError when a file changes meanwhile or cannot be read; NotFoundError when there is no such directory
 */
export async function packAgent(params: PackAgentParams, options: CallOptions = {}): Promise<PackedAgent> {
  const { directory, into, os, arch } = params
  const version = formatAgentVersion(parseAgentVersion(params.version))
  agentProductId({ os, arch })
  const files = await buildFiles(directory)
  if (await isInside(into, directory)) {
    throw new NotValidError(`${into} is in the directory that is packed`, { resource: into })
  }
  options.signal?.throwIfAborted()
  const path = join(into, `juju-${version}-${os}-${arch}.tar.gz`)
  const partial = `${path}.${randomUUID()}.partial`
  try {
    await mkdir(into, { recursive: true })
    const sha256 = await archive(files, partial, options)
    const { size } = await stat(partial)
    const packed = { version, os, arch, sha256, size, path }
    const { default: writeFileAtomic } = await import('write-file-atomic')
    await rename(partial, path)
    await writeFileAtomic(manifestPath(path), manifestText(packed))
    return packed
  } catch (error) {
    options.signal?.throwIfAborted()
    if (error instanceof EnvironsError) throw error
    throw new EnvironsError(`${path} cannot be written`, { cause: error, resource: path })
  } finally {
    await rm(partial, { force: true }).catch(() => undefined)
  }
}
