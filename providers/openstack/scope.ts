import type { ModelConfig, ProviderServices, UrlDataSourceOptions } from 'cloud-environs/provider'
import type { OpenStackConnection, ServerWatcher } from './api/index.ts'
import type { Coalescer } from './api/service/coalescer.ts'

/** What the parts of one environ share. */
export interface Scope {
  readonly connection: OpenStackConnection
  readonly services: ProviderServices
  readonly coalescer: Coalescer
  readonly watcher: ServerWatcher
  /** How the cloud's places of metadata are trusted. */
  readonly tls: NonNullable<UrlDataSourceOptions['tls']>
  /** Name of the region, or empty. */
  readonly region: string
  /** The configuration as it is now. */
  readonly config: () => ModelConfig
}
