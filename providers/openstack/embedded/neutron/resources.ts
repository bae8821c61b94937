import { randomUUID } from 'node:crypto'
import type { JsonObject } from '../json.ts'
import type { AddressPair } from './address-pairs.ts'
import { zulu } from '../time.ts'

/** What every Neutron resource has. Attribute names are those of the wire. */
export interface Resource {
  readonly id: string
  readonly project_id: string
  name: string
  description: string | null
  tags: string[]
  readonly created: number
  updated: number
  revision: number
}

export interface Network extends Resource {
  admin_state_up: boolean
  mtu: number
  shared: boolean
  'router:external': boolean
  port_security_enabled: boolean
  is_default: boolean
  readonly segment: number
  dns_domain: string
  readonly availability_zone_hints: readonly string[]
}

export interface Subnet extends Resource {
  readonly network_id: string
  readonly ip_version: 4 | 6
  readonly cidr: string
  gateway_ip: string | null
  allocation_pools: readonly { readonly start: string; readonly end: string }[]
  enable_dhcp: boolean
  dns_nameservers: readonly string[]
  host_routes: readonly unknown[]
  readonly ipv6_ra_mode: string | null
  readonly ipv6_address_mode: string | null
}

export interface FixedIp {
  readonly subnet_id: string
  readonly ip_address: string
}

export interface Port extends Resource {
  readonly network_id: string
  mac_address: string
  admin_state_up: boolean
  status: string
  device_id: string
  device_owner: string
  fixed_ips: readonly FixedIp[]
  security_groups: readonly string[]
  allowed_address_pairs: readonly AddressPair[]
  extra_dhcp_opts: readonly unknown[]
  port_security_enabled: boolean
  'binding:vnic_type': string
  'binding:host_id': string
  dns_name: string
}

export interface SecurityGroup extends Resource {
  stateful: boolean
}

export interface SecurityGroupRule extends Resource {
  readonly security_group_id: string
  readonly direction: string
  readonly ethertype: string
  readonly protocol: string | null
  readonly port_range_min: number | null
  readonly port_range_max: number | null
  readonly remote_ip_prefix: string | null
  readonly remote_group_id: string | null
  readonly normalized_cidr: string | null
}

export interface FloatingIp extends Resource {
  readonly floating_network_id: string
  readonly floating_ip_address: string
  readonly dns_name: string
  readonly dns_domain: string
  port_id: string | null
  fixed_ip_address: string | null
  router_id: string | null
  status: string
}

export interface Router extends Resource {
  admin_state_up: boolean
  external_gateway_info: {
    readonly network_id: string
    readonly external_fixed_ips: readonly FixedIp[]
    readonly enable_snat: boolean
  } | null
  routes: readonly unknown[]
  readonly availability_zone_hints: readonly string[]
}

/** The common part of a new resource. */
export function newResource(projectId: string, given: JsonObject): Resource {
  const now = Date.now()
  return {
    id: randomUUID(),
    project_id: projectId,
    name: typeof given.name === 'string' ? given.name : '',
    description: typeof given.description === 'string' ? given.description : '',
    tags: [],
    created: now,
    updated: now,
    revision: 0,
  }
}

export function touch(resource: Resource): void {
  resource.updated = Date.now()
  resource.revision += 1
}

/** The common part of the wire form. */
export function standardView(resource: Resource): JsonObject {
  return {
    id: resource.id,
    name: resource.name,
    description: resource.description,
    project_id: resource.project_id,
    tenant_id: resource.project_id,
    tags: resource.tags,
    created_at: zulu(resource.created),
    updated_at: zulu(resource.updated),
    revision_number: resource.revision,
  }
}
