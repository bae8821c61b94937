/** Floating IPs (https://docs.openstack.org/api-ref/network/v2/#floating-ips-floatingips). */

import { z } from 'zod'
import { lazy } from '../service/lazy.ts'
import type { ServiceClient } from '../service/service-client.ts'
import { type Filter, type NeutronQuery, UpdatableCollection } from './collection.ts'

/** A floating IP. */
export interface FloatingIp {
  readonly id: string
  readonly floatingIpAddress: string
  /** The external network it is from. */
  readonly floatingNetworkId: string
  readonly fixedIpAddress?: string | undefined
  /** The port it leads to, while it leads to one. */
  readonly portId?: string | undefined
  readonly routerId?: string | undefined
  readonly projectId?: string | undefined
  /** `DOWN` while it leads nowhere. */
  readonly status: string
  readonly description: string
  readonly tags: readonly string[]
}

/** Filters of the list. */
export interface FloatingIpQuery extends NeutronQuery {
  readonly floatingIpAddress?: Filter
  readonly floatingNetworkId?: Filter
  readonly fixedIpAddress?: Filter
  readonly portId?: Filter
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
  readonly subnetId?: string | undefined
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
    router_id: text,
    project_id: z.string().optional(),
    status: z.string().default(''),
    description: text,
    tags: z.array(z.string()).default([]),
  })
})

function toFloatingIp(wire: z.infer<ReturnType<typeof floatingIpSchema>>): FloatingIp {
  return {
    id: wire.id,
    floatingIpAddress: wire.floating_ip_address,
    floatingNetworkId: wire.floating_network_id,
    fixedIpAddress: wire.fixed_ip_address ?? undefined,
    portId: wire.port_id ?? undefined,
    routerId: wire.router_id ?? undefined,
    projectId: wire.project_id,
    status: wire.status,
    description: wire.description ?? '',
    tags: wire.tags,
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
    })
  }
}
