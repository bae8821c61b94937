/** Ports made for a machine: one on a subnet of each space that it is to be in. */

import { NotFoundError } from 'cloud-environs/provider'
import type { InterfaceInfo } from 'cloud-environs/provider'
import type { Network, Port } from './api/index.ts'
import { listed } from './networks.ts'
import type { Scope } from './scope.ts'

/** A subnet for one interface. */
export interface ChosenSubnet {
  readonly subnetId: string
  readonly network: Network
}

/**
 * The subnet for one interface, at random among those that fit. They map to the zones that they can be used in; none
 * of these means all. @throws NotFoundError naming the networks there are
 */
export function chooseSubnet(
  { services }: Scope,
  subnets: ReadonlyMap<string, readonly string[]>,
  networks: readonly Network[],
  zone: string | undefined,
): ChosenSubnet {
  const ids = [...subnets.keys()]
  const inZone = ids.filter((id) => zone !== undefined && subnets.get(id)?.includes(zone))
  const anywhere = ids.filter((id) => zone === undefined || subnets.get(id)?.length === 0)
  const fitting = inZone.length > 0 ? inZone : anywhere
  const subnetId = fitting[Math.floor(services.random.number() * fitting.length)]
  const network = networks.find(({ subnets: own }) => subnetId !== undefined && own.includes(subnetId))
  if (subnetId !== undefined && network) return { subnetId, network }
  const what =
    subnetId === undefined
      ? `no subnet of ${ids.join(', ') || 'none'} is in zone "${zone}"`
      : `subnet ${subnetId} is on none of the model's networks`
  throw new NotFoundError(what, {
    resource: 'subnet',
    hint: `the model's networks are: ${listed(networks)}`,
  })
}

/** Makes a port on each, or none. They are marked with their owner's name, and removed with it. */
export async function createMachinePorts(
  { connection }: Scope,
  subnets: readonly ChosenSubnet[],
  securityGroups: readonly string[] | undefined,
  mark: string,
  signal?: AbortSignal,
): Promise<readonly Port[]> {
  const creates = subnets.map(({ subnetId, network }, index) => ({
    name: `${mark}-${index}`,
    description: mark,
    networkId: network.id,
    fixedIps: [{ subnetId }],
    ...(securityGroups ? { securityGroups } : {}),
  }))
  return await connection.network.ports.createMany(creates, { signal })
}

/** What the machine's own network configuration is made of. */
export const interfaceInfos = (ports: readonly Port[]): readonly InterfaceInfo[] =>
  ports.map((port, deviceIndex) => ({
    deviceIndex,
    interfaceName: `eth${deviceIndex}`,
    macAddress: port.macAddress,
    providerId: port.id,
    providerNetworkId: port.networkId,
    ...(port.fixedIps[0] ? { providerSubnetId: port.fixedIps[0].subnetId } : {}),
    addresses: port.fixedIps.map(({ ipAddress }) => ({
      value: ipAddress,
      type: ipAddress.includes(':') ? ('ipv6' as const) : ('ipv4' as const),
      scope: 'local-cloud' as const,
    })),
    shadowAddresses: [],
    disabled: false,
  }))
