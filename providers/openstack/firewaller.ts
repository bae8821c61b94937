import {
  type CallOptions,
  EVERYWHERE,
  type Firewall,
  type IngressRule,
  ingressRules,
  type Opening,
  openingKey,
  openings,
} from 'cloud-environs/provider'
import type { SecurityGroupRule } from './api/index.ts'
import type { RuleSpec, SecurityGroups } from './security-groups.ts'

const [ANY_IPV4 = '', ANY_IPV6 = ''] = EVERYWHERE

const isIpv6 = (cidr: string): boolean => cidr.includes(':')

/** An opening as a rule. ICMP has no ports, and a name of its own in IPv6. */
function toRule({ protocol, fromPort, toPort, cidr }: Opening): RuleSpec {
  const etherType = isIpv6(cidr) ? 'IPv6' : 'IPv4'
  const common = { direction: 'ingress', etherType, remoteIpPrefix: cidr } as const
  if (protocol === 'icmp') return { ...common, protocol: etherType === 'IPv6' ? 'ipv6-icmp' : 'icmp' }
  return { ...common, protocol, portRangeMin: fromPort, portRangeMax: toPort }
}

const PROTOCOLS: Readonly<Record<string, Opening['protocol']>> = {
  tcp: 'tcp',
  udp: 'udp',
  icmp: 'icmp',
  icmpv6: 'icmp',
  'ipv6-icmp': 'icmp',
}

/** A rule as an opening; nothing for those that are none of ours: egress, between groups, of other protocols. */
function toOpening(rule: SecurityGroupRule): Opening | undefined {
  const protocol = PROTOCOLS[rule.protocol ?? '']
  if (rule.direction !== 'ingress' || rule.remoteGroupId !== undefined || protocol === undefined)
    return undefined
  const cidr = rule.remoteIpPrefix ?? (rule.etherType === 'IPv6' ? ANY_IPV6 : ANY_IPV4)
  if (protocol === 'icmp') return { protocol, fromPort: -1, toPort: -1, cidr }
  return { protocol, fromPort: rule.portRangeMin ?? 1, toPort: rule.portRangeMax ?? 65_535, cidr }
}

/** What a {@link SecurityGroupFirewall} is made of. */
export interface SecurityGroupFirewallOptions {
  readonly groups: SecurityGroups
  /** Name of the group that holds the rules. */
  readonly groupName: string
  /** Whether opening makes the group when it is not there: a machine without groups has no firewall to open. */
  readonly create: boolean
  /** Runs before each call. @throws NotValidError in a firewall mode that does not allow it */
  readonly check: (doing: string) => void
}

/** Opens ports by the rules of one security group. */
export class SecurityGroupFirewall implements Firewall {
  readonly #options: SecurityGroupFirewallOptions
  readonly #groups: SecurityGroups

  constructor(options: SecurityGroupFirewallOptions) {
    this.#options = options
    this.#groups = options.groups
  }

  async openPorts(rules: readonly IngressRule[], { signal }: CallOptions = {}): Promise<void> {
    const { groupName, create, check } = this.#options
    check('opening ports on')
    const wanted = openings(rules)
    if (wanted.length === 0) return
    const group = create
      ? await this.#groups.ensureShared(groupName, signal)
      : await this.#groups.find(groupName, signal)
    if (!group) return
    const open = new Set(group.rules.map(toOpening).map((opening) => opening && openingKey(opening)))
    const missing = wanted.filter((opening) => !open.has(openingKey(opening)))
    await this.#groups.addRules(group, missing.map(toRule), signal)
  }

  async closePorts(rules: readonly IngressRule[], { signal }: CallOptions = {}): Promise<void> {
    this.#options.check('closing ports on')
    const closing = new Set(openings(rules).map(openingKey))
    const group = await this.#groups.find(this.#options.groupName, signal)
    const ids = (group?.rules ?? []).flatMap((rule) => {
      const opening = toOpening(rule)
      return opening && closing.has(openingKey(opening)) ? [rule.id] : []
    })
    await this.#groups.deleteRules(ids, signal)
  }

  async ports({ signal }: CallOptions = {}): Promise<readonly Required<IngressRule>[]> {
    this.#options.check('retrieving ingress rules from')
    const group = await this.#groups.find(this.#options.groupName, signal)
    return ingressRules((group?.rules ?? []).map(toOpening).filter((opening) => opening !== undefined))
  }
}
