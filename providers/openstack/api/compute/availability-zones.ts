/** Nova's availability zones. Neutron's and Cinder's are other sets of names. */

import { z } from 'zod'
import { lazy } from '../service/lazy.ts'
import type { CallOptions } from '../service/options.ts'
import { readItems } from '../service/read.ts'
import type { ServiceClient } from '../service/service-client.ts'

/** A zone that servers can be put in. */
export interface AvailabilityZone {
  readonly name: string
  readonly available: boolean
}

const zoneSchema = lazy(() =>
  z
    .object({ zoneName: z.string(), zoneState: z.object({ available: z.boolean() }) })
    .transform(
      ({ zoneName, zoneState }): AvailabilityZone => ({ name: zoneName, available: zoneState.available }),
    ),
)

/** `compute.availabilityZones` */
export class AvailabilityZones {
  readonly #client: ServiceClient

  constructor(client: ServiceClient) {
    this.#client = client
  }

  /** All zones, those not available now included. Nova does not page them. */
  async all(options: CallOptions = {}): Promise<AvailabilityZone[]> {
    const { json } = await this.#client.request({
      method: 'GET',
      path: '/os-availability-zone',
      operation: 'list',
      resource: 'availability zones',
      ...options,
    })
    return readItems(json, 'availabilityZoneInfo', zoneSchema(), this.#client.logger)
  }
}
