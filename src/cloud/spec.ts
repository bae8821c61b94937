import { NotValidError } from '../environ/errors.ts'
import { type Cloud, regionByName } from './cloud.ts'
import type { Credential } from './credential.ts'

/** All that is needed to reach one region of a cloud (Juju: `CloudSpec`). */
export interface CloudSpec {
  /** Type of the provider: `openstack`. */
  readonly type: string
  readonly name: string
  readonly region?: string
  readonly endpoint?: string
  readonly identityEndpoint?: string
  readonly storageEndpoint?: string
  /** Absent for clouds that need none. */
  readonly credential?: Credential
  /** PEM certificates of authorities to trust (Juju 2.4). */
  readonly caCertificates?: readonly string[]
  readonly skipTlsVerify?: boolean
}

/** A cloud's region, to look up its configuration defaults (Juju: `RegionSpec`). */
export interface RegionSpec {
  readonly cloud: string
  readonly region: string
}

const defined = <T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T

/**
 * The spec of a region of a cloud (Juju: `MakeCloudSpec`). Without a region name the cloud's first region is used.
 * A region with endpoints of its own replaces the cloud's; one without keeps them.
 * @throws NotFoundError listing the regions when there is none of that name, which is compared without case
 */
export function makeCloudSpec(cloud: Cloud, regionName?: string, credential?: Credential): CloudSpec {
  const region = regionName ? regionByName(cloud, regionName) : cloud.regions[0]
  const own = region && (region.endpoint ?? region.identityEndpoint ?? region.storageEndpoint) !== undefined
  const endpoints = own ? region : cloud
  return defined<CloudSpec>({
    type: cloud.type,
    name: cloud.name,
    region: region?.name,
    endpoint: endpoints.endpoint,
    identityEndpoint: endpoints.identityEndpoint,
    storageEndpoint: endpoints.storageEndpoint,
    credential,
    caCertificates: cloud.caCertificates,
    skipTlsVerify: cloud.skipTlsVerify,
  })
}

/**
 * A region spec (Juju: `NewRegionSpec`).
 * @throws NotValidError when either is empty
 */
export function newRegionSpec(cloud: string, region: string): RegionSpec {
  if (cloud === '') throw new NotValidError('cloud is required to be non empty')
  if (region === '') throw new NotValidError('region is required to be non empty')
  return { cloud, region }
}
