/** Subnets (https://docs.openstack.org/api-ref/network/v2/#subnets). */

import { z } from 'zod'
import { lazy } from '../service/lazy.ts'
import type { ServiceClient } from '../service/service-client.ts'
import type { Filter, NeutronQuery } from './collection.ts'
import { UpdatableCollection } from './updatable-collection.ts'

/** A range of addresses that a subnet hands out, both ends included. */
export interface AllocationPool {
  readonly start: string
  readonly end: string
}

/** A route that machines on the subnet learn by DHCP, or that a router has. */
export interface Route {
  /** CIDR. */
  readonly destination: string
  readonly nexthop: string
}

/** A subnet. */
export interface Subnet {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly networkId: string
  readonly projectId?: string | undefined
  readonly cidr: string
  readonly ipVersion: 4 | 6
  /** Absent when nothing routes for it. */
  readonly gatewayIp?: string | undefined
  readonly enableDhcp: boolean
  readonly allocationPools: readonly AllocationPool[]
  readonly dnsNameservers: readonly string[]
  readonly hostRoutes: readonly Route[]
  /** `slaac`, `dhcpv6-stateful` or `dhcpv6-stateless`; absent when addresses come otherwise. */
  readonly ipv6AddressMode?: string | undefined
  readonly ipv6RaMode?: string | undefined
  readonly subnetpoolId?: string | undefined
  /** Owners of ports that addresses are kept for; none means all. */
  readonly serviceTypes: readonly string[]
  readonly tags: readonly string[]
  /** Grows with each change: see `UpdateOptions`. */
  readonly revisionNumber?: number | undefined
}

/** Filters of the list. */
export interface SubnetQuery extends NeutronQuery {
  readonly networkId?: Filter
  readonly cidr?: Filter
  readonly ipVersion?: 4 | 6 | undefined
  readonly gatewayIp?: Filter
  readonly enableDhcp?: boolean | undefined
}

/** What an update may change. */
export interface UpdateSubnet {
  readonly name?: string | undefined
  readonly description?: string | undefined
  readonly gatewayIp?: string | null | undefined
  readonly enableDhcp?: boolean | undefined
  readonly allocationPools?: readonly AllocationPool[] | undefined
  readonly dnsNameservers?: readonly string[] | undefined
  readonly hostRoutes?: readonly Route[] | undefined
}

/** What a new subnet shall be. */
export interface CreateSubnet extends UpdateSubnet {
  readonly networkId: string
  readonly cidr: string
  readonly ipVersion: 4 | 6
  readonly ipv6AddressMode?: string | undefined
  readonly ipv6RaMode?: string | undefined
  readonly projectId?: string | undefined
}

const subnetSchema = lazy(() =>
  z.object({
    id: z.string(),
    name: z.string().default(''),
    description: z.string().nullish(),
    network_id: z.string(),
    project_id: z.string().optional(),
    cidr: z.string(),
    ip_version: z.literal([4, 6]),
    gateway_ip: z.string().nullish(),
    enable_dhcp: z.boolean().default(true),
    allocation_pools: z.array(z.object({ start: z.string(), end: z.string() })).default([]),
    dns_nameservers: z.array(z.string()).default([]),
    host_routes: z.array(z.object({ destination: z.string(), nexthop: z.string() })).default([]),
    ipv6_address_mode: z.string().nullish(),
    ipv6_ra_mode: z.string().nullish(),
    subnetpool_id: z.string().nullish(),
    service_types: z.array(z.string()).default([]),
    tags: z.array(z.string()).default([]),
    revision_number: z.number().optional(),
  }),
)

function toSubnet(wire: z.infer<ReturnType<typeof subnetSchema>>): Subnet {
  return {
    id: wire.id,
    name: wire.name,
    description: wire.description ?? '',
    networkId: wire.network_id,
    projectId: wire.project_id,
    cidr: wire.cidr,
    ipVersion: wire.ip_version,
    gatewayIp: wire.gateway_ip ?? undefined,
    enableDhcp: wire.enable_dhcp,
    allocationPools: wire.allocation_pools,
    dnsNameservers: wire.dns_nameservers,
    hostRoutes: wire.host_routes,
    ipv6AddressMode: wire.ipv6_address_mode ?? undefined,
    ipv6RaMode: wire.ipv6_ra_mode ?? undefined,
    subnetpoolId: wire.subnetpool_id ?? undefined,
    serviceTypes: wire.service_types,
    tags: wire.tags,
    revisionNumber: wire.revision_number,
  }
}

/** `network.subnets` */
export class Subnets extends UpdatableCollection<Subnet, SubnetQuery, CreateSubnet, UpdateSubnet> {
  constructor(client: ServiceClient) {
    super(client, {
      path: '/subnets',
      key: 'subnet',
      resource: 'subnet',
      schema: lazy(() => subnetSchema().transform(toSubnet)),
      filters: { networkId: true, cidr: true, ipVersion: true, gatewayIp: true, enableDhcp: true },
    })
  }
}
