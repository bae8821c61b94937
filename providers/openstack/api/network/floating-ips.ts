/** Floating IPs (https://docs.openstack.org/api-ref/network/v2/#floating-ips-floatingips). */

import { z } from 'zod'
import { lazy } from '../service/lazy.ts'
import type { ServiceClient } from '../service/service-client.ts'
import type { Filter, NeutronQuery } from './collection.ts'
import { UpdatableCollection } from './updatable-collection.ts'

/** The port that a floating IP leads to. */
export interface FloatingIpPort {
  readonly name: string
  readonly networkId: string
  readonly macAddress: string
  readonly status: string
  /** Id of the server, or whatever else owns the port. */
  readonly deviceId: string
  readonly deviceOwner: string
}

/** A floating IP. */
export interface FloatingIp {
  readonly id: string
  readonly floatingIpAddress: string
  /** The external network it is from. */
  readonly floatingNetworkId: string
  readonly fixedIpAddress?: string | undefined
  /** The port it leads to, while it leads to one. */
  readonly portId?: string | undefined
  /** That port, on clouds with the extension `fip-port-details`. */
  readonly portDetails?: FloatingIpPort | undefined
  readonly routerId?: string | undefined
  readonly projectId?: string | undefined
  /** `DOWN` while it leads nowhere. */
  readonly status: string
  readonly description: string
  readonly tags: readonly string[]
  /** Grows with each change: see `UpdateOptions`. */
  readonly revisionNumber?: number | undefined
}

/** Filters of the list. */
export interface FloatingIpQuery extends NeutronQuery {
  readonly floatingIpAddress?: Filter
  readonly floatingNetworkId?: Filter
  readonly fixedIpAddress?: Filter
  /** Several are one request: the floating IPs of many ports. */
  readonly portId?: Filter
  readonly routerId?: Filter
  readonly status?: Filter
  readonly description?: Filter
}

/** What an update may change; `portId: null` makes it lead nowhere. */
export interface UpdateFloatingIp {
  readonly portId?: string | null | undefined
  readonly fixedIpAddress?: string | undefined
  readonly description?: string | undefined
}

/** What a new one shall be. With `portId` it is made and attached in one request. */
export interface CreateFloatingIp {
  readonly floatingNetworkId: string
  readonly portId?: string | undefined
  /** Needed when the port has several IPv4 addresses. */
  readonly fixedIpAddress?: string | undefined
  /** The external network's subnet that it is from. */
  readonly subnetId?: string | undefined
  /** That very address. Administrators only, by default. */
  readonly floatingIpAddress?: string | undefined
  /** Both need the extension `dns-integration`. */
  readonly dnsName?: string | undefined
  readonly dnsDomain?: string | undefined
  readonly description?: string | undefined
  readonly projectId?: string | undefined
}

const floatingIpSchema = lazy(() => {
  const text = z.string().nullish()
  return z.object({
    id: z.string(),
    floating_ip_address: z.string(),
    floating_network_id: z.string(),
    fixed_ip_address: text,
    port_id: text,
    port_details: z
      .object({
        name: z.string().default(''),
        network_id: z.string(),
        mac_address: z.string(),
        status: z.string().default(''),
        device_id: z.string().default(''),
        device_owner: z.string().default(''),
      })
      .nullish(),
    router_id: text,
    project_id: z.string().optional(),
    status: z.string().default(''),
    description: text,
    tags: z.array(z.string()).default([]),
    revision_number: z.number().optional(),
  })
})

type Wire = z.infer<ReturnType<typeof floatingIpSchema>>

function toFloatingIp(wire: Wire): FloatingIp {
  return {
    id: wire.id,
    floatingIpAddress: wire.floating_ip_address,
    floatingNetworkId: wire.floating_network_id,
    fixedIpAddress: wire.fixed_ip_address ?? undefined,
    portId: wire.port_id ?? undefined,
    portDetails: wire.port_details ? toPortDetails(wire.port_details) : undefined,
    routerId: wire.router_id ?? undefined,
    projectId: wire.project_id,
    status: wire.status,
    description: wire.description ?? '',
    tags: wire.tags,
    revisionNumber: wire.revision_number,
  }
}

function toPortDetails(wire: NonNullable<Wire['port_details']>): FloatingIpPort {
  return {
    name: wire.name,
    networkId: wire.network_id,
    macAddress: wire.mac_address,
    status: wire.status,
    deviceId: wire.device_id,
    deviceOwner: wire.device_owner,
  }
}

/** `network.floatingIps` */
export class FloatingIps extends UpdatableCollection<
  FloatingIp,
  FloatingIpQuery,
  CreateFloatingIp,
  UpdateFloatingIp
> {
  constructor(client: ServiceClient) {
    super(client, {
      path: '/floatingips',
      key: 'floatingip',
      resource: 'floating IP',
      schema: lazy(() => floatingIpSchema().transform(toFloatingIp)),
      filters: {
        floatingIpAddress: true,
        floatingNetworkId: true,
        fixedIpAddress: true,
        portId: true,
        routerId: true,
        status: true,
        description: true,
      },
    })
  }
}
