import {
  type CloudSpec,
  type ModelConfig,
  NotValidError,
  type ProviderServices,
} from 'cloud-environs/provider'
import { connect, type Interface, type OpenStackConnection } from './api/index.ts'
import { ENDPOINT_INTERFACE, ENDPOINT_OVERRIDES } from './config.ts'
import { keystoneCredential } from './credentials.ts'

/**
 * The clients for a cloud. Makes no request.
 * @throws NotValidError when the spec has no endpoint that is a URL, or no credential
 */
export function connectTo(
  cloud: CloudSpec,
  config: ModelConfig,
  services: ProviderServices,
): OpenStackConnection {
  const { endpoint = '', region, credential, caCertificates = [], skipTlsVerify = false } = cloud
  if (!/^https?:\/\/[^/]/i.test(endpoint) || !URL.canParse(endpoint)) {
    throw new NotValidError(`cloud "${cloud.name}": the auth URL "${endpoint}" is not an http or https URL`, {
      resource: `cloud "${cloud.name}"`,
      hint: "write the identity service's URL, for example https://cloud.example:5000/v3",
    })
  }
  if (!credential) {
    throw new NotValidError(`cloud "${cloud.name}" needs a credential`, {
      hint: 'give one with the cloud spec',
    })
  }
  return connect({
    authUrl: endpoint,
    ...keystoneCredential(credential),
    region,
    interface: config.attrs[ENDPOINT_INTERFACE] as Interface | undefined,
    endpointOverrides: config.attrs[ENDPOINT_OVERRIDES] as Readonly<Record<string, string>> | undefined,
    tls: {
      ...(caCertificates.length === 0 ? {} : { cacert: caCertificates.join('\n') }),
      verify: !skipTlsVerify && config.sslHostnameVerification,
    },
    dispatcher: services.dispatcher,
    logger: services.logger,
    clock: services.clock,
    random: services.random,
  })
}
