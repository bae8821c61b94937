/** Image metadata and where it comes from (Juju: `imagemetadata.ImageMetadata`, `simplestreams.DataSource`). */

import type { Environ } from './environ.ts'
import type { CallOptions } from './options.ts'

/** One image that instances can be started from. */
export interface ImageMetadata {
  /** The cloud's id of the image. */
  readonly id: string
  readonly arch: string
  /** Operating system and version: `ubuntu` and `24.04`. */
  readonly os: string
  readonly version: string
  readonly region?: string
  readonly endpoint?: string
  readonly virtType?: string
  readonly storage?: string
  /** `released` unless it says otherwise. */
  readonly stream?: string
  /** Least root disk, MiB. */
  readonly minDisk?: number
  /** Least memory, MiB. */
  readonly minMem?: number
  /** Description of the source that it came from. */
  readonly source?: string
}

/** Priorities of data sources; a higher one goes first. */
export const DATA_SOURCE_PRIORITY = { existing: 0, default: 10, specific: 20, custom: 50 } as const

/** A place that serves simplestreams documents. */
export interface DataSource {
  readonly description: string
  /** See {@link DATA_SOURCE_PRIORITY}. */
  readonly priority: number
  /** Whether only signed documents count. */
  readonly requireSigned: boolean
  /** Armoured public key to check signatures with. */
  readonly publicSigningKey?: string
  /** Where a document at that path is. */
  url(path: string): string
  /** @throws NotFoundError when there is no such document */
  fetch(path: string, options?: CallOptions): Promise<{ readonly url: string; readonly data: Uint8Array }>
}

/**
 * Gives a data source for an environ. NotSupportedError means "none for this environ" and is skipped; any other error
 * makes `imageMetadataSources` fail.
 */
export type ImageDataSourceFunc = (
  environ: Environ,
  options?: CallOptions,
) => DataSource | Promise<DataSource>

/** An environ whose cloud itself names a place of image metadata (OpenStack: `product-streams` of the catalog). */
export interface ImageDataSourceEnviron {
  /** @throws NotSupportedError when the cloud names none */
  imageDataSource(options?: CallOptions): Promise<DataSource>
}

/** An environ whose cloud lists its images: the last place that is looked in before the official sources. */
export interface ImageLister {
  /** Those that tell what system is in them, newest first. */
  images(options?: CallOptions): Promise<readonly ImageMetadata[]>
}
