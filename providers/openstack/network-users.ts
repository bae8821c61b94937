/** Who has ports on a network, and what of it is the cloud's own. */

import type { NetworkUser } from 'cloud-environs/provider'
import type { Port } from './api/index.ts'
import { hostedMarkId, hostedName } from './hosted-servers.ts'
import { ROUTER_INTERFACES } from './public-addresses.ts'
import type { Scope } from './scope.ts'

/** Owners of ports that come and go with the network, or with the routers on it. */
const PLUMBING = ['network:dhcp', 'network:distributed', 'network:router_centralized_snat']

/** A network's ports, sorted by what they are. */
export interface NetworkPorts {
  readonly users: readonly NetworkUser[]
  /** Ends of the project's own routers. */
  readonly routerInterfaces: readonly Port[]
}

/** All that is on the network. */
export async function networkPorts(
  scope: Scope,
  networkId: string,
  signal?: AbortSignal,
): Promise<NetworkPorts> {
  const { identity, network } = scope.connection
  const projectId = (await identity.authenticate({ signal })).project?.id
  const [ports, routers] = await Promise.all([
    network.ports.all({ networkId }, { signal }),
    network.routers.all({ projectId }, { signal }),
  ])
  const own = new Set(routers.map(({ id }) => id))
  const routerInterfaces = ports.filter(
    ({ deviceOwner, deviceId }) => ROUTER_INTERFACES.includes(deviceOwner) && own.has(deviceId),
  )
  return {
    users: ports
      .filter((port) => !routerInterfaces.includes(port) && !PLUMBING.includes(port.deviceOwner))
      .map((port) => networkUser(scope, port)),
    routerInterfaces,
  }
}

/** A port without a name is called by what owns it. */
function networkUser(scope: Scope, { id, name, description, deviceId, deviceOwner }: Port): NetworkUser {
  const serverId = hostedMarkId(scope, description)
  if (serverId === undefined) {
    return { kind: 'port', id, name: name || [deviceOwner, deviceId].filter(Boolean).join(' ') }
  }
  const called = hostedName(scope, name)
  return deviceId === ''
    ? { kind: 'port', id, name: called, serverId }
    : { kind: 'server', id: deviceId, name: called, serverId }
}
