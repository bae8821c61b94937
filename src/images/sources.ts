import { isAbsolute, join } from 'node:path'
import { namesImageDataSource } from '../environ/capabilities.ts'
import type { Environ } from '../environ/environ.ts'
import { findError, NotSupportedError } from '../environ/errors.ts'
import { DATA_SOURCE_PRIORITY, type DataSource } from '../environ/images.ts'
import type { CallOptions } from '../environ/options.ts'
import { urlDataSource, type UrlOptions } from '../simplestreams/url-source.ts'
import type { ImageDataSourceRegistry } from './data-sources.ts'
import { RELEASED } from './product.ts'

/** How the data sources of images are made. */
export interface ImageSourcesOptions extends CallOptions {
  /** Asked between the model's own source and the cloud's. */
  readonly registry?: ImageDataSourceRegistry
  /** Armoured public keys of whoever signs the model's own source. */
  readonly publicSigningKey?: string
  /** How sources are reached. */
  readonly http?: UrlOptions
}

const OFFICIAL = 'https://cloud-images.ubuntu.com'

/** Milliseconds for a document of the official source: it may well be out of reach. */
const OFFICIAL_TIMEOUT = 10_000

/** `image-metadata-url`; in a directory, images are in `images`. */
function modelSource(environ: Environ, options: ImageSourcesOptions): DataSource | undefined {
  const { imageMetadataUrl: url, sslHostnameVerification } = environ.config()
  if (!url) return undefined
  const { publicSigningKey, http } = options
  return urlDataSource({
    ...http,
    ...(sslHostnameVerification ? {} : { tls: { verify: false } }),
    ...(publicSigningKey === undefined ? {} : { publicSigningKey }),
    description: 'image-metadata-url',
    baseUrl: isAbsolute(url) ? join(url, 'images') : url,
    priority: DATA_SOURCE_PRIORITY.specific,
  })
}

async function cloudSource(environ: Environ, options: CallOptions): Promise<DataSource | undefined> {
  if (!namesImageDataSource(environ)) return undefined
  try {
    return await environ.imageDataSource(options)
  } catch (error) {
    if (findError(error, NotSupportedError)) return undefined
    throw error
  }
}

/**
 * The data sources that somebody chose for the environ: `image-metadata-url` of its model, those that are registered, the
 * one that the cloud names.
 * @throws NotValidError when `image-metadata-url` is no place to read from; otherwise what a registered function throws
 */
export async function chosenImageSources(
  environ: Environ,
  options: ImageSourcesOptions = {},
): Promise<readonly DataSource[]> {
  const { registry, signal } = options
  const own = modelSource(environ, options)
  const registered = (await registry?.sources(environ, { signal })) ?? []
  const cloud = await cloudSource(environ, { signal })
  return [...(own ? [own] : []), ...registered, ...(cloud ? [cloud] : [])]
}

/** Ubuntu's own, unless `image-metadata-defaults-disabled`: only what is signed counts. */
export async function officialImageSources(
  environ: Environ,
  http?: UrlOptions,
): Promise<readonly DataSource[]> {
  const { imageMetadataDefaultsDisabled, imageStream: stream } = environ.config()
  if (imageMetadataDefaultsDisabled) return []
  const { UBUNTU_IMAGES_KEY } = await import('./ubuntu-key.ts')
  return [
    urlDataSource({
      timeoutMs: OFFICIAL_TIMEOUT,
      ...http,
      description: 'default ubuntu cloud images',
      baseUrl: `${OFFICIAL}/${stream === RELEASED ? 'releases' : stream}`,
      priority: DATA_SOURCE_PRIORITY.default,
      requireSigned: true,
      publicSigningKey: UBUNTU_IMAGES_KEY,
    }),
  ]
}

/**
 * All data sources of images for an environ, in the order they are asked in (Juju: `ImageMetadataSources`): the model's
 * own, those that are registered (a user's first), the one that the cloud names, the official one.
 * @throws NotValidError when `image-metadata-url` is no place to read from; otherwise what a registered function throws
 */
export async function imageMetadataSources(
  environ: Environ,
  options: ImageSourcesOptions = {},
): Promise<readonly DataSource[]> {
  return [
    ...(await chosenImageSources(environ, options)),
    ...(await officialImageSources(environ, options.http)),
  ]
}
