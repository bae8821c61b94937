/** The block storage service, with the microversion header of Cinder. */

import type { Clock } from 'cloud-environs/provider'
import type { Session } from '../identity/session.ts'
import { ServiceClient, type ServiceRequest } from '../service/service-client.ts'
import type { HttpAnswer } from '../transport/request.ts'

/** `3.N`: https://docs.openstack.org/cinder/latest/contributor/api_microversion_history.html */
export type VolumeMicroversion = `3.${number}`

/** A request that Cinder may have to be asked at a microversion; without one it answers as 3.0, which all clouds have. */
export interface BlockStorageRequest extends Omit<ServiceRequest, 'microversion'> {
  readonly volumeMicroversion?: VolumeMicroversion | undefined
}

/** Cinder. Paths are below the endpoint, whether that ends in the project's id or not. */
export class BlockStorageClient extends ServiceClient {
  readonly clock: Clock
  readonly #session: Session

  constructor(session: Session) {
    super(session, 'block-storage')
    this.clock = session.clock
    this.#session = session
  }

  /** A cloud that is too old for the microversion fails it with a NotSupportedError. */
  override request({ volumeMicroversion, ...request }: BlockStorageRequest): Promise<HttpAnswer> {
    if (volumeMicroversion === undefined) return super.request(request)
    return this.#session.request(this.serviceType, {
      ...request,
      headers: { 'openstack-api-version': `volume ${volumeMicroversion}` },
    })
  }
}
