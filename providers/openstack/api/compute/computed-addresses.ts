/** Which of a server's addresses is which, from the server alone: nothing is asked, and no port is tried. */

import { isIPv4 } from 'node:net'
import type { Server, ServerAddress } from './server.ts'

/** What is known of the cloud's networks, by name. */
export interface KnownNetworks {
  /** Those whose addresses are reached from outside, default those named `public`. */
  readonly external?: readonly string[] | undefined
  /** The others of interest, in order, default those named `private`. */
  readonly internal?: readonly string[] | undefined
}

type Addressed = Pick<Server, 'addresses' | 'accessIpv4' | 'accessIpv6'>

/** Where to reach the server from outside by IPv4: its access address, an external or floating one, or one that is not private. */
export function publicIpv4(server: Addressed, networks: KnownNetworks = {}): string | undefined {
  const { external = ['public'] } = networks
  return (
    server.accessIpv4 ??
    addressOn(server, external, isV4) ??
    first(server, ({ type, version }) => version === 4 && type === 'floating') ??
    first(server, (each) => isV4(each) && !isPrivateIpv4(each.address))
  )
}

/** Where the server's neighbours reach it by IPv4. With a floating address, the one behind it comes first. */
export function privateIpv4(server: Addressed, networks: KnownNetworks = {}): string | undefined {
  const { internal = ['private'] } = networks
  const floating = all(server).find(({ type }) => type === 'floating')
  const onCard = ({ macAddress }: ServerAddress) =>
    floating?.macAddress !== undefined && macAddress === floating.macAddress
  const isFixed = (each: ServerAddress) => isV4(each) && each.type === 'fixed'
  return (
    first(server, (each) => isFixed(each) && onCard(each)) ??
    addressOn(server, internal, isFixed) ??
    addressOn(server, internal, (each) => isV4(each) && each.type !== 'floating') ??
    first(server, (each) => isV4(each) && each.type !== 'floating' && isPrivateIpv4(each.address))
  )
}

/** Where to reach the server from outside by IPv6: its access address, or one that is not for its site only. */
export function publicIpv6(server: Addressed): string | undefined {
  return server.accessIpv6 ?? first(server, (each) => each.version === 6 && !isPrivateIpv6(each.address))
}

/** An IPv6 address for the site only (`fc00::/7`). */
export function privateIpv6(server: Addressed): string | undefined {
  return first(server, (each) => each.version === 6 && /^f[cd]/i.test(each.address))
}

/** All floating addresses. */
export function floatingIps(server: Addressed): readonly string[] {
  return all(server)
    .filter(({ type }) => type === 'floating')
    .map(({ address }) => address)
}

function isV4({ version }: ServerAddress): boolean {
  return version === 4
}

function all({ addresses }: Addressed): ServerAddress[] {
  return Object.values(addresses).flat()
}

function first(server: Addressed, wanted: (address: ServerAddress) => boolean): string | undefined {
  return all(server).find(wanted)?.address
}

function addressOn(
  { addresses }: Addressed,
  networks: readonly string[],
  wanted: (address: ServerAddress) => boolean,
): string | undefined {
  for (const network of networks) {
    const found = Object.hasOwn(addresses, network) ? addresses[network]?.find(wanted) : undefined
    if (found) return found.address
  }
  return undefined
}

/** Not reached from everywhere: private, shared, link-local, loopback (RFC 6890). */
function isPrivateIpv4(address: string): boolean {
  if (!isIPv4(address)) return true
  const [a = 0, b = 0] = address.split('.').map(Number)
  return (
    a === 10 ||
    a === 127 ||
    a === 0 ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 169 && b === 254) ||
    (a === 100 && b >= 64 && b < 128)
  )
}

function isPrivateIpv6(address: string): boolean {
  return /^(f[cd]|fe[89ab]|::1$)/i.test(address)
}
