import { DataSourceRegistry } from '../simplestreams/data-source-registry.ts'

/** The functions that give image data sources, in the order they are asked in. */
export class ImageDataSourceRegistry extends DataSourceRegistry {}
