/** Finds endpoints in the service catalog. */

import { NotFoundError, NotValidError } from 'cloud-environs'

/** Who an endpoint is for. */
export type Interface = 'public' | 'internal' | 'admin'

/** One endpoint of a service. */
export interface CatalogEndpoint {
  readonly url: string
  /** `public`, `internal` or `admin`. */
  readonly interface: string
  /** The region's id and its name, which mostly are the same; clouds leave out either. */
  readonly regions: readonly string[]
}

/** A service of the catalog. */
export interface CatalogService {
  readonly type: string
  readonly endpoints: readonly CatalogEndpoint[]
}

/** Other types under which clouds publish a service, in order of preference (https://service-types.openstack.org). */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  'block-storage': ['volumev3', 'volume', 'block-store'],
  network: ['networking'],
  image: [],
  compute: [],
  identity: [],
  placement: [],
}

/** Services whose endpoints are published without the version that requests need. */
const VERSIONS: Readonly<Record<string, string>> = { network: 'v2.0', image: 'v2', identity: 'v3' }

/** The type and all others that mean the same service, the type itself first. */
export function sameServiceTypes(type: string): readonly string[] {
  const normal = type.replaceAll('_', '-')
  for (const [canonical, aliases] of Object.entries(ALIASES)) {
    if (canonical === normal || aliases.includes(normal)) return [...new Set([normal, canonical, ...aliases])]
  }
  return [normal]
}

/** Which endpoint is wanted. */
export interface EndpointChoice {
  readonly region?: string | undefined
  readonly interface: Interface
}

/**
 * The service's URL, with its version and without a slash at the end.
 * @throws NotFoundError naming what there is, when the service, the region or the interface is missing;
 * NotValidError when several regions have the service and none is chosen
 */
export function endpointUrl(
  catalog: readonly CatalogService[],
  type: string,
  { region, interface: wanted }: EndpointChoice,
): string {
  if (catalog.length === 0) {
    throw new NotFoundError(`no ${type} service: the token came without a catalog`, {
      hint: 'authenticate for a project: give the credential a scope',
    })
  }
  const types = sameServiceTypes(type)
  const services = types.flatMap((each) => catalog.filter((service) => service.type === each))
  if (services.length === 0) {
    throw new NotFoundError(
      `the cloud has no ${type} service; it has: ${listOf(catalog.map((service) => service.type))}`,
      {
        hint: `set an endpoint override for ${type}, if the service is there and only missing in the catalog`,
      },
    )
  }
  const endpoints = services.flatMap((service) => service.endpoints)
  const here = endpoints.filter((endpoint) => region === undefined || endpoint.regions.includes(region))
  if (here.length === 0) {
    throw new NotFoundError(
      `the ${type} service has no region "${region}"; it has: ${listOf(regionsOf(services))}`,
      { hint: 'set the region to one of those; capitals matter' },
    )
  }
  const reachable = here.filter((endpoint) => interfaceOf(endpoint) === wanted)
  const [first] = reachable
  if (!first) {
    throw new NotFoundError(
      `the ${type} service has no ${wanted} endpoint; it has: ${listOf(here.map(interfaceOf))}`,
      { hint: 'set the interface to one of those' },
    )
  }
  const regions = new Set(reachable.map((endpoint) => endpoint.regions[0]))
  if (region === undefined && regions.size > 1) {
    throw new NotValidError(
      `the cloud has several regions and none is chosen: ${listOf(regionsOf(services))}`,
      { hint: 'set the region to one of those' },
    )
  }
  return withVersion(type, first.url)
}

/** Names of all regions of these services, sorted. */
export function regionsOf(services: readonly CatalogService[]): string[] {
  const regions = services.flatMap((service) =>
    service.endpoints.flatMap((endpoint) => endpoint.regions.slice(0, 1)),
  )
  return [...new Set(regions)].sort()
}

/** Adds the version where the service needs one and the URL has none, and drops the slash at the end. */
export function withVersion(type: string, url: string): string {
  const bare = url.replace(/\/+$/, '')
  const version = VERSIONS[sameServiceTypes(type).find((each) => each in VERSIONS) ?? '']
  return version === undefined || /\/v\d+(\.\d+)?(\/|$)/.test(new URL(bare).pathname)
    ? bare
    : `${bare}/${version}`
}

/** Old catalogs say `publicURL`. */
function interfaceOf(endpoint: CatalogEndpoint): string {
  return endpoint.interface.replace(/URL$/, '')
}

function listOf(names: readonly string[]): string {
  return [...new Set(names)].sort().join(', ') || 'none'
}
