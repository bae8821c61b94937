import type { Region } from '../cloud.ts'
import type { Port, SecurityGroupRule } from '../neutron/resources.ts'
import type { NetworkState } from '../neutron/state.ts'
import type { Server } from '../nova/server.ts'

/** The port behind a fixed or a floating address. */
function portAt(network: NetworkState, address: string): Port | undefined {
  for (const { floating_ip_address, port_id } of network.floatingIps.values()) {
    if (floating_ip_address === address) return network.ports.get(port_id ?? '')
  }
  for (const port of network.ports.values()) {
    if (port.fixed_ips.some(({ ip_address }) => ip_address === address)) return port
  }
  return undefined
}

/** Lets everybody in: rules for single addresses or groups do not count, since nobody here has an address. */
function lets(rule: SecurityGroupRule, tcpPort: number): boolean {
  const { direction, protocol, port_range_min, port_range_max, remote_ip_prefix, remote_group_id } = rule
  const anybody = remote_group_id === null && (remote_ip_prefix === null || remote_ip_prefix.endsWith('/0'))
  return (
    direction === 'ingress' &&
    anybody &&
    (protocol === null || protocol === 'tcp' || protocol === '6') &&
    (port_range_min === null || port_range_min <= tcpPort) &&
    (port_range_max === null || port_range_max >= tcpPort)
  )
}

/** A server that an outsider comes to. */
export interface Reached {
  readonly server: Server
  readonly port: Port
  /** Of its key pair. */
  readonly publicKeys: readonly string[]
}

/** The running server at an address and a TCP port; its security groups have a say. */
export function reach(regions: readonly Region[], address: string, tcpPort: number): Reached | undefined {
  for (const { network, compute } of regions) {
    const port = portAt(network, address)
    const server = compute.servers.get(port?.device_id ?? '')
    if (!port || server?.powerState !== 1) continue
    const open = [...network.securityGroupRules.values()].some(
      (rule) => port.security_groups.includes(rule.security_group_id) && lets(rule, tcpPort),
    )
    if (!open && port.port_security_enabled) continue
    const key = compute.keypairsOf(server.userId).get(server.keyName ?? '')
    return { server, port, publicKeys: key ? [key.publicKey] : [] }
  }
  return undefined
}
