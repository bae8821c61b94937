export { ImageDataSourceRegistry } from './data-sources.ts'
