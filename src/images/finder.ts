import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Dispatcher } from 'undici'
import type { Constraints } from '../constraints/value.ts'
import { hasRegion, listsImages } from '../environ/capabilities.ts'
import { deadline } from '../environ/deadline.ts'
import type { Environ } from '../environ/environ.ts'
import { findError } from '../environ/errors.ts'
import type { DataSource, ImageMetadata } from '../environ/images.ts'
import type { Base } from '../environ/instance-config.ts'
import type { CallOptions } from '../environ/options.ts'
import type { Clock, Logger } from '../environ/services.ts'
import { isAbsent, NoDataForCloudError, type ResolveInfo } from '../simplestreams/index.ts'
import type { ImageDataSourceRegistry } from './data-sources.ts'
import type { ImageConstraint } from './fetch.ts'
import type { KnownClouds } from './lookup-error.ts'
import { RELEASED } from './product.ts'
import { chosenImageSources, imageMetadataSources, officialImageSources } from './sources.ts'

/** Milliseconds that one source has: whoever waits for a machine does not wait for a place that is out of reach. */
const SOURCE_TIMEOUT = 15_000

/** File of the data directory with the armoured public keys of a user's own sources (Juju's name for it). */
const PUBLIC_KEYS = 'publicsimplestreamskey'

/** For what machine images are looked for. */
export interface WantedImages {
  readonly base: Base
  /** Architecture and image id are looked at. */
  readonly constraints?: Constraints
}

/** A source that gave nothing, and why. */
export interface SkippedSource {
  readonly source: string
  readonly error: Error
}

/** Images for an environ. Each says from which source it is. */
export interface ImagesOfEnviron {
  /** None: the provider looks for itself. */
  readonly images: readonly ImageMetadata[]
  /** The document that they are from; absent for those that the cloud itself lists. */
  readonly resolved?: ResolveInfo
  /** The sources that were asked before. */
  readonly skipped: readonly SkippedSource[]
}

/** What an {@link ImageFinder} works with. */
export interface ImageFinderServices {
  readonly registry: ImageDataSourceRegistry
  readonly dataDirectory: string
  readonly clock: Clock
  readonly logger: Logger
  readonly dispatcher?: Dispatcher | undefined
}

/** Finds images for machines: in the sources that somebody chose, in the cloud itself, in the official source. */
export class ImageFinder {
  readonly #services: ImageFinderServices

  constructor(services: ImageFinderServices) {
    this.#services = services
  }

  /** See `imageMetadataSources`. */
  async sources(environ: Environ, { signal }: CallOptions = {}): Promise<readonly DataSource[]> {
    return await imageMetadataSources(environ, { ...(await this.#options()), signal })
  }

  /**
   * The images of the first source that has some that can be used. A source that cannot be read is skipped with a
   * warning, after 15 seconds at most. The official source is asked only when the cloud itself lists none either.
   * @throws NotFoundError showing what was looked for beside what the sources have, when one that somebody chose has
   *   metadata for other clouds only; what listing the cloud's own images throws
   */
  async find(environ: Environ, wanted: WantedImages, { signal }: CallOptions = {}): Promise<ImagesOfEnviron> {
    const options = await this.#options()
    // Without a region there is no metadata: that of any other cloud would do as well.
    const place = hasRegion(environ) ? environ.region() : undefined
    const { imageStream: stream } = environ.config()
    const skipped: SkippedSource[] = []
    const search = { wanted, stream, place, skipped, signal }
    const chosen = place ? await chosenImageSources(environ, { ...options, signal }) : []
    const found = await this.#first(chosen, search)
    if (found) return found
    const known = knownClouds(skipped)
    const listed = listsImages(environ) ? await environ.images({ signal }) : []
    const usable = listed.filter((image) => isUsable(image, wanted))
    // A cloud's own images are of no stream: they go last when one is asked for.
    if (usable.length > 0 && stream === RELEASED) return { images: usable, skipped: skipped }
    const official = place ? await officialImageSources(environ, options.http) : []
    const last = await this.#first(official, search)
    if (last) return last
    if (!place || known.length === 0 || usable.length > 0) return { images: usable, skipped: skipped }
    const { noMetadataFor } = await import('./lookup-error.ts')
    throw noMetadataFor(place, known, skipped.at(-1)?.error, listed)
  }

  async #first(sources: readonly DataSource[], search: Search): Promise<ImagesOfEnviron | undefined> {
    const { wanted, place, stream, skipped, signal } = search
    const { base, constraints = {} } = wanted
    const constraint: ImageConstraint = {
      ...place,
      stream,
      bases: [base],
      ...(constraints.arch ? { arches: [constraints.arch] } : {}),
    }
    for (const source of sources) {
      const found = await this.#ask(source, constraint, signal)
      if (found instanceof Error) {
        skipped.push({ source: source.description, error: found })
        continue
      }
      const { images, resolved } = found
      const usable = images.filter((image) => isUsable(image, wanted))
      if (usable.length > 0 && resolved) return { images: usable, resolved, skipped: [...skipped] }
    }
    return undefined
  }

  /** What the source has, or why it gives nothing. */
  async #ask(source: DataSource, constraint: ImageConstraint, signal: AbortSignal | undefined) {
    const { clock, logger, dispatcher } = this.#services
    const { description } = source
    using limit = deadline(
      clock,
      SOURCE_TIMEOUT,
      `"${description}" was not read within ${SOURCE_TIMEOUT / 1000} s`,
      signal,
    )
    try {
      const { fetchImageMetadata } = await import('./fetch.ts')
      const http = { clock, ...(dispatcher ? { dispatcher } : {}) }
      return await fetchImageMetadata([source], constraint, { signal: limit.signal, http })
    } catch (error) {
      signal?.throwIfAborted()
      if (!isAbsent(error)) logger.warn(`images: "${description}" is skipped`, { error })
      return error instanceof Error ? error : new Error(String(error))
    }
  }

  async #options() {
    const { registry, dataDirectory, clock, dispatcher } = this.#services
    const publicSigningKey = await readFile(join(dataDirectory, PUBLIC_KEYS), 'utf8').catch(() => undefined)
    return {
      registry,
      ...(publicSigningKey === undefined ? {} : { publicSigningKey }),
      http: { clock, ...(dispatcher ? { dispatcher } : {}) },
    }
  }
}

/** One lookup under way. */
interface Search extends CallOptions {
  readonly wanted: WantedImages
  readonly stream: string
  readonly place: { readonly region: string; readonly endpoint: string } | undefined
  readonly skipped: SkippedSource[]
}

/** What the sources have metadata for instead. */
const knownClouds = (skipped: readonly SkippedSource[]): readonly KnownClouds[] =>
  skipped.flatMap(({ source, error }) => {
    const other = findError(error, NoDataForCloudError)
    return other ? [{ source, clouds: other.known }] : []
  })

const isUsable = (image: ImageMetadata, { base, constraints = {} }: WantedImages): boolean =>
  image.os === base.os &&
  image.version === base.version &&
  (!constraints.arch || image.arch === constraints.arch) &&
  (!constraints.imageId || image.id === constraints.imageId)
