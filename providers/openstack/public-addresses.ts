/** Floating IPs: an address from outside for a machine, made for it and removed with it. */

import { ConflictError, findError, NotFoundError, NotValidError } from 'cloud-environs/provider'
import { faultOf, type FloatingIp, type Network, type Port } from './api/index.ts'
import { EXTERNAL_NETWORK } from './config.ts'
import { listed, projectNetworks } from './networks.ts'
import type { Scope } from './scope.ts'

/** How a network of machines is left: by which external networks, best first. */
export interface WayOut {
  readonly network: Network
  readonly externals: readonly Network[]
}

/** Owners of the ports that join a subnet to a router, which differ with the kind of router. */
export const ROUTER_INTERFACES = [
  'network:router_interface',
  'network:router_interface_distributed',
  'network:ha_router_replicated_interface',
]

/** Neutron's word for: no router leads from that external network to the port. */
const NO_ROUTER = 'ExternalGatewayForFloatingIPNotFound'

/** The external networks that floating IPs may come from. @throws NotFoundError, NotValidError naming those there are */
function externalNetworks({ config }: Scope, networks: readonly Network[]): readonly Network[] {
  const externals = networks.filter(({ external }) => external)
  const wanted = config().attrs[EXTERNAL_NETWORK]
  if (typeof wanted !== 'string' || wanted === '') {
    if (externals.length > 0) return externals
    throw new NotFoundError('no public address can be given: the cloud has no external network', {
      resource: 'external network',
      hint: 'leave out the constraint allocate-public-ip',
    })
  }
  const named = networks.filter(({ id, name }) => id === wanted || name === wanted)
  const found = named.filter(({ external }) => external)
  if (found.length === 1) return found
  const why =
    found.length > 1 ? 'names several networks' : named.length > 0 ? 'is not external' : 'does not exist'
  throw new NotValidError(`external network "${wanted}" ${why}`, {
    resource: `external network "${wanted}"`,
    hint: `set "${EXTERNAL_NETWORK}" to one of: ${listed(externals)}`,
  })
}

/**
 * How the first of a machine's networks that has a way out is left. Where routers cannot be seen, since they may belong
 * to another project, all that might be a way is tried.
 * @throws NotFoundError, NotValidError when there is none, before anything is made
 */
export async function wayOut(
  scope: Scope,
  networks: readonly Network[],
  signal?: AbortSignal,
): Promise<WayOut> {
  const { connection, coalescer } = scope
  const [all, routers, ends] = await Promise.all([
    projectNetworks(scope, signal),
    coalescer.share('routers', signal, (signal) => connection.network.routers.all({}, { signal })),
    coalescer.share('router interfaces', signal, (signal) =>
      connection.network.ports.all({ deviceOwner: ROUTER_INTERFACES }, { signal }),
    ),
  ])
  const externals = externalNetworks(scope, all)
  const gateways = new Map(routers.map(({ id, externalGatewayInfo }) => [id, externalGatewayInfo?.networkId]))
  const [first] = networks
  for (const network of networks) {
    const reached = ends
      .filter(({ networkId, fixedIps }) => networkId === network.id && ipv4Of(fixedIps) !== undefined)
      .map(({ deviceId }) => gateways.get(deviceId))
    const usable = externals.filter(({ id }) => reached.includes(id))
    if (usable.length > 0) return { network, externals: usable }
  }
  const joined = ends.some(({ networkId }) => networks.some(({ id }) => id === networkId))
  if (first && !joined && networks.some(({ shared }) => shared)) return { network: first, externals }
  throw new NotValidError(
    `no router leads from ${networks.map(({ name }) => `network "${name}"`).join(' or ') || 'any network'} to an external network`,
    {
      resource: 'router',
      hint: `join an IPv4 subnet of it to a router with a gateway to one of: ${listed(externals)}; or leave out the constraint allocate-public-ip`,
    },
  )
}

/** The floating IPs of the project: an administrator would see those of all projects. */
export const projectFloatingIps = (
  { connection, coalescer }: Scope,
  signal?: AbortSignal,
): Promise<readonly FloatingIp[]> =>
  coalescer.share('floating IPs', signal, async (signal) => {
    const projectId = (await connection.identity.authenticate({ signal })).project?.id
    return await connection.network.floatingIps.all({ projectId }, { signal })
  })

/** Makes a floating IP that leads to the server's port on that network. It is marked with its owner's name. */
export async function allocatePublicAddress(
  { connection }: Scope,
  serverId: string,
  { network, externals }: WayOut,
  mark: string,
  signal?: AbortSignal,
): Promise<FloatingIp> {
  const ports = await connection.network.ports.all({ deviceId: serverId, networkId: network.id }, { signal })
  const port = ports.find(({ fixedIps }) => ipv4Of(fixedIps) !== undefined)
  if (!port) {
    throw new NotFoundError(`server ${serverId} has no IPv4 address on network "${network.name}"`, {
      resource: `server ${serverId}`,
      hint: 'a floating IP leads to an IPv4 address: give the network an IPv4 subnet',
    })
  }
  let unreachable: unknown
  for (const { id: floatingNetworkId } of externals) {
    try {
      return await connection.network.floatingIps.create(
        {
          floatingNetworkId,
          portId: port.id,
          fixedIpAddress: ipv4Of(port.fixedIps),
          description: mark,
        },
        { signal },
      )
    } catch (error) {
      // Another external network may have the router that this one lacks.
      if (faultOf(findError(error, ConflictError)) !== NO_ROUTER) throw error
      unreachable = error
    }
  }
  throw unreachable
}

const ipv4Of = (fixedIps: Port['fixedIps']): string | undefined =>
  fixedIps.find(({ ipAddress }) => !ipAddress.includes(':'))?.ipAddress
