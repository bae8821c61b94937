/** Security groups (https://docs.openstack.org/api-ref/network/v2/#security-groups-security-groups). */

import { z } from 'zod'
import { lazy } from '../service/lazy.ts'
import type { ServiceClient } from '../service/service-client.ts'
import type { NeutronQuery } from './collection.ts'
import { UpdatableCollection } from './updatable-collection.ts'
import { ruleSchema, type SecurityGroupRule, toRule } from './security-group-rules.ts'

/** A security group with its rules. */
export interface SecurityGroup {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly projectId?: string | undefined
  readonly stateful: boolean
  readonly rules: readonly SecurityGroupRule[]
  readonly tags: readonly string[]
  /** Grows with each change: see `UpdateOptions`. */
  readonly revisionNumber?: number | undefined
}

/** Filters of the list. */
export interface SecurityGroupQuery extends NeutronQuery {
  readonly stateful?: boolean | undefined
}

/** What an update may change. */
export interface UpdateSecurityGroup {
  readonly name?: string | undefined
  readonly description?: string | undefined
}

/** What a new group shall be. The cloud adds rules of its own: mostly, but not always, all egress. */
export interface CreateSecurityGroup {
  /** Not unique, except that `default` is taken. */
  readonly name: string
  readonly description?: string | undefined
  readonly projectId?: string | undefined
  readonly stateful?: boolean | undefined
}

const groupSchema = lazy(() =>
  z.object({
    id: z.string(),
    name: z.string(),
    description: z.string().nullish(),
    project_id: z.string().optional(),
    stateful: z.boolean().default(true),
    security_group_rules: z.array(ruleSchema()).default([]),
    tags: z.array(z.string()).default([]),
    revision_number: z.number().optional(),
  }),
)

function toGroup(wire: z.infer<ReturnType<typeof groupSchema>>): SecurityGroup {
  return {
    id: wire.id,
    name: wire.name,
    description: wire.description ?? '',
    projectId: wire.project_id,
    stateful: wire.stateful,
    rules: wire.security_group_rules.map(toRule),
    tags: wire.tags,
    revisionNumber: wire.revision_number,
  }
}

/** `network.securityGroups` */
export class SecurityGroups extends UpdatableCollection<
  SecurityGroup,
  SecurityGroupQuery,
  CreateSecurityGroup,
  UpdateSecurityGroup
> {
  constructor(client: ServiceClient) {
    super(client, {
      path: '/security-groups',
      key: 'security_group',
      resource: 'security group',
      schema: lazy(() => groupSchema().transform(toGroup)),
      filters: { stateful: true },
    })
  }
}
