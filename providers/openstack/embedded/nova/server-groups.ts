import { isList, type JsonObject, objectAt } from '../json.ts'
import type { Reply } from '../message.ts'
import type { Router } from '../router.ts'
import { bodyOf, type Call, type Handler, ok } from './call.ts'
import { novaError } from './errors.ts'
import { checkQuery, limited } from './paging.ts'
import { exceeds } from './quota.ts'
import { NAME, type Schema, validate } from './schema.ts'
import { type GroupPolicy, members, type ServerGroup } from './server-group.ts'

/** /os-server-groups. */
export function serverGroupRoutes(router: Router<Handler>): void {
  router
    .add('GET', '/os-server-groups', list)
    .add('POST', '/os-server-groups', create)
    .add('GET', '/os-server-groups/:id', (call) => ok({ server_group: view(call, find(call)) }))
    .add('DELETE', '/os-server-groups/:id', (call) => {
      call.state.serverGroups.remove(find(call))
      return { status: 204 }
    })
}

function find({ state, access, parameters }: Call): ServerGroup {
  const id = parameters.id ?? ''
  const group = state.serverGroups.get(id)
  if (group && (access.isAdmin || group.projectId === access.projectId)) return group
  throw novaError(404, `Instance group ${id} could not be found.`)
}

function list(call: Call): Reply {
  const { state, access, minor, incoming } = call
  const { query } = incoming
  if (minor >= 75) checkQuery(query, minor, { all_projects: 1, limit: 1, offset: 1 })
  // Any value will do.
  const all = access.isAdmin && query.has('all_projects')
  const groups = all ? state.serverGroups.all() : state.serverGroups.of(access.projectId)
  const page = limited(query, groups, state.settings.pageLimit)
  return ok({ server_groups: page.map((group) => view(call, group)) })
}

function view({ minor }: Call, group: ServerGroup): JsonObject {
  const { id, name, policy, maxServerPerHost, projectId, userId } = group
  return {
    id,
    name,
    ...(minor < 64
      ? { policies: [policy], metadata: {} }
      : { policy, rules: maxServerPerHost === undefined ? {} : { max_server_per_host: maxServerPerHost } }),
    members: members(group).map((server) => server.id),
    ...(minor >= 13 && { project_id: projectId, user_id: userId }),
  }
}

function schema(minor: number): Schema {
  const soft = minor >= 15 ? ['soft-anti-affinity', 'soft-affinity'] : []
  const policy: Schema = { type: 'string', enum: ['anti-affinity', 'affinity', ...soft] }
  const perHost: Schema = { type: ['integer', 'string'], pattern: '^[0-9]*$', minLength: 1, minimum: 1 }
  const rules: Schema = { type: 'object', properties: { max_server_per_host: perHost } }
  const policies: Schema = { type: 'array', items: policy, minItems: 1, maxItems: 1 }
  return {
    type: 'object',
    properties: {
      server_group: {
        type: 'object',
        properties: { name: NAME, ...(minor >= 64 ? { policy, rules } : { policies }) },
        required: ['name', minor >= 64 ? 'policy' : 'policies'],
      },
    },
    required: ['server_group'],
  }
}

function create(call: Call): Reply {
  const { state, access, minor } = call
  const body = bodyOf(call)
  validate(schema(minor), body)
  const given = objectAt(body, 'server_group') ?? {}
  const [first] = isList(given.policies) ? given.policies : [given.policy]
  const policy = first as GroupPolicy
  const perHost = objectAt(given, 'rules')?.max_server_per_host
  if (perHost !== undefined && policy !== 'anti-affinity') {
    throw novaError(400, 'Only anti-affinity policy supports rules.')
  }
  const allowed = state.quotasOf(access.projectId).server_groups
  if (exceeds(state.serverGroups.of(access.projectId).length + 1, allowed)) {
    throw novaError(403, 'Quota exceeded, too many server groups.')
  }
  const group = state.serverGroups.add(access, {
    name: String(given.name),
    policy,
    maxServerPerHost: perHost === undefined ? undefined : Number(perHost),
  })
  return ok({ server_group: view(call, group) })
}
