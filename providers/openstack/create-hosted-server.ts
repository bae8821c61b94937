/** Makes a server of the server service: its port first, then the server on it, then what leads to it from outside. */

import {
  canonicalCidr,
  type HostedServer,
  type HostedServerNetworking,
  type HostedServerParams,
  resourceTags,
  TAG_MODEL,
  TAG_SERVER,
} from 'cloud-environs/provider'
import { checkHostname, checkUserData } from './api/compute/server-input.ts'
import { type CreateServer, outcomeUnknown, type UpdatePort } from './api/index.ts'
import { removeHostedRest, toHostedServer } from './hosted-servers.ts'
import { hostedId, markOf } from './machine-groups.ts'
import { serverName } from './names.ts'
import { usableNetwork } from './networks.ts'
import { allocatePublicAddress, type WayOut, wayOut } from './public-addresses.ts'
import { Removal } from './removal.ts'
import { rootDiskOf } from './root-disk.ts'
import type { Scope } from './scope.ts'
import type { SecurityGroups } from './security-groups.ts'
import { createServer, undo } from './server-creation.ts'
import { whenActive } from './server-status.ts'

const MIB_PER_GIB = 1024
const OPERATION = 'create server'

/** What a server's port is to have. @throws NotValidError for what is no CIDR */
export const portNetworking = ({
  securityGroups,
  allowedSourceAddresses,
}: HostedServerNetworking): Required<Pick<UpdatePort, 'securityGroups' | 'allowedAddressPairs'>> => ({
  securityGroups: [...new Set(securityGroups)],
  allowedAddressPairs: [...new Set(allowedSourceAddresses.map(canonicalCidr))].map((ipAddress) => ({
    ipAddress,
  })),
})

/** User data as Nova takes it. @throws NotValidError when it is too long */
export function hostedUserData(userData: Uint8Array | undefined): string | undefined {
  const encoded = userData && Buffer.from(userData).toString('base64')
  checkUserData(encoded)
  return encoded
}

/** Nova takes none of one letter: then it makes one of the server's whole name in the cloud. */
const hostnameOf = (name: string): string | undefined => (name.length === 1 ? undefined : name)

/** What a server is made of: looked up, and checked, before anything is made. */
interface Plan {
  readonly networking: ReturnType<typeof portNetworking>
  readonly server: Pick<CreateServer, 'flavor' | 'hostname' | 'userData' | 'image' | 'blockDevices'>
  /** For the public address, if one is wanted. */
  readonly way: WayOut | undefined
}

async function plan(scope: Scope, params: HostedServerParams, signal?: AbortSignal): Promise<Plan> {
  const { name, networkId, imageId, instanceTypeId, publicIp } = params
  const hostname = hostnameOf(name)
  checkHostname(hostname)
  const networking = portNetworking(params)
  const userData = hostedUserData(params.userData)
  const { compute, image } = scope.connection
  const [network, { id, minDisk }, flavor] = await Promise.all([
    usableNetwork(scope, networkId, signal),
    image.images.get(imageId, { signal }),
    compute.flavors.get(instanceTypeId, { signal }),
  ])
  // Most clouds let only volumes boot on flavors without a disk.
  const rootDisk = rootDiskOf(flavor.disk === 0 ? { rootDiskSource: 'volume' } : {}, {
    id,
    minDisk: minDisk * MIB_PER_GIB,
  })
  return {
    networking,
    server: { flavor: flavor.id, hostname, userData, ...rootDisk },
    way: publicIp ? await wayOut(scope, [network], signal) : undefined,
  }
}

/** See `ServerHosting.create`; there is no server with this id. */
export async function createHostedServer(
  scope: Scope,
  groups: SecurityGroups,
  controllerUuid: string,
  params: HostedServerParams,
  signal?: AbortSignal,
): Promise<HostedServer> {
  const { id: serverId, name, networkId, sshPublicKey } = params
  const { networking, server: wanted, way } = await plan(scope, params, signal)
  const { compute, network } = scope.connection
  const config = scope.config()
  const of = `server ${serverId}`
  const mark = markOf({ controllerUuid, modelUuid: config.uuid, machineId: hostedId(serverId) })
  const serverMark = {
    name: serverName(config, name),
    tags: { [TAG_MODEL]: config.uuid, [TAG_SERVER]: serverId },
  }
  const userTags = { ...config.resourceTags, ...params.tags }
  const metadata = {
    ...resourceTags({ modelUuid: config.uuid, controllerUuid, userTags }),
    [TAG_SERVER]: serverId,
  }
  const removeRest = (removal: Removal, signal?: AbortSignal): Promise<void> =>
    removeHostedRest(scope, groups, serverId, removal, signal)
  // Of an attempt that was killed.
  const left = new Removal()
  await removeRest(left, signal)
  left.throwRefused(OPERATION)
  let id: string | undefined
  let asked = false
  try {
    const port = await network.ports.create(
      { ...networking, networkId, name: serverMark.name, description: mark },
      { signal },
    )
    if (sshPublicKey !== undefined)
      await compute.keypairs.create({ name: mark, publicKey: sshPublicKey }, { signal })
    asked = true
    id = await createServer(
      scope,
      serverMark,
      {
        ...wanted,
        metadata,
        networks: [{ port: port.id }],
        ...(sshPublicKey === undefined ? {} : { keyName: mark }),
      },
      signal,
    )
    const server = await scope.watcher.until(id, whenActive(id), { signal, goal: 'ACTIVE' })
    // The server has the key by now.
    if (sshPublicKey !== undefined) await compute.keypairs.delete(mark, { signal })
    const floatingIp = way && (await allocatePublicAddress(scope, id, way, mark, signal))
    return toHostedServer(scope, server, port, floatingIp ? [floatingIp] : [])
  } catch (error) {
    throw await undo(
      scope,
      {
        of,
        operation: OPERATION,
        hint: 'delete the server, or destroy the model, to remove the rest',
        mark: serverMark,
        id,
        maybe: asked && (signal?.aborted === true || outcomeUnknown(error)),
        removeRest,
      },
      error,
    )
  }
}
