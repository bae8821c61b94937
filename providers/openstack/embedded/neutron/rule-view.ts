import type { JsonObject } from '../json.ts'
import { type SecurityGroupRule, standardView } from './resources.ts'

export function ruleView(rule: SecurityGroupRule): JsonObject {
  const { name: _name, tags: _tags, ...standard } = standardView(rule)
  return {
    ...standard,
    security_group_id: rule.security_group_id,
    ethertype: rule.ethertype,
    direction: rule.direction,
    protocol: rule.protocol,
    port_range_min: rule.port_range_min,
    port_range_max: rule.port_range_max,
    remote_ip_prefix: rule.remote_ip_prefix,
    remote_address_group_id: null,
    normalized_cidr: rule.normalized_cidr,
    remote_group_id: rule.remote_group_id,
  }
}
