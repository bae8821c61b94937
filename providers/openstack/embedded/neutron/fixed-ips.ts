import type { Access } from '../access.ts'
import { isObject, isText, type JsonObject } from '../json.ts'
import { contains, parseAddress, parseCidr } from './addresses.ts'
import { neutronError } from './errors.ts'
import type { FixedIp, Network, Port } from './resources.ts'
import type { NetworkState } from './state.ts'
import { usableSubnet } from './subnets.ts'

/** One address of each IP version the network has. */
export function takeAny(state: NetworkState, network: Network): FixedIp[] {
  const subnets = state.subnetsOf(network.id)
  return ([4, 6] as const).flatMap((version) => {
    const candidates = subnets.filter((subnet) => subnet.ip_version === version)
    if (candidates.length === 0) return []
    for (const subnet of candidates) {
      const address = state.pools.get(subnet.id)?.takeAny()
      if (address !== undefined) return [{ subnet_id: subnet.id, ip_address: address }]
    }
    throw exhausted(network.id)
  })
}

function exhausted(networkId: string): Error {
  return neutronError(
    409,
    'IpAddressGenerationFailure',
    `No more IP addresses available on network ${networkId}.`,
  )
}

export function takeAsked(
  state: NetworkState,
  access: Access,
  network: Network,
  asked: readonly unknown[],
): FixedIp[] {
  const taken: FixedIp[] = []
  try {
    for (const item of asked) if (isObject(item)) taken.push(takeOne(state, access, network, item))
  } catch (error) {
    for (const each of taken) state.pools.get(each.subnet_id)?.release(each.ip_address)
    throw error
  }
  return taken
}

function takeOne(state: NetworkState, access: Access, network: Network, asked: JsonObject): FixedIp {
  const wanted = isText(asked.ip_address) ? parseAddress(asked.ip_address) : undefined
  const candidates = isText(asked.subnet_id)
    ? [usableSubnet(state, access, asked.subnet_id)]
    : state.subnetsOf(network.id)
  if (candidates.some((subnet) => subnet.network_id !== network.id)) {
    throw neutronError(
      400,
      'InvalidIpForNetwork',
      `Subnet ${String(asked.subnet_id)} is not on network ${network.id}.`,
    )
  }
  if (!wanted) {
    for (const subnet of candidates) {
      const address = state.pools.get(subnet.id)?.takeAny()
      if (address !== undefined) return { subnet_id: subnet.id, ip_address: address }
    }
    throw exhausted(network.id)
  }
  const subnet = candidates.find((each) => {
    const cidr = parseCidr(each.cidr)
    return cidr !== undefined && contains(cidr, wanted)
  })
  const address = String(asked.ip_address)
  if (!subnet) {
    throw isText(asked.subnet_id)
      ? neutronError(
          400,
          'InvalidIpForSubnet',
          `IP address ${address} is not a valid IP for the specified subnet.`,
        )
      : neutronError(
          400,
          'InvalidIpForNetwork',
          `IP address ${address} is not a valid IP for any of the subnets on the specified network.`,
        )
  }
  if (!state.pools.get(subnet.id)?.take(wanted.value)) {
    throw neutronError(
      409,
      'IpAddressAlreadyAllocated',
      `IP address ${address} already allocated in subnet ${subnet.id}`,
    )
  }
  return { subnet_id: subnet.id, ip_address: address }
}

/** Keeps the addresses that are asked again, frees the others, takes the new ones. */
export function replaceAddresses(
  state: NetworkState,
  access: Access,
  network: Network,
  port: Port,
  asked: readonly unknown[],
): void {
  const kept = port.fixed_ips.filter((each) =>
    asked.some((item) => isObject(item) && item.ip_address === each.ip_address),
  )
  const fresh = asked.filter(
    (item) => isObject(item) && !kept.some((each) => each.ip_address === item.ip_address),
  )
  const taken = takeAsked(state, access, network, fresh)
  for (const each of port.fixed_ips) {
    if (!kept.includes(each)) state.pools.get(each.subnet_id)?.release(each.ip_address)
  }
  port.fixed_ips = [...kept, ...taken]
}
