import type { Access } from '../access.ts'
import type { Identity } from '../keystone/identity.ts'
import type { NetworkOption } from '../options.ts'
import { addNetwork } from './networks.ts'
import { addRouter, joinSubnet, setGateway } from './routers.ts'
import type { NetworkState } from './state.ts'
import { addSubnet } from './subnets.ts'

/** Makes the networks of the options, and `router1` of the project demo between them and the external one. */
export function seedNetworks(
  state: NetworkState,
  identity: Identity,
  access: Access,
  options: readonly NetworkOption[],
): void {
  const demo = identity.projectNamed('demo')?.id ?? ''
  const router = addRouter(state, demo, { name: 'router1' })
  for (const option of options) {
    const external = option.external === true
    const owner = option.project ?? (external ? 'admin' : 'demo')
    const projectId = identity.projectNamed(owner)?.id ?? ''
    const network = addNetwork(state, projectId, {
      name: option.name,
      shared: option.shared,
      'router:external': external,
      is_default: external && !router.external_gateway_info,
      port_security_enabled: option.portSecurityEnabled,
    })
    for (const wanted of option.subnets ?? []) {
      const subnet = addSubnet(state, network, projectId, {
        name: wanted.name ?? '',
        cidr: wanted.cidr,
        ...(wanted.gatewayIp !== undefined && { gateway_ip: wanted.gatewayIp }),
        dns_nameservers: wanted.dnsNameservers ?? [],
      })
      const routed = option.routed ?? projectId === demo
      if (!external && routed && subnet.gateway_ip !== null) joinSubnet(state, access, router, subnet)
    }
    if (external && !router.external_gateway_info) {
      setGateway(state, access, router, { network_id: network.id })
    }
  }
}
