/** Networks (https://docs.openstack.org/api-ref/network/v2/#networks). Names are not unique. */

import { z } from 'zod'
import { lazy } from '../service/lazy.ts'
import type { ServiceClient } from '../service/service-client.ts'
import { type Filter, type NeutronQuery, UpdatableCollection } from './collection.ts'

/** A network. */
export interface Network {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly status: string
  readonly projectId?: string | undefined
  readonly adminStateUp: boolean
  /** Of another project, and open to this one. */
  readonly shared: boolean
  /** Floating addresses come from external networks. */
  readonly external: boolean
  /** `false` means that its ports take no security groups. */
  readonly portSecurityEnabled: boolean
  readonly mtu?: number | undefined
  /** Ids. */
  readonly subnets: readonly string[]
  readonly availabilityZones: readonly string[]
  readonly tags: readonly string[]
}

/** Filters of the list. */
export interface NetworkQuery extends NeutronQuery {
  readonly status?: Filter
  readonly external?: boolean | undefined
  readonly shared?: boolean | undefined
  readonly adminStateUp?: boolean | undefined
}

/** What an update may change. */
export interface UpdateNetwork {
  readonly name?: string | undefined
  readonly description?: string | undefined
  readonly adminStateUp?: boolean | undefined
  readonly portSecurityEnabled?: boolean | undefined
  readonly mtu?: number | undefined
}

/** What a new network shall be. */
export interface CreateNetwork extends UpdateNetwork {
  readonly projectId?: string | undefined
  /** Administrators only, by default. */
  readonly external?: boolean | undefined
  /** Administrators only, by default. */
  readonly shared?: boolean | undefined
}

const networkSchema = lazy(() => {
  const texts = z.array(z.string()).default([])
  return z.object({
    id: z.string(),
    name: z.string().default(''),
    description: z.string().nullish(),
    status: z.string().default(''),
    project_id: z.string().optional(),
    admin_state_up: z.boolean().default(true),
    shared: z.boolean().default(false),
    'router:external': z.boolean().default(false),
    port_security_enabled: z.boolean().default(true),
    mtu: z.number().nullish(),
    subnets: texts,
    availability_zones: texts,
    tags: texts,
  })
})

function toNetwork(wire: z.infer<ReturnType<typeof networkSchema>>): Network {
  return {
    id: wire.id,
    name: wire.name,
    description: wire.description ?? '',
    status: wire.status,
    projectId: wire.project_id,
    adminStateUp: wire.admin_state_up,
    shared: wire.shared,
    external: wire['router:external'],
    portSecurityEnabled: wire.port_security_enabled,
    mtu: wire.mtu ?? undefined,
    subnets: wire.subnets,
    availabilityZones: wire.availability_zones,
    tags: wire.tags,
  }
}

/** `network.networks` */
export class Networks extends UpdatableCollection<Network, NetworkQuery, CreateNetwork, UpdateNetwork> {
  constructor(client: ServiceClient) {
    super(client, {
      path: '/networks',
      key: 'network',
      resource: 'network',
      schema: lazy(() => networkSchema().transform(toNetwork)),
    })
  }
}
