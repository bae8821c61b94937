export { ImageDataSourceRegistry } from './data-sources.ts'
export { fetchImageMetadata, type FoundImages, type ImageConstraint } from './fetch.ts'
export { generateImageMetadata, type GenerateParams, type SigningKey } from './generate.ts'
export { type RequiredImages, validateImageMetadata } from './validate.ts'
