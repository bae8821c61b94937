/** Subnets (https://docs.openstack.org/api-ref/network/v2/#subnets). */

import { z } from 'zod'
import { lazy } from '../service/lazy.ts'
import type { ServiceClient } from '../service/service-client.ts'
import { type Filter, type NeutronQuery, UpdatableCollection } from './collection.ts'

/** A range of addresses that a subnet hands out, both ends included. */
export interface AllocationPool {
  readonly start: string
  readonly end: string
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
  readonly tags: readonly string[]
}

/** Filters of the list. */
export interface SubnetQuery extends NeutronQuery {
  readonly networkId?: Filter
  readonly cidr?: Filter
  readonly ipVersion?: 4 | 6 | undefined
}

/** What an update may change. */
export interface UpdateSubnet {
  readonly name?: string | undefined
  readonly description?: string | undefined
  readonly gatewayIp?: string | null | undefined
  readonly enableDhcp?: boolean | undefined
  readonly allocationPools?: readonly AllocationPool[] | undefined
  readonly dnsNameservers?: readonly string[] | undefined
}

/** What a new subnet shall be. */
export interface CreateSubnet extends UpdateSubnet {
  readonly networkId: string
  readonly cidr: string
  readonly ipVersion: 4 | 6
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
    tags: z.array(z.string()).default([]),
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
    tags: wire.tags,
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
    })
  }
}
