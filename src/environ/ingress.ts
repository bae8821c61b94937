/** Reading, checking and comparing ingress rules; what every firewaller needs. */

import ipaddr from 'ipaddr.js'
import { NotValidError } from './errors.ts'
import type { IngressRule, PortRange } from './network.ts'

/** Everybody, in both families: what a rule without CIDRs means. */
export const EVERYWHERE: readonly string[] = ['0.0.0.0/0', '::/0']

/** A port range and one CIDR that may reach it. */
export interface Opening extends PortRange {
  readonly cidr: string
}

const invalid = (text: string, hint: string): NotValidError =>
  new NotValidError(`"${text}" is not a port range`, { resource: `port range ${text}`, hint })

/**
 * Reads `80/tcp`, `80-100/udp`, `80` (tcp) or `icmp`.
 * @throws NotValidError
 */
export function parsePortRange(text: string): PortRange {
  if (text === 'icmp') return { protocol: 'icmp', fromPort: -1, toPort: -1 }
  const [, from, to, protocol = 'tcp'] = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp))?$/.exec(text) ?? []
  if (from === undefined) throw invalid(text, 'write 80/tcp, 8000-8100/udp or icmp')
  const range = { protocol: protocol as 'tcp' | 'udp', fromPort: Number(from), toPort: Number(to ?? from) }
  checkPortRange(range)
  return range
}

/** Writes what {@link parsePortRange} reads. */
export function formatPortRange({ protocol, fromPort, toPort }: PortRange): string {
  if (protocol === 'icmp') return 'icmp'
  return fromPort === toPort ? `${fromPort}/${protocol}` : `${fromPort}-${toPort}/${protocol}`
}

/** @throws NotValidError when the ports are out of range or in the wrong order */
function checkPortRange(range: PortRange): void {
  const { protocol, fromPort, toPort } = range
  const ok =
    protocol === 'icmp'
      ? fromPort === -1 && toPort === -1
      : [fromPort, toPort].every(Number.isInteger) && fromPort >= 1 && toPort <= 65_535 && fromPort <= toPort
  if (!ok)
    throw invalid(formatPortRange(range), 'ports are from 1 to 65535, the lower one first; icmp has none')
}

/**
 * The canonical form of a CIDR, host bits cleared: `10.0.0.0/8`, `fd00::/64`.
 * @throws NotValidError
 */
export function canonicalCidr(text: string): string {
  // Only the plain notations: `10/8` and `010.0.0.0/8` mean different networks to different programs.
  const plain = ipaddr.IPv4.isValidCIDRFourPartDecimal(text) || (text.includes(':') && !text.includes('%'))
  const parsed = plain && ipaddr.isValidCIDR(text) ? ipaddr.parseCIDR(text) : undefined
  if (!parsed) throw new NotValidError(`"${text}" is not a CIDR`, { hint: 'write 10.0.0.0/8 or fd00::/64' })
  const [address, bits] = parsed
  const network =
    address.kind() === 'ipv4'
      ? ipaddr.IPv4.networkAddressFromCIDR(text)
      : ipaddr.IPv6.networkAddressFromCIDR(text)
  return `${network.toString()}/${bits}`
}

/**
 * One opening for each CIDR of each rule, canonical and without repeats.
 * @throws NotValidError for ports or CIDRs that are none
 */
export function openings(rules: readonly IngressRule[]): readonly Opening[] {
  const result = new Map<string, Opening>()
  for (const { protocol, fromPort, toPort, sourceCidrs = [] } of rules) {
    const range: PortRange = { protocol, fromPort, toPort }
    checkPortRange(range)
    for (const cidr of sourceCidrs.length > 0 ? sourceCidrs.map(canonicalCidr) : EVERYWHERE) {
      const opening = { ...range, cidr }
      result.set(openingKey(opening), opening)
    }
  }
  return [...result.values()]
}

/** Equal for equal openings. */
export const openingKey = (opening: Opening): string => `${formatPortRange(opening)} ${opening.cidr}`

/** One rule for each port range, with all of its CIDRs; sorted as `Firewall.ports` promises. */
export function ingressRules(all: readonly Opening[]): readonly Required<IngressRule>[] {
  const cidrs = new Map<string, { range: PortRange; cidrs: Set<string> }>()
  for (const { cidr, ...range } of all) {
    const key = formatPortRange(range)
    const entry = cidrs.get(key) ?? { range, cidrs: new Set() }
    cidrs.set(key, entry)
    entry.cidrs.add(cidr)
  }
  return [...cidrs.values()]
    .map((entry) => ({ ...entry.range, sourceCidrs: [...entry.cidrs].sort() }))
    .sort((a, b) => a.protocol.localeCompare(b.protocol) || a.fromPort - b.fromPort || a.toPort - b.toPort)
}

/** `80-90/tcp from 10.0.0.0/8,fd00::/64`; without CIDRs everybody is meant, and not written. */
export function formatIngressRule(rule: IngressRule): string {
  const { sourceCidrs = [] } = rule
  return `${formatPortRange(rule)}${sourceCidrs.length > 0 ? ` from ${sourceCidrs.join(',')}` : ''}`
}

/**
 * What is to be opened and closed to make `target` of `current` (Juju: `IngressRules.Diff`). Port ranges that overlap
 * are different ones: the old is closed and the new is opened.
 * @throws NotValidError for ports or CIDRs that are none
 */
export function diffIngressRules(
  current: readonly IngressRule[],
  target: readonly IngressRule[],
): { readonly open: readonly Required<IngressRule>[]; readonly close: readonly Required<IngressRule>[] } {
  const [are, shall] = [openings(current), openings(target)]
  const missing = (all: readonly Opening[], from: readonly Opening[]): readonly Opening[] => {
    const keys = new Set(from.map(openingKey))
    return all.filter((opening) => !keys.has(openingKey(opening)))
  }
  return { open: ingressRules(missing(shall, are)), close: ingressRules(missing(are, shall)) }
}

/**
 * The rules for the other family only; one that is for none other is left out (Juju: `RemoveCidrsByAddressType`).
 * @throws NotValidError for ports or CIDRs that are none
 */
export const withoutFamily = (
  rules: readonly IngressRule[],
  family: 'ipv4' | 'ipv6',
): readonly Required<IngressRule>[] =>
  ingressRules(openings(rules).filter(({ cidr }) => (cidr.includes(':') ? 'ipv6' : 'ipv4') !== family))
