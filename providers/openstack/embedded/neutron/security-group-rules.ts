import { asText, isText, type JsonObject } from '../json.ts'
import { anything, nullable, oneOf, STANDARD, text } from './attributes.ts'
import { formatCidr, parseCidr } from './addresses.ts'
import { type Collection, isVisible } from './collection.ts'
import { neutronError } from './errors.ts'
import { newResource, type SecurityGroupRule, touch } from './resources.ts'
import { ruleView } from './rule-view.ts'
import { securityGroups } from './security-groups.ts'

export const securityGroupRules: Collection<SecurityGroupRule> = {
  singular: 'security_group_rule',
  plural: 'security_group_rules',
  isTaggable: false,
  attributes: {
    ...STANDARD,
    security_group_id: { read: text, required: true },
    direction: { read: oneOf('ingress', 'egress'), required: true },
    ethertype: { read: anything },
    protocol: { read: anything },
    port_range_min: { read: anything },
    port_range_max: { read: anything },
    remote_ip_prefix: { read: nullable(text) },
    remote_group_id: { read: nullable(text) },
    remote_address_group_id: { read: anything },
    normalized_cidr: { read: anything, post: false },
  },
  store: (state) => state.securityGroupRules,
  view: (_state, rule) => ruleView(rule),
  notFound: (id) =>
    neutronError(404, 'SecurityGroupRuleNotFound', `Security group rule ${id} does not exist`),
  create(state, access, given) {
    const wanted = readRule(given)
    const group = state.securityGroups.get(wanted.security_group_id)
    if (!group || !isVisible(securityGroups, state, access, group)) {
      throw securityGroups.notFound(wanted.security_group_id)
    }
    const remote = wanted.remote_group_id
    if (remote !== null) {
      const other = state.securityGroups.get(remote)
      if (!other || !isVisible(securityGroups, state, access, other)) throw securityGroups.notFound(remote)
    }
    const twin = [...state.securityGroupRules.values()].find((rule) => isSame(rule, wanted))
    if (twin) {
      throw neutronError(
        409,
        'SecurityGroupRuleExists',
        `Security group rule already exists. Rule id is ${twin.id}.`,
      )
    }
    state.claim('security_group_rule', group.project_id)
    const rule: SecurityGroupRule = { ...newResource(group.project_id, given), ...wanted }
    state.securityGroupRules.set(rule.id, rule)
    touch(group)
    return rule
  },
  remove(state, _access, rule) {
    state.securityGroupRules.delete(rule.id)
    const group = state.securityGroups.get(rule.security_group_id)
    if (group) touch(group)
  },
}

type Wanted = Pick<
  SecurityGroupRule,
  | 'security_group_id'
  | 'direction'
  | 'ethertype'
  | 'protocol'
  | 'port_range_min'
  | 'port_range_max'
  | 'remote_ip_prefix'
  | 'remote_group_id'
  | 'normalized_cidr'
>

/** IP protocol numbers by Neutron's names. `ip` stands for any. */
const PROTOCOLS: Readonly<Record<string, number>> = {
  ah: 51,
  dccp: 33,
  egp: 8,
  esp: 50,
  gre: 47,
  hopopt: 0,
  icmp: 1,
  igmp: 2,
  ip: 0,
  ipip: 4,
  'ipv6-encap': 41,
  'ipv6-frag': 44,
  'ipv6-icmp': 58,
  icmpv6: 58,
  'ipv6-nonxt': 59,
  'ipv6-opts': 60,
  'ipv6-route': 43,
  ospf: 89,
  pgm: 113,
  rsvp: 46,
  sctp: 132,
  tcp: 6,
  udp: 17,
  udplite: 136,
  vrrp: 112,
}

const WITH_PORTS = [33, 132, 6, 17, 136]
const ICMP = [1, 58]
const ONLY_V6 = ['icmpv6', 'ipv6-icmp', 'ipv6-encap', 'ipv6-frag', 'ipv6-nonxt', 'ipv6-opts', 'ipv6-route']

function readRule(given: JsonObject): Wanted {
  const ethertype = readEthertype(given.ethertype)
  const protocol = readProtocol(given.protocol)
  const prefix = isText(given.remote_ip_prefix) ? given.remote_ip_prefix : null
  const min = readPort(given.port_range_min, protocol)
  const max = readPort(given.port_range_max, protocol)
  checkPorts(protocol, min, max)
  const cidr = prefix === null ? undefined : parseCidr(prefix)
  if (prefix !== null && !cidr) {
    throw neutronError(400, 'InvalidCIDR', `Invalid CIDR ${prefix} given as IP prefix.`)
  }
  if (cidr && ethertype !== `IPv${cidr.version}`) {
    throw neutronError(
      400,
      'SecurityGroupRuleParameterConflict',
      `Conflicting value ethertype ${ethertype} for CIDR ${prefix}`,
    )
  }
  if (ethertype === 'IPv4' && protocol !== null && ONLY_V6.includes(protocol)) {
    throw neutronError(
      400,
      'SecurityGroupEthertypeConflictWithProtocol',
      `Invalid ethertype ${ethertype} for protocol ${protocol}.`,
    )
  }
  const remotes = [prefix, given.remote_group_id, given.remote_address_group_id].filter(
    (each) => each !== null && each !== undefined && each !== '',
  )
  if (remotes.length > 1) {
    throw neutronError(
      400,
      'SecurityGroupMultipleRemoteEntites',
      'Only one of remote_ip_prefix or remote_group_id or remote_address_group_id may be provided.',
    )
  }
  const everyPort = min === 1 && max === 65_535
  return {
    security_group_id: String(given.security_group_id),
    direction: String(given.direction),
    ethertype,
    // Under IPv6 Neutron knows both ICMP names as one.
    protocol: ethertype === 'IPv6' && protocol !== null && ICMP6.includes(protocol) ? 'ipv6-icmp' : protocol,
    port_range_min: everyPort ? null : min,
    port_range_max: everyPort ? null : max,
    remote_ip_prefix: prefix === null || prefix.includes('/') || !cidr ? prefix : formatCidr(cidr),
    remote_group_id: isText(given.remote_group_id) ? given.remote_group_id : null,
    normalized_cidr: cidr ? formatCidr(cidr) : null,
  }
}

