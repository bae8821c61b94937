import { NotFoundError, type ProviderServices } from 'cloud-environs/provider'
import { discoverIdentity } from './api/identity/discovery.ts'
import { Transport } from './api/transport/transport.ts'
import { httpUrl } from './connection.ts'

const TIMEOUT_MS = 30_000

/**
 * Whether an OpenStack answers at an auth URL. No credential is sent, so that certificates need not be good.
 * @throws NotValidError for what is no URL; NotFoundError, or UnavailableError when nothing that can be read answers
 */
export async function pingIdentity(
  endpoint: string,
  { dispatcher, logger, clock, random }: ProviderServices,
  signal?: AbortSignal,
): Promise<void> {
  const url = httpUrl(endpoint, `endpoint "${endpoint}"`)
  const transport = new Transport({ dispatcher, tls: { verify: false }, logger, clock, random })
  try {
    // The version's own URL is taken on trust: what is above it has to tell what there is.
    const above = url.replace(/\/v3\/*$/, '')
    const { version } = await discoverIdentity(transport, above, {
      signal,
      deadline: clock.now() + TIMEOUT_MS,
    })
    if (version !== undefined) return
  } finally {
    await transport.close()
  }
  throw new NotFoundError(`no OpenStack server is running at ${endpoint}`, {
    resource: `endpoint "${endpoint}"`,
    hint: "write the identity service's URL, for example https://cloud.example:5000/v3",
  })
}
