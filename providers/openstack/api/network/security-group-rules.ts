/** Rules of security groups (https://docs.openstack.org/api-ref/network/v2/#security-group-rules). */

import { z } from 'zod'
import { lazy } from '../service/lazy.ts'
import type { ServiceClient } from '../service/service-client.ts'
import { type Filter, NeutronCollection, type NeutronQuery } from './collection.ts'

/** A rule. It cannot be changed, only deleted and created again. */
export interface SecurityGroupRule {
  readonly id: string
  readonly securityGroupId: string
  readonly projectId?: string | undefined
  readonly direction: 'ingress' | 'egress'
  readonly etherType: 'IPv4' | 'IPv6'
  /** `tcp`, `udp`, `icmp`, a number as text, ...; absent means any. */
  readonly protocol?: string | undefined
  /** For ICMP the type. */
  readonly portRangeMin?: number | undefined
  /** For ICMP the code. */
  readonly portRangeMax?: number | undefined
  /** CIDR. Absent means any, unless there is a remote group. */
  readonly remoteIpPrefix?: string | undefined
  readonly remoteGroupId?: string | undefined
  /** A rule with one is not a rule for everybody, though it has no prefix and no group. */
  readonly remoteAddressGroupId?: string | undefined
  readonly description: string
}

/** Filters of the list. */
export interface SecurityGroupRuleQuery extends NeutronQuery {
  readonly securityGroupId?: Filter
  readonly direction?: Filter
  readonly etherType?: Filter
  readonly protocol?: Filter
  readonly remoteIpPrefix?: Filter
  readonly remoteGroupId?: Filter
}

/** What a new rule shall be. A second one like it is an `AlreadyExistsError` with the fault `SecurityGroupRuleExists`. */
export interface CreateSecurityGroupRule {
  readonly securityGroupId: string
  readonly direction: 'ingress' | 'egress'
  /** Default `IPv4`. */
  readonly etherType?: 'IPv4' | 'IPv6' | undefined
  readonly protocol?: string | undefined
  readonly portRangeMin?: number | undefined
  readonly portRangeMax?: number | undefined
  readonly remoteIpPrefix?: string | undefined
  readonly remoteGroupId?: string | undefined
  readonly description?: string | undefined
}

/** The wire form of a rule, which also comes inside its group. */
export const ruleSchema = lazy(() =>
  z.object({
    id: z.string(),
    security_group_id: z.string(),
    project_id: z.string().optional(),
    direction: z.enum(['ingress', 'egress']),
    ethertype: z.enum(['IPv4', 'IPv6']),
    protocol: z.union([z.string(), z.number()]).nullish(),
    port_range_min: z.number().nullish(),
    port_range_max: z.number().nullish(),
    remote_ip_prefix: z.string().nullish(),
    remote_group_id: z.string().nullish(),
    remote_address_group_id: z.string().nullish(),
    description: z.string().nullish(),
  }),
)

/** Neutron's names to ours. */
export function toRule(wire: z.infer<ReturnType<typeof ruleSchema>>): SecurityGroupRule {
  return {
    id: wire.id,
    securityGroupId: wire.security_group_id,
    projectId: wire.project_id,
    direction: wire.direction,
    etherType: wire.ethertype,
    protocol: wire.protocol === null ? undefined : wire.protocol?.toString(),
    portRangeMin: wire.port_range_min ?? undefined,
    portRangeMax: wire.port_range_max ?? undefined,
    remoteIpPrefix: wire.remote_ip_prefix ?? undefined,
    remoteGroupId: wire.remote_group_id ?? undefined,
    remoteAddressGroupId: wire.remote_address_group_id ?? undefined,
    description: wire.description ?? '',
  }
}

/** `network.securityGroupRules` */
export class SecurityGroupRules extends NeutronCollection<
  SecurityGroupRule,
  SecurityGroupRuleQuery,
  CreateSecurityGroupRule
> {
  constructor(client: ServiceClient) {
    super(client, {
      path: '/security-group-rules',
      key: 'security_group_rule',
      resource: 'security group rule',
      schema: lazy(() => ruleSchema().transform(toRule)),
      filters: {
        securityGroupId: true,
        direction: true,
        etherType: true,
        protocol: true,
        remoteIpPrefix: true,
        remoteGroupId: true,
      },
    })
  }
}
