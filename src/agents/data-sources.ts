import type { Environ } from '../environ/environ.ts'
import { DATA_SOURCE_PRIORITY, type DataSource } from '../environ/images.ts'
import type { CallOptions } from '../environ/options.ts'
import { DataSourceRegistry } from '../simplestreams/data-source-registry.ts'
import { urlDataSource, type UrlOptions } from '../simplestreams/url-source.ts'

/** The functions that give agent data sources, in the order they are asked in. */
export class AgentDataSourceRegistry extends DataSourceRegistry {}

/** How the data sources of agents are made. */
export interface AgentSourcesOptions extends CallOptions {
  /** Asked between the model's own source and the official one. */
  readonly registry?: AgentDataSourceRegistry
  /** Armoured public keys. Without one the official source, which counts only when signed, is left out. */
  readonly publicSigningKey?: string
  /** How sources are reached. */
  readonly http?: UrlOptions
}

const OFFICIAL = 'https://streams.canonical.com/juju/tools'

/**
 * Data sources of agents for an environ (Juju: `tools.GetMetadataSources`): `agent-metadata-url` of its model, those
 * that are registered, the official one.
 * @throws NotValidError when `agent-metadata-url` is no place to read from
 */
export async function agentMetadataSources(
  environ: Environ,
  { registry, publicSigningKey, http, ...options }: AgentSourcesOptions = {},
): Promise<readonly DataSource[]> {
  const key = publicSigningKey === undefined ? {} : { publicSigningKey }
  const own = environ.config().attrs['agent-metadata-url']
  const source = (description: string, baseUrl: string, priority: number): DataSource =>
    urlDataSource({
      ...http,
      ...key,
      description,
      baseUrl,
      priority,
      requireSigned: baseUrl.replace(/\/+$/, '') === OFFICIAL,
    })
  const { specific, default: last } = DATA_SOURCE_PRIORITY
  return [
    ...(typeof own === 'string' && own !== '' ? [source('agent-metadata-url', own, specific)] : []),
    ...((await registry?.sources(environ, options)) ?? []),
    ...(publicSigningKey === undefined ? [] : [source('default agents', OFFICIAL, last)]),
  ]
}
