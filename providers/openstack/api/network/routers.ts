/** Routers (https://docs.openstack.org/api-ref/network/v2/#routers-routers). */

import { NotFoundError } from 'cloud-environs'
import { z } from 'zod'
import { lazy } from '../service/lazy.ts'
import type { CallOptions } from '../service/options.ts'
import { readOne } from '../service/read.ts'
import type { ServiceClient } from '../service/service-client.ts'
import type { Filter, NeutronQuery } from './collection.ts'
import type { FixedIp } from './ports.ts'
import type { Route } from './subnets.ts'
import { UpdatableCollection } from './updatable-collection.ts'

/** A router's way out. */
export interface ExternalGateway {
  /** The external network. */
  readonly networkId: string
  /** Whether machines without a floating IP get out by it. Only administrators may set it, by default. */
  readonly enableSnat?: boolean | undefined
  /** Its addresses there. */
  readonly externalFixedIps?: readonly FixedIp[] | undefined
}

/** A router. */
export interface Router {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly status: string
  readonly projectId?: string | undefined
  readonly adminStateUp: boolean
  readonly externalGatewayInfo?: ExternalGateway | undefined
  readonly routes: readonly Route[]
  readonly availabilityZones: readonly string[]
  readonly availabilityZoneHints: readonly string[]
  readonly tags: readonly string[]
  /** Grows with each change: see `UpdateOptions`. */
  readonly revisionNumber?: number | undefined
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
  readonly externalGatewayInfo?: ExternalGateway | null | undefined
  /** All that it is to have. */
  readonly routes?: readonly Route[] | undefined
}

/** What a new router shall be. */
export interface CreateRouter extends Omit<UpdateRouter, 'routes'> {
  readonly projectId?: string | undefined
  /** Zones of `network.availabilityZones`. */
  readonly availabilityZoneHints?: readonly string[] | undefined
}

/** One end of a router: a subnet, whose gateway address it takes, or a port. */
export type RouterInterface = { readonly subnetId: string } | { readonly portId: string }

/** An end that a router was given. Its ends are the ports with the router as `deviceId`. */
export interface AddedRouterInterface {
  readonly portId: string
  readonly subnetId: string
}

const routerSchema = lazy(() => {
  const texts = z.array(z.string()).default([])
  const address = z.object({ subnet_id: z.string().optional(), ip_address: z.string().optional() })
  return z.object({
    id: z.string(),
    name: z.string().default(''),
    description: z.string().nullish(),
    status: z.string().default(''),
    project_id: z.string().optional(),
    admin_state_up: z.boolean().default(true),
    external_gateway_info: z
      .object({
        network_id: z.string(),
        enable_snat: z.boolean().optional(),
        external_fixed_ips: z.array(address).default([]),
      })
      .nullish(),
    routes: z.array(z.object({ destination: z.string(), nexthop: z.string() })).default([]),
    availability_zones: texts,
    availability_zone_hints: texts,
    tags: texts,
    revision_number: z.number().optional(),
  })
})

type Wire = z.infer<ReturnType<typeof routerSchema>>

function toRouter(wire: Wire): Router {
  return {
    id: wire.id,
    name: wire.name,
    description: wire.description ?? '',
    status: wire.status,
    projectId: wire.project_id,
    adminStateUp: wire.admin_state_up,
    externalGatewayInfo: wire.external_gateway_info ? toGateway(wire.external_gateway_info) : undefined,
    routes: wire.routes,
    availabilityZones: wire.availability_zones,
    availabilityZoneHints: wire.availability_zone_hints,
    tags: wire.tags,
    revisionNumber: wire.revision_number,
  }
}

function toGateway(wire: NonNullable<Wire['external_gateway_info']>): ExternalGateway {
  return {
    networkId: wire.network_id,
    enableSnat: wire.enable_snat,
    externalFixedIps: wire.external_fixed_ips.map((ip) => ({
      subnetId: ip.subnet_id,
      ipAddress: ip.ip_address,
    })),
  }
}

const interfaceSchema = lazy(() =>
  z
    .object({ port_id: z.string(), subnet_id: z.string() })
    .transform((wire): AddedRouterInterface => ({ portId: wire.port_id, subnetId: wire.subnet_id })),
)

/** `network.routers` */
export class Routers extends UpdatableCollection<Router, RouterQuery, CreateRouter, UpdateRouter> {
  constructor(client: ServiceClient) {
    super(client, {
      path: '/routers',
      key: 'router',
      resource: 'router',
      schema: lazy(() => routerSchema().transform(toRouter)),
      filters: { status: true },
    })
  }

  /** Joins a subnet to the router. @throws NotValidError when it is joined already */
  async addInterface(
    id: string,
    to: RouterInterface,
    options: CallOptions = {},
  ): Promise<AddedRouterInterface> {
    // The second of two is refused, for all that it is a PUT.
    const json = await this.#interface('add', id, to, false, options)
    return readOne(json, undefined, interfaceSchema(), `interface of ${this.nameOf(id)}`)
  }

  /**
   * Parts a subnet from the router. Whether they were joined: already parted is success.
   * @throws ConflictError while floating IPs are reached through it
   */
  async removeInterface(id: string, from: RouterInterface, options: CallOptions = {}): Promise<boolean> {
    try {
      await this.#interface('remove', id, from, true, options)
      return true
    } catch (error) {
      if (error instanceof NotFoundError && error.status === 404) return false
      throw error
    }
  }

  async #interface(
    verb: 'add' | 'remove',
    id: string,
    end: RouterInterface,
    repeatable: boolean,
    options: CallOptions,
  ): Promise<unknown> {
    const { json } = await this.client.request({
      method: 'PUT',
      path: `${this.pathOf(id)}/${verb}_router_interface`,
      json: 'subnetId' in end ? { subnet_id: end.subnetId } : { port_id: end.portId },
      repeatable,
      operation: `${verb} interface of`,
      resource: this.nameOf(id),
      ...options,
    })
    return json
  }
}
