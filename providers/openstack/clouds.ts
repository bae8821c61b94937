/** Clouds as OpenStack's own tools configure them, in Juju's terms. */

import type { Cloud, CloudRegion } from 'cloud-environs/provider'
import { type ConnectOptions, connectOptionsFor, type OpenStackCloudConfig } from './api/index.ts'
import { ENDPOINT_INTERFACE, ENDPOINT_OVERRIDES } from './config.ts'
import { CREDENTIAL_SCHEMAS } from './credentials.ts'

/** Name of the provider, which is also the type of its clouds. */
export const PROVIDER_TYPE = 'openstack'

/**
 * A configured cloud. Its interface and endpoint overrides become configuration of the models on it.
 * @throws NotValidError for a certificate file that cannot be read
 */
export async function configuredCloud(config: OpenStackCloudConfig): Promise<Cloud> {
  const { tls }: Pick<ConnectOptions, 'tls'> = await connectOptionsFor(config)
  const endpoint = config.auth.authUrl ?? ''
  const regions: readonly CloudRegion[] = [
    ...(config.region === undefined ? [] : [config.region]),
    ...config.regions.filter((name) => name !== config.region),
  ].map((name) => ({ name, endpoint }))
  return {
    name: config.name,
    type: PROVIDER_TYPE,
    description: `from ${config.source}`,
    authTypes: Object.keys(CREDENTIAL_SCHEMAS),
    endpoint,
    regions,
    ...(tls?.cacert === undefined ? {} : { caCertificates: [tls.cacert] }),
    ...(tls?.verify === false ? { skipTlsVerify: true } : {}),
    config: {
      ...(config.interface === 'public' ? {} : { [ENDPOINT_INTERFACE]: config.interface }),
      ...(Object.keys(config.endpointOverrides).length === 0
        ? {}
        : { [ENDPOINT_OVERRIDES]: config.endpointOverrides }),
    },
  }
}
