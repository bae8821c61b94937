import { NotFoundError } from '../environ/errors.ts'

/** A region of a cloud. */
export interface CloudRegion {
  readonly name: string
  readonly endpoint?: string
  readonly identityEndpoint?: string
  readonly storageEndpoint?: string
}

/** A cloud as its user knows it (Juju: `cloud.Cloud`). */
export interface Cloud {
  readonly name: string
  /** Type of its provider: `openstack`. */
  readonly type: string
  readonly description?: string
  readonly authTypes: readonly string[]
  readonly endpoint?: string
  readonly identityEndpoint?: string
  readonly storageEndpoint?: string
  /** The first one is the default. */
  readonly regions: readonly CloudRegion[]
  /** PEM certificates of authorities to trust for it. */
  readonly caCertificates?: readonly string[]
  readonly skipTlsVerify?: boolean
  /** Default model configuration on this cloud. */
  readonly config?: Readonly<Record<string, unknown>>
  /** The same for single regions, by name; it goes before that of the cloud. */
  readonly regionConfig?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

/**
 * A region of a cloud; names are compared without case (Juju: `RegionByName`).
 * @throws NotFoundError listing the regions
 */
export function regionByName(cloud: Cloud, name: string): CloudRegion {
  const region = cloud.regions.find((known) => known.name.toLowerCase() === name.toLowerCase())
  if (region) return region
  const names = cloud.regions.map((known) => known.name)
  throw new NotFoundError(`region "${name}" not found in cloud "${cloud.name}"`, {
    resource: `cloud "${cloud.name}"`,
    hint: names.length > 0 ? `choose one of: ${names.join(', ')}` : 'this cloud has no named regions',
  })
}

/** The default model configuration in a region of a cloud: the region's over the cloud's. */
export function inheritedConfig(cloud: Cloud, region?: string): Readonly<Record<string, unknown>> {
  const own = Object.entries(cloud.regionConfig ?? {}).find(
    ([name]) => name.toLowerCase() === region?.toLowerCase(),
  )
  return { ...cloud.config, ...own?.[1] }
}
