/** Neutron's availability zones (https://docs.openstack.org/api-ref/network/v2/#availability-zones). */

import { z } from 'zod'
import { lazy } from '../service/lazy.ts'
import { type List, resourceList } from '../service/list.ts'
import type { ListOptions } from '../service/options.ts'
import type { ServiceClient } from '../service/service-client.ts'

/** A zone for networks or for routers; they need not be named like Nova's. */
export interface NetworkAvailabilityZone {
  readonly name: string
  readonly resource: 'network' | 'router'
  readonly available: boolean
}

const zoneSchema = lazy(() =>
  z
    .object({ name: z.string(), resource: z.enum(['network', 'router']), state: z.string() })
    .transform(
      ({ state, ...zone }): NetworkAvailabilityZone => ({ ...zone, available: state === 'available' }),
    ),
)

/** `network.availabilityZones` */
export class NetworkAvailabilityZones {
  readonly #list: List<NetworkAvailabilityZone, undefined>

  constructor(client: ServiceClient) {
    this.#list = resourceList(client, {
      path: '/availability_zones',
      key: 'availability_zones',
      resource: 'availability zone',
      schema: zoneSchema,
      filters: {},
      query: () => ({}),
    })
  }

  /** All zones, one entry for each kind of resource. */
  all(options: ListOptions = {}): Promise<NetworkAvailabilityZone[]> {
    return this.#list.collect(undefined, options)
  }
}
