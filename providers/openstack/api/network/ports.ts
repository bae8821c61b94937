/** Ports (https://docs.openstack.org/api-ref/network/v2/#ports). */

import { z } from 'zod'
import { lazy } from '../service/lazy.ts'
import type { ServiceClient } from '../service/service-client.ts'
import type { Filter, NeutronQuery } from './collection.ts'
import { UpdatableCollection } from './updatable-collection.ts'

/** An address of a port. To ask for one, give the subnet, the address, or both. */
export interface FixedIp {
  readonly subnetId?: string | undefined
  readonly ipAddress?: string | undefined
}

/** An address, or a CIDR, that a port may use besides its own. */
export interface AllowedAddressPair {
  readonly ipAddress: string
  readonly macAddress?: string | undefined
}

/** A port. */
export interface Port {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly status: string
  readonly networkId: string
  readonly projectId?: string | undefined
  readonly macAddress: string
  readonly adminStateUp: boolean
  readonly fixedIps: readonly { readonly subnetId: string; readonly ipAddress: string }[]
  /** Ids. */
  readonly securityGroups: readonly string[]
  readonly allowedAddressPairs: readonly AllowedAddressPair[]
  readonly portSecurityEnabled: boolean
  /** Id of the server, or whatever else owns it; empty when nothing does. */
  readonly deviceId: string
  /** `compute:<zone>` for a server's port. */
  readonly deviceOwner: string
  /** `normal`, or `direct`, `macvtap`, ... for hardware of its own. */
  readonly vnicType: string
  /** Where the device is. Shown to administrators only, by default. */
  readonly hostId?: string | undefined
  /** Absent on clouds without the extension `dns-integration`. */
  readonly dnsName?: string | undefined
  readonly createdAt?: string | undefined
  readonly tags: readonly string[]
  /** Grows with each change: see `UpdateOptions`. */
  readonly revisionNumber?: number | undefined
}

/** Filters of the list. Several values of one filter mean any of them: `{ deviceId: [a, b] }`. */
export interface PortQuery extends NeutronQuery {
  readonly networkId?: Filter
  readonly deviceId?: Filter
  readonly deviceOwner?: Filter
  readonly macAddress?: Filter
  readonly status?: Filter
  readonly securityGroups?: Filter
  /** `ip_address=10.0.0.4`, `subnet_id=…`, `ip_address_substr=10.0.`. */
  readonly fixedIps?: Filter
}

/** What an update may change. */
export interface UpdatePort {
  readonly name?: string | undefined
  readonly description?: string | undefined
  readonly adminStateUp?: boolean | undefined
  readonly fixedIps?: readonly FixedIp[] | undefined
  /** Ids. */
  readonly securityGroups?: readonly string[] | undefined
  readonly allowedAddressPairs?: readonly AllowedAddressPair[] | undefined
  readonly portSecurityEnabled?: boolean | undefined
  readonly deviceId?: string | undefined
  readonly deviceOwner?: string | undefined
  /** Where it is bound. Administrators only, by default. */
  readonly hostId?: string | undefined
  /** Default `normal`. */
  readonly vnicType?: string | undefined
  /** Needs the extension `dns-integration`. */
  readonly dnsName?: string | undefined
}

/** What a new port shall be. */
export interface CreatePort extends UpdatePort {
  readonly networkId: string
  readonly macAddress?: string | undefined
  readonly projectId?: string | undefined
  /** Only `createMany` on clouds with `tag-ports-during-bulk-creation` heeds this; elsewhere use `replaceTags`. */
  readonly tags?: readonly string[] | undefined
}

const portSchema = lazy(() =>
  z.object({
    id: z.string(),
    name: z.string().default(''),
    description: z.string().nullish(),
    status: z.string().default(''),
    network_id: z.string(),
    project_id: z.string().optional(),
    mac_address: z.string(),
    admin_state_up: z.boolean().default(true),
    fixed_ips: z.array(z.object({ subnet_id: z.string(), ip_address: z.string() })).default([]),
    security_groups: z.array(z.string()).default([]),
    allowed_address_pairs: z
      .array(z.object({ ip_address: z.string(), mac_address: z.string().optional() }))
      .default([]),
    port_security_enabled: z.boolean().default(true),
    device_id: z.string().nullish(),
    device_owner: z.string().nullish(),
    'binding:vnic_type': z.string().default('normal'),
    'binding:host_id': z.string().nullish(),
    dns_name: z.string().nullish(),
    created_at: z.string().nullish(),
    tags: z.array(z.string()).default([]),
    revision_number: z.number().optional(),
  }),
)

function toPort(wire: z.infer<ReturnType<typeof portSchema>>): Port {
  return {
    id: wire.id,
    name: wire.name,
    description: wire.description ?? '',
    status: wire.status,
    networkId: wire.network_id,
    projectId: wire.project_id,
    macAddress: wire.mac_address,
    adminStateUp: wire.admin_state_up,
    fixedIps: wire.fixed_ips.map((ip) => ({ subnetId: ip.subnet_id, ipAddress: ip.ip_address })),
    securityGroups: wire.security_groups,
    allowedAddressPairs: wire.allowed_address_pairs.map((pair) => ({
      ipAddress: pair.ip_address,
      macAddress: pair.mac_address,
    })),
    portSecurityEnabled: wire.port_security_enabled,
    deviceId: wire.device_id ?? '',
    deviceOwner: wire.device_owner ?? '',
    vnicType: wire['binding:vnic_type'],
    hostId: wire['binding:host_id'] || undefined,
    dnsName: wire.dns_name ?? undefined,
    createdAt: wire.created_at ?? undefined,
    tags: wire.tags,
    revisionNumber: wire.revision_number,
  }
}

/** `network.ports` */
export class Ports extends UpdatableCollection<Port, PortQuery, CreatePort, UpdatePort> {
  constructor(client: ServiceClient) {
    super(client, {
      path: '/ports',
      key: 'port',
      resource: 'port',
      schema: lazy(() => portSchema().transform(toPort)),
      filters: {
        networkId: true,
        deviceId: true,
        deviceOwner: true,
        macAddress: true,
        status: true,
        securityGroups: true,
        fixedIps: true,
      },
    })
  }
}
