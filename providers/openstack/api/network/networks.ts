/** Networks (https://docs.openstack.org/api-ref/network/v2/#networks). Names are not unique. */

import { z } from 'zod'
import { lazy } from '../service/lazy.ts'
import type { ServiceClient } from '../service/service-client.ts'
import type { Filter, NeutronQuery } from './collection.ts'
import { UpdatableCollection } from './updatable-collection.ts'

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
  /** Of an external network: the one for floating addresses when nobody chooses. */
  readonly isDefault: boolean
  readonly dnsDomain?: string | undefined
  /** `vxlan`, `vlan`, `flat`, ...; these three are shown to administrators only, by default. */
  readonly providerNetworkType?: string | undefined
  readonly providerPhysicalNetwork?: string | undefined
  readonly providerSegmentationId?: number | undefined
  /** Ids. */
  readonly subnets: readonly string[]
  readonly availabilityZones: readonly string[]
  readonly availabilityZoneHints: readonly string[]
  readonly tags: readonly string[]
  /** Grows with each change: see `UpdateOptions`. */
  readonly revisionNumber?: number | undefined
}

/** Filters of the list. */
export interface NetworkQuery extends NeutronQuery {
  readonly status?: Filter
  readonly external?: boolean | undefined
  readonly shared?: boolean | undefined
  readonly adminStateUp?: boolean | undefined
  readonly isDefault?: boolean | undefined
}

/** What an update may change. */
export interface UpdateNetwork {
  readonly name?: string | undefined
  readonly description?: string | undefined
  readonly adminStateUp?: boolean | undefined
  readonly portSecurityEnabled?: boolean | undefined
  readonly mtu?: number | undefined
  /** Needs the extension `dns-integration`. */
  readonly dnsDomain?: string | undefined
}

/** What a new network shall be. */
export interface CreateNetwork extends UpdateNetwork {
  readonly projectId?: string | undefined
  /** Administrators only, by default. */
  readonly external?: boolean | undefined
  /** Administrators only, by default. */
  readonly shared?: boolean | undefined
  /** Zones of `network.availabilityZones`. */
  readonly availabilityZoneHints?: readonly string[] | undefined
  /** Administrators only, by default, as the next two. */
  readonly providerNetworkType?: string | undefined
  readonly providerPhysicalNetwork?: string | undefined
  readonly providerSegmentationId?: number | undefined
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
    is_default: z.boolean().nullish(),
    dns_domain: z.string().nullish(),
    'provider:network_type': z.string().nullish(),
    'provider:physical_network': z.string().nullish(),
    'provider:segmentation_id': z.number().nullish(),
    subnets: texts,
    availability_zones: texts,
    availability_zone_hints: texts,
    tags: texts,
    revision_number: z.number().optional(),
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
    isDefault: wire.is_default ?? false,
    dnsDomain: wire.dns_domain || undefined,
    providerNetworkType: wire['provider:network_type'] ?? undefined,
    providerPhysicalNetwork: wire['provider:physical_network'] ?? undefined,
    providerSegmentationId: wire['provider:segmentation_id'] ?? undefined,
    subnets: wire.subnets,
    availabilityZones: wire.availability_zones,
    availabilityZoneHints: wire.availability_zone_hints,
    tags: wire.tags,
    revisionNumber: wire.revision_number,
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
      filters: { status: true, external: true, shared: true, adminStateUp: true, isDefault: true },
    })
  }
}
