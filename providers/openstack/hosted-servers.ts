/**
 * Servers of the server service, and what is made for them. A server has its id in a tag; its port, its floating IP and,
 * while it is made, its key pair carry a mark with it.
 */

import {
  type HostedServer,
  type HostedServerFilter,
  NotFoundError,
  type ServerId,
  TAG_SERVER,
} from 'cloud-environs/provider'
import type { FloatingIp, Port, Server } from './api/index.ts'
import { hostedStatus } from './hosted-status.ts'
import { leadsTo, serverAddresses } from './instance.ts'
import { hostedId } from './machine-groups.ts'
import { removeMarked } from './machine-resources.ts'
import { serverName } from './names.ts'
import { projectFloatingIps } from './public-addresses.ts'
import type { Removal } from './removal.ts'
import type { Scope } from './scope.ts'
import type { SecurityGroups } from './security-groups.ts'
import { modelServers } from './servers-of-model.ts'

/** Id of the server that something of this model is marked for, whatever controller made it. */
export function hostedMarkId({ config }: Scope, mark: string): ServerId | undefined {
  const [, id] = mark.startsWith('juju-') ? mark.split(`-${config().uuid}-${hostedId('')}`) : []
  return id
}

/** What a server is called by the service. */
export function hostedName({ config }: Scope, name: string): string {
  const prefix = serverName(config(), '')
  return name.startsWith(prefix) ? name.slice(prefix.length) : name
}

/** The model's server with that id. @throws NotFoundError */
export async function hostedServer(scope: Scope, id: ServerId, signal?: AbortSignal): Promise<Server> {
  const server = (await modelServers(scope, signal)).find(({ metadata }) => metadata[TAG_SERVER] === id)
  if (server) return server
  throw new NotFoundError(`server ${id} not found`, {
    resource: `server ${id}`,
    hint: 'list the servers of the model for what there is',
  })
}

/** The port that was made for the server. @throws NotFoundError when somebody removed it */
export async function hostedPort(scope: Scope, id: ServerId, signal?: AbortSignal): Promise<Port> {
  const port = (await hostedPorts(scope, undefined, signal)).get(id)
  if (port) return port
  throw new NotFoundError(`server ${id} has lost its port`, {
    resource: `server ${id}`,
    hint: 'somebody removed the port: delete the server, and create it again',
  })
}

/** Ports of the model's hosted servers, by the server's id. */
async function hostedPorts(
  scope: Scope,
  networkId: string | undefined,
  signal?: AbortSignal,
): Promise<ReadonlyMap<ServerId, Port>> {
  const { identity, network } = scope.connection
  const projectId = (await identity.authenticate({ signal })).project?.id
  const ports = await network.ports.all({ projectId, networkId }, { signal })
  return new Map(
    ports.flatMap((port) => {
      const id = hostedMarkId(scope, port.description)
      return id === undefined ? [] : [[id, port]]
    }),
  )
}

/** Removes what was made for a server beside it. What is gone already is no error. */
export async function removeHostedRest(
  scope: Scope,
  groups: SecurityGroups,
  id: ServerId,
  removal: Removal,
  signal?: AbortSignal,
): Promise<void> {
  const fits = (mark: string): boolean => hostedMarkId(scope, mark) === id
  await Promise.all([
    removeMarked(scope, groups, fits, removal, signal),
    removeKeypairs(scope, fits, removal, signal),
  ])
}

/** Removes the key pairs that are marked so: those of servers that were being made. */
export async function removeKeypairs(
  { connection }: Scope,
  fits: (mark: string) => boolean,
  removal: Removal,
  signal?: AbortSignal,
): Promise<void> {
  const { keypairs } = connection.compute
  await removal.remove(
    (await keypairs.all({}, { signal })).filter(({ name }) => fits(name)),
    ({ name }) => `key pair ${name}`,
    ({ name }) => keypairs.delete(name, { signal }),
  )
  signal?.throwIfAborted()
}

/** See `ServerHosting.list`. */
export async function hostedServers(
  scope: Scope,
  { ids, networkId, tags = {} }: HostedServerFilter,
  signal?: AbortSignal,
): Promise<readonly HostedServer[]> {
  const wanted = (await modelServers(scope, signal)).filter(({ metadata }) => {
    const { [TAG_SERVER]: id } = metadata
    if (id === undefined || !(ids?.includes(id) ?? true)) return false
    return Object.entries(tags).every(([key, value]) => metadata[key] === value)
  })
  if (wanted.length === 0) return []
  const [ports, floatingIps] = await Promise.all([
    hostedPorts(scope, networkId, signal),
    projectFloatingIps(scope, signal),
  ])
  return wanted.flatMap((server) => {
    const port = ports.get(server.metadata[TAG_SERVER] ?? '')
    if (networkId !== undefined && !port) return []
    return [toHostedServer(scope, server, port, floatingIps)]
  })
}

/** The server without floating IPs that lead to it no longer: Nova shows them a little longer. */
function withFloatingIps(server: Server, leading: readonly FloatingIp[]): Server {
  const known = leading.map(({ floatingIpAddress }) => floatingIpAddress)
  const addresses = Object.entries(server.addresses).map(([network, all]) => [
    network,
    all.filter(({ address, type }) => type !== 'floating' || known.includes(address)),
  ])
  return { ...server, addresses: Object.fromEntries(addresses) }
}

/** A server with what Neutron knows of it: of floating IPs it is the one to ask. */
export function toHostedServer(
  scope: Scope,
  server: Server,
  port: Port | undefined,
  floatingIps: readonly FloatingIp[],
): HostedServer {
  const { id: instanceId, metadata: tags, imageId } = server
  const leading = floatingIps.filter((floatingIp) => leadsTo(server, floatingIp))
  return {
    id: tags[TAG_SERVER] ?? '',
    instanceId,
    name: hostedName(scope, server.name),
    networkId: port?.networkId ?? '',
    ...(imageId === undefined ? {} : { imageId }),
    status: hostedStatus(server),
    addresses: serverAddresses(withFloatingIps(server, leading), leading),
    securityGroups: port?.securityGroups ?? [],
    allowedSourceAddresses: port?.allowedAddressPairs.map(({ ipAddress }) => ipAddress) ?? [],
    tags,
  }
}
