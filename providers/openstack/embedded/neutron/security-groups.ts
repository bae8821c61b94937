import type { JsonObject } from '../json.ts'
import { anything, flag, STANDARD } from './attributes.ts'
import type { Collection } from './collection.ts'
import { neutronError } from './errors.ts'
import { ownerOf } from './networks.ts'
import { newResource, type SecurityGroup, standardView, touch } from './resources.ts'
import { ruleView } from './rule-view.ts'
import type { NetworkState } from './state.ts'

export const securityGroups: Collection<SecurityGroup> = {
  singular: 'security_group',
  plural: 'security_groups',
  attributes: {
    ...STANDARD,
    stateful: { read: flag, put: true },
    shared: { read: anything, post: false },
    security_group_rules: { read: anything, post: false },
  },
  store: (state) => state.securityGroups,
  view: groupView,
  notFound: (id) => neutronError(404, 'SecurityGroupNotFound', `Security group ${id} does not exist`),
  create(state, access, given) {
    const projectId = ownerOf(given, access)
    state.defaultGroup(projectId)
    if (given.name === 'default') throw reserved()
    state.claim('security_group', projectId)
    state.claim('security_group_rule', projectId, 2)
    const group: SecurityGroup = {
      ...newResource(projectId, given),
      stateful: given.stateful !== false,
      revision: 1,
    }
    state.securityGroups.set(group.id, group)
    for (const ethertype of ['IPv4', 'IPv6']) state.addRule(group, { direction: 'egress', ethertype })
    return group
  },
  update(state, _access, group, given) {
    if (given.name !== undefined && state.isDefaultGroup(group) && given.name !== group.name) {
      throw neutronError(
        409,
        'SecurityGroupCannotUpdateDefault',
        'Updating default security group not allowed.',
      )
    }
    if (given.name === 'default' && group.name !== 'default') throw reserved()
    Object.assign(group, given)
    touch(group)
  },
  remove(state, access, group) {
    for (const port of state.ports.values()) {
      if (!port.security_groups.includes(group.id)) continue
      throw neutronError(409, 'SecurityGroupInUse', `Security Group ${group.id} in use.`)
    }
    if (state.isDefaultGroup(group) && !access.isAdmin) {
      throw neutronError(
        409,
        'SecurityGroupCannotRemoveDefault',
        'Insufficient rights for removing default security group.',
      )
    }
    state.securityGroups.delete(group.id)
    // Rules of other groups that name this one as their remote end vanish with it.
    for (const rule of state.securityGroupRules.values()) {
      if (rule.security_group_id === group.id || rule.remote_group_id === group.id) {
        state.securityGroupRules.delete(rule.id)
      }
    }
  },
}

function reserved(): Error {
  return neutronError(409, 'SecurityGroupDefaultAlreadyExists', 'Default security group already exists.')
}

function groupView(state: NetworkState, group: SecurityGroup): JsonObject {
  const rules = [...state.securityGroupRules.values()].filter((rule) => rule.security_group_id === group.id)
  return {
    ...standardView(group),
    stateful: group.stateful,
    shared: false,
    security_group_rules: rules.map((rule) => ({ ...ruleView(rule), tags: rule.tags })),
  }
}
