import type { JsonObject } from '../json.ts'

/** Extensions that are really there: alias and name. */
const EXTENSIONS: readonly (readonly [alias: string, name: string])[] = [
  ['allowed-address-pairs', 'Allowed Address Pairs'],
  ['availability_zone', 'Availability Zone'],
  ['binding', 'Port Binding'],
  ['dns-integration', 'DNS Integration'],
  ['ext-gw-mode', 'Neutron L3 Configurable external gateway mode'],
  ['external-net', 'Neutron external network'],
  ['extra_dhcp_opt', 'Neutron Extra DHCP options'],
  ['filter-validation', 'Filter parameters validation'],
  ['extraroute', 'Neutron Extra Route'],
  ['fip-port-details', 'Floating IP Port Details Extension'],
  ['ip-substring-filtering', 'IP address substring filtering'],
  ['net-mtu', 'Network MTU'],
  ['net-mtu-writable', 'Network MTU (writable)'],
  ['pagination', 'Pagination support'],
  ['port-security', 'Port Security'],
  ['port-security-groups-filtering', 'Port filtering on security groups'],
  ['project-id', 'project_id field enabled'],
  ['provider', 'Provider Network'],
  ['quota_details', 'Quota details management support'],
  ['quotas', 'Quota management support'],
  ['revision-if-match', 'If-Match constraints based on revision_number'],
  ['router', 'Neutron L3 Router'],
  ['security-group', 'security-group'],
  ['security-groups-normalized-cidr', 'Normalized CIDR field for security group rules'],
  ['sorting', 'Sorting support'],
  ['standard-attr-description', 'standard-attr-description'],
  ['standard-attr-revisions', 'Resource revision numbers'],
  ['standard-attr-tag', 'Tag support for resources with standard attribute'],
  ['standard-attr-timestamp', 'Resource timestamps'],
  ['stateful-security-group', 'Stateful security group'],
]

export function extensions(): JsonObject[] {
  return EXTENSIONS.map(([alias, name]) => ({
    alias,
    name,
    description: name,
    updated: '2022-10-05T10:00:00-00:00',
    links: [],
  }))
}
