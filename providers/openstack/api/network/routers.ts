/** Routers (https://docs.openstack.org/api-ref/network/v2/#routers-routers). */

import { z } from 'zod'
import { lazy } from '../service/lazy.ts'
import type { CallOptions } from '../service/options.ts'
import type { ServiceClient } from '../service/service-client.ts'
import { type Filter, type NeutronQuery, UpdatableCollection } from './collection.ts'

/** A router. */
export interface Router {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly status: string
  readonly projectId?: string | undefined
  readonly adminStateUp: boolean
  /** The external network it leads to. */
  readonly externalNetworkId?: string | undefined
  readonly tags: readonly string[]
}

/** Filters of the list. */
export interface RouterQuery extends NeutronQuery {
  readonly status?: Filter
}

/** What an update may change; `externalGatewayInfo: null` closes the way out. */
export interface UpdateRouter {
  readonly name?: string | undefined
  readonly description?: string | undefined
  readonly adminStateUp?: boolean | undefined
  readonly externalGatewayInfo?: { readonly networkId: string } | null | undefined
}

/** What a new router shall be. */
export interface CreateRouter extends UpdateRouter {
  readonly projectId?: string | undefined
}

/** One end of a router: a subnet, whose gateway address it takes, or a port. */
export type RouterInterface = { readonly subnetId: string } | { readonly portId: string }

const routerSchema = lazy(() =>
  z.object({
    id: z.string(),
    name: z.string().default(''),
    description: z.string().nullish(),
    status: z.string().default(''),
    project_id: z.string().optional(),
    admin_state_up: z.boolean().default(true),
    external_gateway_info: z.object({ network_id: z.string() }).nullish(),
    tags: z.array(z.string()).default([]),
  }),
)

function toRouter(wire: z.infer<ReturnType<typeof routerSchema>>): Router {
  return {
    id: wire.id,
    name: wire.name,
    description: wire.description ?? '',
    status: wire.status,
    projectId: wire.project_id,
    adminStateUp: wire.admin_state_up,
    externalNetworkId: wire.external_gateway_info?.network_id,
    tags: wire.tags,
  }
}

/** `network.routers` */
export class Routers extends UpdatableCollection<Router, RouterQuery, CreateRouter, UpdateRouter> {
  constructor(client: ServiceClient) {
    super(client, {
      path: '/routers',
      key: 'router',
      resource: 'router',
      schema: lazy(() => routerSchema().transform(toRouter)),
    })
  }

  /** Joins a subnet to the router. */
  addInterface(id: string, to: RouterInterface, options: CallOptions = {}): Promise<void> {
    return this.#interface('add', id, to, options)
  }

  /** Parts a subnet from the router. @throws ConflictError while floating IPs are reached through it. */
  removeInterface(id: string, from: RouterInterface, options: CallOptions = {}): Promise<void> {
    return this.#interface('remove', id, from, options)
  }

  async #interface(
    verb: 'add' | 'remove',
    id: string,
    end: RouterInterface,
    options: CallOptions,
  ): Promise<void> {
    await this.client.request({
      method: 'PUT',
      path: `/routers/${encodeURIComponent(id)}/${verb}_router_interface`,
      json: 'subnetId' in end ? { subnet_id: end.subnetId } : { port_id: end.portId },
      // Not idempotent for all that it is a PUT: the second of two is refused.
      repeatable: false,
      operation: `${verb} interface of`,
      resource: `router ${id}`,
      ...options,
    })
  }
}
