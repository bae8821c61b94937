/** The door of the room. What looks for images, or writes of them, is loaded when it is first called. */

import type * as faults from './faults.ts'
import type * as fetch from './fetch.ts'
import type * as generate from './generate.ts'
import type * as validate from './validate.ts'

export { ImageDataSourceRegistry } from './data-sources.ts'
export type { MetadataFault, MetadataReport } from './faults.ts'
export type { FoundImages, ImageConstraint } from './fetch.ts'
export type { ImageFinder, ImagesOfEnviron, SkippedSource, WantedImages } from './finder.ts'
export type { GenerateParams } from './generate.ts'
export type { SigningKey } from '../simplestreams/index.ts'
export type { ImageSourcesOptions } from './sources.ts'
export type { RequiredImages } from './validate.ts'

/** See `fetchImageMetadata` in `fetch.ts`: the images that sources have. @throws NotFoundError with what there is instead */
export const fetchImageMetadata: typeof fetch.fetchImageMetadata = async (...given) =>
  (await import('./fetch.ts')).fetchImageMetadata(...given)

/** See `inspectImageMetadata` in `faults.ts`: all that is wrong with the metadata of a source. @throws NotFoundError */
export const inspectImageMetadata: typeof faults.inspectImageMetadata = async (...given) =>
  (await import('./faults.ts')).inspectImageMetadata(...given)

/** See `validateImageMetadata` in `validate.ts`: the ids of matching images. @throws NotFoundError */
export const validateImageMetadata: typeof validate.validateImageMetadata = async (...given) =>
  (await import('./validate.ts')).validateImageMetadata(...given)

/** See `generateImageMetadata` in `generate.ts`: metadata in a directory. @throws NotValidError */
export const generateImageMetadata: typeof generate.generateImageMetadata = async (...given) =>
  (await import('./generate.ts')).generateImageMetadata(...given)
