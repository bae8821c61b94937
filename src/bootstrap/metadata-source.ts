import { stat } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { NotFoundError, NotValidError } from '../environ/errors.ts'

/** Attribute of a model: where metadata of its images is. */
const IMAGE_METADATA_URL = 'image-metadata-url'

const isDirectory = (path: string): Promise<boolean> =>
  stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  )

/**
 * The attributes of a model whose metadata is at a source: a directory, or an address, that has images in `images`.
 * @throws NotFoundError when there is no such directory, NotValidError when it has no images or is nothing of the kind
 */
export async function metadataSourceAttributes(
  source: string | undefined,
): Promise<Readonly<Record<string, string>>> {
  if (source === undefined) return {}
  const hint = 'give a directory that "environs images generate" has written to, or an http or https address'
  const resource = `metadata source "${source}"`
  if (/^https?:\/\/[^/]/i.test(source))
    return { [IMAGE_METADATA_URL]: `${source.replace(/\/+$/, '')}/images` }
  if (!isAbsolute(source)) {
    throw new NotValidError(`"${source}" is neither an absolute directory nor an address`, { resource, hint })
  }
  if (!(await isDirectory(source))) {
    throw new NotFoundError(`directory ${source} does not exist`, { resource, hint })
  }
  if (await isDirectory(join(source, 'images'))) return { [IMAGE_METADATA_URL]: source }
  throw new NotValidError(`directory ${source} has no metadata in "images"`, { resource, hint })
}