const ICMP6 = ['icmp', 'icmpv6', 'ipv6-icmp']

function readEthertype(given: unknown): string {
  const wanted = given === undefined || given === null ? 'IPv4' : asText(given)
  const known = ['IPv4', 'IPv6'].find((each) => each.toLowerCase() === wanted.toLowerCase())
  if (known) return known
  throw neutronError(
    400,
    'SecurityGroupRuleInvalidEtherType',
    `Security group rule for ethertype '${wanted}' not supported. Allowed values are ['IPv4', 'IPv6'].`,
  )
}

function readProtocol(given: unknown): string | null {
  if (given === undefined || given === null || given === '') return null
  const protocol = asText(given).toLowerCase()
  if (protocol in PROTOCOLS) return protocol
  if (/^\d+$/.test(protocol) && Number(protocol) <= 255) return protocol
  const names = Object.keys(PROTOCOLS).map((name) => `'${name}'`)
  throw neutronError(
    400,
    'SecurityGroupRuleInvalidProtocol',
    `Security group rule protocol ${asText(given)} not supported. Only protocol values [None, ${names.join(', ')}] and integer representations [0 to 255] are supported.`,
  )
}

function readPort(given: unknown, protocol: string | null): number | null {
  if (given === undefined || given === null || given === '') return null
  const port = Number(given)
  const largest = protocol !== null && ICMP.includes(protocolNumber(protocol)) ? Number.MAX_VALUE : 65_535
  if (Number.isInteger(port) && port >= 0 && port <= largest) return port
  throw neutronError(400, 'SecurityGroupInvalidPortValue', `Invalid value for port ${asText(given)}`)
}

function protocolNumber(protocol: string): number {
  return PROTOCOLS[protocol] ?? Number(protocol)
}

function checkPorts(protocol: string | null, min: number | null, max: number | null): void {
  if (min === null && max === null) return
  if (protocol === null) {
    throw neutronError(
      400,
      'SecurityGroupProtocolRequiredWithPorts',
      'Must also specify protocol if port range is given.',
    )
  }
  const number = protocolNumber(protocol)
  if (ICMP.includes(number)) return checkIcmp(min, max)
  if (!WITH_PORTS.includes(number) && !(min === 1 && max === 65_535)) {
    throw neutronError(
      400,
      'SecurityGroupInvalidProtocolForPort',
      `Ports cannot be specified for protocol ${number}. Ports are only supported for DCCP, SCTP, TCP, UDP, UDPLITE.`,
    )
  }
  if (min === 0 || max === 0) {
    throw neutronError(400, 'SecurityGroupInvalidPortValue', 'Invalid value for port 0')
  }
  if (min === null || max === null || min > max) {
    throw neutronError(
      400,
      'SecurityGroupInvalidPortRange',
      'For TCP/UDP protocols, port_range_min must be <= port_range_max',
    )
  }
}

function checkIcmp(type: number | null, code: number | null): void {
  const fields = [
    ['type', 'port_range_min', type],
    ['code', 'port_range_max', code],
  ] as const
  for (const [field, attribute, value] of fields) {
    if (value === null || value <= 255) continue
    throw neutronError(
      400,
      'SecurityGroupInvalidIcmpValue',
      `Invalid value for ICMP ${field} (${attribute}) ${value}. It must be 0 to 255.`,
    )
  }
  if (type === null && code !== null) {
    throw neutronError(
      400,
      'SecurityGroupMissingIcmpType',
      `ICMP code (port-range-max) ${code} is provided but ICMP type (port-range-min) is missing.`,
    )
  }
}

/** Neutron's idea of the same rule: `6` is `tcp`, an any-address prefix is none, the description does not count. */
function isSame(rule: SecurityGroupRule, wanted: Wanted): boolean {
  return (
    rule.security_group_id === wanted.security_group_id &&
    rule.direction === wanted.direction &&
    rule.ethertype === wanted.ethertype &&
    sameProtocol(rule.protocol, wanted.protocol) &&
    rule.port_range_min === wanted.port_range_min &&
    rule.port_range_max === wanted.port_range_max &&
    rule.remote_group_id === wanted.remote_group_id &&
    prefixOf(rule) === prefixOf(wanted)
  )
}

function sameProtocol(one: string | null, other: string | null): boolean {
  if (one === null || other === null) return one === other
  return protocolNumber(one) === protocolNumber(other)
}

function prefixOf({ remote_ip_prefix: prefix }: Wanted): string | null {
  return prefix === '0.0.0.0/0' || prefix === '::/0' ? null : prefix
}
