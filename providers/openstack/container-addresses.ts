/**
 * Addresses for containers on a machine. Neutron keeps the address with a port of its own, and lets it through the
 * machine's port, which without that drops what does not come from the machine's own address.
 */

import {
  ConflictError,
  findError,
  ForbiddenError,
  type InterfaceInfo,
  NotFoundError,
  NotSupportedError,
} from 'cloud-environs/provider'
import type { AllowedAddressPair, Port } from './api/index.ts'
import { type MachineOwner, markOf } from './machine-groups.ts'
import type { Scope } from './scope.ts'

const EXTENSION = 'allowed-address-pairs'
/** How often a port that others change at the same time is tried again. */
const ATTEMPTS = 5

/** A container's interface, and the machine that the container is on. */
export interface ContainerAddressWish {
  readonly owner: MachineOwner
  /** The machine's ports. */
  readonly ports: readonly Port[]
  readonly containerTag: string
  readonly wanted: InterfaceInfo
}

/** The interface with an address. @throws NotSupportedError where the cloud lets no further address through */
export async function allocateContainerAddress(
  scope: Scope,
  { owner, ports, containerTag, wanted }: ContainerAddressWish,
  signal?: AbortSignal,
): Promise<InterfaceInfo> {
  const { providerSubnetId: subnetId } = wanted
  const { network } = scope.connection
  const host = ports.find(({ fixedIps }) => fixedIps.some((ip) => ip.subnetId === subnetId))
  if (!host || subnetId === undefined) {
    throw new NotFoundError(
      `the machine of container ${containerTag} is not on subnet ${subnetId ?? '(none)'}`,
      {
        resource: `subnet ${subnetId ?? '(none)'}`,
        hint: 'give the container interfaces on subnets that its machine is on',
      },
    )
  }
  if (host.portSecurityEnabled && !(await network.extensions.has(EXTENSION, { signal }))) {
    throw unsupported(`the cloud is without the extension ${EXTENSION}`)
  }
  const port = await network.ports.create(
    {
      name: `${markOf(owner)}-${containerTag}`,
      description: markOf(owner),
      networkId: host.networkId,
      fixedIps: [{ subnetId }],
      ...(host.portSecurityEnabled ? { securityGroups: host.securityGroups } : {}),
    },
    { signal },
  )
  try {
    const pairs = port.fixedIps.map(({ ipAddress }) => ({ ipAddress, macAddress: port.macAddress }))
    await changePairs(scope, host.id, (present) => [...present, ...pairs], signal)
  } catch (error) {
    await network.ports.delete(port.id)
    throw findError(error, ForbiddenError) ? unsupported('this is not allowed on the network', error) : error
  }
  return {
    ...wanted,
    macAddress: port.macAddress,
    providerId: port.id,
    providerNetworkId: port.networkId,
    addresses: port.fixedIps.map(({ ipAddress }) => ({
      value: ipAddress,
      type: ipAddress.includes(':') ? ('ipv6' as const) : ('ipv4' as const),
      scope: 'local-cloud' as const,
    })),
  }
}

/** Gives the address back. What is gone already is no error. */
export async function releaseContainerAddress(
  scope: Scope,
  portId: string,
  signal?: AbortSignal,
): Promise<void> {
  const { ports } = scope.connection.network
  const [port] = await ports.all({ id: portId }, { signal })
  if (!port) return
  const hosts = (await ports.all({ networkId: port.networkId }, { signal })).filter(
    ({ allowedAddressPairs }) => allowedAddressPairs.some(({ macAddress }) => macAddress === port.macAddress),
  )
  for (const { id } of hosts) {
    const without = (present: readonly AllowedAddressPair[]) =>
      present.filter(({ macAddress }) => macAddress !== port.macAddress)
    await changePairs(scope, id, without, signal)
  }
  await ports.delete(port.id, { signal })
}

/** Changes the pairs of a port as they are now: others may change them at the same time. */
async function changePairs(
  { connection }: Scope,
  portId: string,
  change: (present: readonly AllowedAddressPair[]) => readonly AllowedAddressPair[],
  signal?: AbortSignal,
): Promise<void> {
  const { ports } = connection.network
  for (let attempt = 1; ; attempt++) {
    const [port] = await ports.all({ id: portId }, { signal })
    // Without port security everything passes.
    if (!port?.portSecurityEnabled) return
    const { allowedAddressPairs, revisionNumber } = port
    try {
      await ports.update(
        portId,
        { allowedAddressPairs: change(allowedAddressPairs) },
        { signal, revisionNumber },
      )
      return
    } catch (error) {
      if (!findError(error, ConflictError) || attempt === ATTEMPTS) throw error
    }
  }
}

const unsupported = (why: string, cause?: unknown): NotSupportedError =>
  new NotSupportedError(`containers cannot have addresses of their own: ${why}`, {
    operation: 'allocateContainerAddresses',
    hint: 'connect containers through their machine',
    ...(cause === undefined ? {} : { cause }),
  })
