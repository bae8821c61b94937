/** Network cards of servers (https://docs.openstack.org/api-ref/compute/#port-interfaces-servers-os-interface). */

import { NotValidError } from 'cloud-environs'
import { z } from 'zod'
import { lazy } from '../service/lazy.ts'
import type { CallOptions } from '../service/options.ts'
import { readCreated, readItems, readOne } from '../service/read.ts'
import { segment } from './path-segment.ts'
import { checkTag } from './server-input.ts'
import type { Operations } from './server-operation.ts'
import { EVERY_VERSION, since } from './version-range.ts'

/** A network card of a server. */
export interface ServerInterface {
  readonly portId: string
  readonly networkId: string
  readonly macAddress: string
  readonly portState: string
  readonly fixedIps: readonly { readonly subnetId?: string | undefined; readonly ipAddress: string }[]
}

/** What to attach: a port, or a network to make a port in. Without either, the cloud chooses a network. */
export interface CreateServerInterface {
  /** Id of an existing port; it stays its maker's to delete. */
  readonly port?: string | undefined
  /** Id of a network; Nova makes the port, and deletes it with the server. */
  readonly network?: string | undefined
  /** Only together with `network`. */
  readonly fixedIp?: string | undefined
  /** Needs microversion 2.49. */
  readonly tag?: string | undefined
}

/** Calls about network cards. */
export interface ServerInterfaces {
  /** The network cards of a server. @throws NotFoundError */
  interfaces(id: string, options?: CallOptions): Promise<ServerInterface[]>
  /** The network card with that port. @throws NotFoundError */
  getInterface(id: string, portId: string, options?: CallOptions): Promise<ServerInterface>
  /** @throws ConflictError for a port or an address that is in use */
  createInterface(id: string, create: CreateServerInterface, options?: CallOptions): Promise<ServerInterface>
  /** Begins to detach. Whether it was there. */
  deleteInterface(id: string, portId: string, options?: CallOptions): Promise<boolean>
}

const interfaceSchema = lazy(() =>
  z
    .object({
      port_id: z.string(),
      net_id: z.string(),
      mac_addr: z.string(),
      port_state: z.string(),
      fixed_ips: z.array(z.object({ subnet_id: z.string().optional(), ip_address: z.string() })).nullish(),
    })
    .transform(
      (wire): ServerInterface => ({
        portId: wire.port_id,
        networkId: wire.net_id,
        macAddress: wire.mac_addr,
        portState: wire.port_state,
        fixedIps: (wire.fixed_ips ?? []).map((ip) => ({ subnetId: ip.subnet_id, ipAddress: ip.ip_address })),
      }),
    ),
)

const PATH = '/os-interface'
const pathOf = (portId: string) => `${PATH}/${segment('the id of a port', portId)}`

/** See {@link ServerInterfaces}. */
export const serverInterfaces: Operations<ServerInterfaces> = {
  interfaces: {
    method: 'GET',
    path: PATH,
    operation: 'list interfaces of',
    read: ({ json }, { logger }) => readItems(json, 'interfaceAttachments', interfaceSchema(), logger),
  },
  getInterface: {
    inputs: 1,
    method: 'GET',
    path: ([portId]) => pathOf(portId),
    operation: 'get an interface of',
    read: ({ json }, { args: [portId], resource }) =>
      readOne(json, 'interfaceAttachment', interfaceSchema(), `interface ${portId} of ${resource}`),
  },
  createInterface: {
    inputs: 1,
    path: PATH,
    operation: 'attach an interface to',
    check: ([{ port, network, fixedIp, tag }]) => {
      if (tag !== undefined) checkTag(tag)
      const isPort = port !== undefined && network === undefined && fixedIp === undefined
      const isNetwork = port === undefined && (network !== undefined || fixedIp === undefined)
      if (isPort || isNetwork) return
      throw new NotValidError(
        'an interface is for a port, or for a network and perhaps a fixed address of it',
      )
    },
    versions: ([{ tag }]) => (tag === undefined ? EVERY_VERSION : since('2.49')),
    body: ([{ port, network, fixedIp, tag }]) => ({
      interfaceAttachment: {
        port_id: port,
        net_id: network,
        fixed_ips: fixedIp === undefined ? undefined : [{ ip_address: fixedIp }],
        tag,
      },
    }),
    read: ({ json }, { resource }) =>
      readCreated(json, 'interfaceAttachment', interfaceSchema(), `interface of ${resource}`),
  },
  deleteInterface: {
    inputs: 1,
    method: 'DELETE',
    path: ([portId]) => pathOf(portId),
    operation: 'detach an interface of',
    read: () => true,
    gone: false,
  },
}
