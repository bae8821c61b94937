import {
  type CloudSpec,
  type ModelConfig,
  NotValidError,
  type ProviderServices,
} from 'cloud-environs/provider'
import { connect, type Interface, type OpenStackConnection } from './api/index.ts'
import { ENDPOINT_INTERFACE, ENDPOINT_OVERRIDES } from './config.ts'
import { keystoneCredential } from './credentials.ts'

/** The URL as it is. @throws NotValidError when it is none of HTTP */
export function httpUrl(endpoint: string, resource: string): string {
  if (/^https?:\/\/[^/]/i.test(endpoint) && URL.canParse(endpoint)) return endpoint
  throw new NotValidError(`${resource}: the auth URL "${endpoint}" is not an http or https URL`, {
    resource,
    hint: "write the identity service's URL, for example https://cloud.example:5000/v3",
  })
}

/** Whose certificates count. */
export const trustOf = (
  { caCertificates = [], skipTlsVerify = false }: CloudSpec,
  { sslHostnameVerification }: ModelConfig,
): { readonly ca?: string; readonly verify: boolean } => ({
  ...(caCertificates.length === 0 ? {} : { ca: caCertificates.join('\n') }),
  verify: !skipTlsVerify && sslHostnameVerification,
})

/**
 * The clients for a cloud. Makes no request.
 * @throws NotValidError when the spec has no endpoint that is a URL, or no credential
 */
export function connectTo(
  cloud: CloudSpec,
  config: ModelConfig,
  services: ProviderServices,
): OpenStackConnection {
  const { endpoint = '', region, credential } = cloud
  const authUrl = httpUrl(endpoint, `cloud "${cloud.name}"`)
  const { ca, verify } = trustOf(cloud, config)
  if (!credential) {
    throw new NotValidError(`cloud "${cloud.name}" needs a credential`, {
      hint: 'give one with the cloud spec',
    })
  }
  return connect({
    authUrl,
    ...keystoneCredential(credential),
    region,
    interface: config.attrs[ENDPOINT_INTERFACE] as Interface | undefined,
    endpointOverrides: config.attrs[ENDPOINT_OVERRIDES] as Readonly<Record<string, string>> | undefined,
    tls: { cacert: ca, verify },
    dispatcher: services.dispatcher,
    logger: services.logger,
    clock: services.clock,
    random: services.random,
  })
}
