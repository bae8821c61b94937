import { namesAgentDataSource } from '../environ/capabilities.ts'
import type { Environ } from '../environ/environ.ts'
import { findError, NotSupportedError } from '../environ/errors.ts'
import { DATA_SOURCE_PRIORITY, type DataSource } from '../environ/images.ts'
import type { CallOptions } from '../environ/options.ts'
import { DataSourceRegistry } from '../simplestreams/data-source-registry.ts'
import { urlDataSource, type UrlOptions } from '../simplestreams/url-source.ts'

/** The functions that give agent data sources, in the order they are asked in. */
export class AgentDataSourceRegistry extends DataSourceRegistry {}

/** How the data sources of agents are made. */
export interface AgentSourcesOptions extends CallOptions {
  /** Asked between the model's own source and the cloud's. */
  readonly registry?: AgentDataSourceRegistry
  /**
   * Armoured public keys. Without one, or with `agent-metadata-defaults-disabled`, the official source, which counts only
   * when signed, is left out.
   */
  readonly publicSigningKey?: string
  /** How sources are reached. */
  readonly http?: UrlOptions
}

const OFFICIAL = 'https://streams.canonical.com/juju/tools'

async function cloudSource(environ: Environ, options: CallOptions): Promise<DataSource | undefined> {
  if (!namesAgentDataSource(environ)) return undefined
  try {
    return await environ.agentDataSource(options)
  } catch (error) {
    if (findError(error, NotSupportedError)) return undefined
    throw error
  }
}

/**
 * Data sources of agents for an environ (Juju: `tools.GetMetadataSources`): `agent-metadata-url` of its model, those
 * that are registered, the one that the cloud names, and the official one for those who have its key.
 * @throws NotValidError when `agent-metadata-url` is no place to read from
 */
export async function agentMetadataSources(
  environ: Environ,
  { registry, publicSigningKey, http, ...options }: AgentSourcesOptions = {},
): Promise<readonly DataSource[]> {
  const key = publicSigningKey === undefined ? {} : { publicSigningKey }
  const { agentMetadataUrl: own, agentMetadataDefaultsDisabled, sslHostnameVerification } = environ.config()
  const source = (description: string, baseUrl: string, priority: number): DataSource =>
    urlDataSource({
      ...http,
      ...key,
      ...(sslHostnameVerification ? {} : { tls: { verify: false } }),
      description,
      baseUrl,
      priority,
      requireSigned: baseUrl.replace(/\/+$/, '') === OFFICIAL,
    })
  const { specific, default: last } = DATA_SOURCE_PRIORITY
  const withOfficial = publicSigningKey !== undefined && !agentMetadataDefaultsDisabled
  const cloud = await cloudSource(environ, options)
  return [
    ...(own ? [source('agent-metadata-url', own, specific)] : []),
    ...((await registry?.sources(environ, options)) ?? []),
    ...(cloud ? [cloud] : []),
    ...(withOfficial ? [source('default agents', OFFICIAL, last)] : []),
  ]
}
