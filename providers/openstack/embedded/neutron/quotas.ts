import { isObject, isText, type JsonObject, objectAt } from '../json.ts'
import type { Reply } from '../message.ts'
import { readValue, whole } from './attributes.ts'
import { type Call, missing, read } from './call.ts'
import { badRequest, neutronError, notAuthorized } from './errors.ts'
import { type Counted, isCounted, type NetworkState } from './state.ts'

/** /quotas: of a project, with its use, its defaults; and, for admins, its changes. */
export function answerQuotas(
  state: NetworkState,
  call: Call,
  projectId: string | undefined,
  part: string | undefined,
): Reply {
  const { access, method } = call
  const own = projectId !== undefined && projectId === access.projectId
  if (method === 'PUT' || method === 'DELETE') {
    const action = method === 'PUT' ? 'update' : 'delete'
    if (!access.isAdmin) throw notAuthorized(`rule:${action}_quota`)
    if (projectId === undefined || part !== undefined) throw missing()
    return method === 'PUT' ? update(state, projectId, read(call.incoming)) : reset(state, projectId)
  }
  if (method !== 'GET') throw missing()
  if (projectId === 'project' && part === undefined) {
    return { status: 200, body: { project: { project_id: access.projectId } } }
  }
  if (!own && !access.isAdmin) throw isDetails(part) ? notForOthers() : notAuthorized('rule:get_quota')
  if (projectId === undefined) return { status: 200, body: { quotas: changed(state) } }
  if (isDetails(part)) {
    const details = Object.entries(state.quota(projectId)).map(([name, use]) => [
      name,
      { ...use, reserved: 0 },
    ])
    return { status: 200, body: { quota: Object.fromEntries(details) } }
  }
  if (part === 'default') return { status: 200, body: { quota: state.defaultQuota() } }
  if (part !== undefined) throw missing()
  return { status: 200, body: { quota: limits(state, projectId) } }
}

const isDetails = (part: string | undefined): boolean => part === 'details'

function limits(state: NetworkState, projectId: string): JsonObject {
  return Object.fromEntries(Object.entries(state.quota(projectId)).map(([name, { limit }]) => [name, limit]))
}

/** Of the projects for which somebody set one. */
function changed(state: NetworkState): JsonObject[] {
  return [...state.quotasOfProjects.keys()].map((id) => ({
    ...limits(state, id),
    project_id: id,
    tenant_id: id,
  }))
}

function update(state: NetworkState, projectId: string, body: unknown): Reply {
  const given = objectAt(body, 'quota')
  if (!given)
    throw badRequest(isObject(body) ? "Unable to find 'quota' in request body" : 'Resource body required')
  const strangers = Object.keys(given).filter((name) => !isCounted(name))
  if (strangers.length > 0) throw badRequest(`Unrecognized attribute(s) '${strangers.join(', ')}'`)
  const wanted: Partial<Record<Counted, number>> = {}
  for (const [name, value] of Object.entries(given)) {
    const limit = Number(readValue(whole, value))
    if (limit < -1) {
      const shown = isText(value) ? value : String(limit)
      throw badRequest(`Invalid input for ${name}. Reason: '${shown}' is too small - must be at least '-1'.`)
    }
    if (isCounted(name)) wanted[name] = limit
  }
  state.quotasOfProjects.set(projectId, { ...state.quotasOfProjects.get(projectId), ...wanted })
  return { status: 200, body: { quota: limits(state, projectId) } }
}

function reset(state: NetworkState, projectId: string): Reply {
  if (!state.quotasOfProjects.delete(projectId)) {
    throw neutronError(404, 'TenantQuotaNotFound', `Quota for tenant ${projectId} could not be found.`)
  }
  return { status: 204 }
}

function notForOthers(): Error {
  return neutronError(
    403,
    'AdminRequired',
    'User does not have admin privileges: Only admin is authorized to access quotas for another project.',
  )
}
