/** Places of metadata that the cloud's own service catalog names. */

import {
  type CallOptions,
  DATA_SOURCE_PRIORITY,
  type DataSource,
  findError,
  NotFoundError,
  NotSupportedError,
  urlDataSource,
} from 'cloud-environs/provider'
import type { Scope } from './scope.ts'

/**
 * The data source that a service of the catalog is, such as `product-streams`. Its documents need no token and no
 * signature.
 * @throws NotSupportedError when the catalog has no such service
 */
export async function catalogDataSource(
  { connection, services: { clock, dispatcher }, tls }: Pick<Scope, 'connection' | 'services' | 'tls'>,
  serviceType: string,
  { signal }: CallOptions = {},
): Promise<DataSource> {
  const { identity } = connection
  // First, so that what is not found below is the service and nothing else.
  await identity.authenticate({ signal })
  let baseUrl: string
  try {
    baseUrl = await identity.endpoint(serviceType, { signal })
  } catch (error) {
    if (!findError(error, NotFoundError)) throw error
    throw new NotSupportedError(`the cloud's catalog has no ${serviceType}`, { cause: error })
  }
  return urlDataSource({
    description: 'keystone catalog',
    baseUrl,
    priority: DATA_SOURCE_PRIORITY.specific,
    clock,
    tls,
    ...(dispatcher ? { dispatcher } : {}),
  })
}
