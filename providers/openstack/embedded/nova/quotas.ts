import { type JsonObject, objectAt } from '../json.ts'
import type { Reply } from '../message.ts'
import type { Router } from '../router.ts'
import { bodyOf, type Call, type Handler, ok } from './call.ts'
import { novaError, notAllowed } from './errors.ts'
import { defaultQuotas, type ProjectQuotas, type QuotaName, quotaNames } from './quota.ts'
import { FLAG, isTrue, type Schema, validate } from './schema.ts'

/** /os-quota-sets of projects; those of single users are not told apart. */
export function quotaRoutes(router: Router<Handler>): void {
  router
    .add('GET', '/os-quota-sets/:project', (call) => {
      const id = visible(call, 'show')
      return ok({ quota_set: { id, ...named(call, call.state.quotasOf(id)) } })
    })
    .add('GET', '/os-quota-sets/:project/detail', (call) => {
      const id = visible(call, 'detail')
      const quotas = call.state.quotasOf(id)
      const used = usedBy(call, id)
      const entries = quotaNames(call.minor).map((name): [string, JsonObject] => [
        name,
        { limit: quotas[name], in_use: used[name] ?? 0, reserved: 0 },
      ])
      return ok({ quota_set: { id, ...Object.fromEntries(entries) } })
    })
    .add('GET', '/os-quota-sets/:project/defaults', (call) => {
      const quotas = named(call, defaultQuotas(call.state.settings.quotas))
      return ok({ quota_set: { id: call.parameters.project ?? '', ...quotas } })
    })
    .add('PUT', '/os-quota-sets/:project', update)
    .add('DELETE', '/os-quota-sets/:project', (call) => {
      if (!call.access.isAdmin) throw notAllowed('os-quota-sets:delete')
      call.state.quotas.delete(call.parameters.project ?? '')
      return { status: 202 }
    })
}

function visible({ access, parameters }: Call, rule: string): string {
  const id = parameters.project ?? ''
  if (id !== access.projectId && !access.isAdmin) throw notAllowed(`os-quota-sets:${rule}`)
  return id
}

/** The quotas that the microversion has. */
function named({ minor }: Call, quotas: ProjectQuotas): JsonObject {
  return Object.fromEntries(quotaNames(minor).map((name) => [name, quotas[name]]))
}

/** What Nova counts by project. */
function usedBy({ state }: Call, id: string): Partial<Record<QuotaName, number>> {
  return { ...state.usage(id), server_groups: state.serverGroups.of(id).length }
}

const LIMIT: Schema = { type: ['integer', 'string'], pattern: '^-?[0-9]+$', minLength: 1, minimum: -1 }

function update(call: Call): Reply {
  const { state, access, minor, parameters } = call
  const body = bodyOf(call)
  const limits = Object.fromEntries(quotaNames(minor).map((name) => [name, LIMIT]))
  validate(
    {
      type: 'object',
      properties: { quota_set: { type: 'object', properties: { ...limits, force: FLAG } } },
      required: ['quota_set'],
    },
    body,
  )
  if (!access.isAdmin) throw notAllowed('os-quota-sets:update')
  const id = parameters.project ?? ''
  const { force, ...given } = objectAt(body, 'quota_set') ?? {}
  const used = usedBy(call, id)
  const wanted = Object.entries(given).map(([name, value]) => [name as QuotaName, Number(value)] as const)
  for (const [name, limit] of wanted) {
    const minimum = used[name] ?? 0
    if (limit < 0 || limit >= minimum || isTrue(force)) continue
    throw novaError(
      400,
      `Quota limit ${limit} for ${name} must be greater than or equal to already used and reserved ${minimum}.`,
    )
  }
  state.quotas.set(id, { ...state.quotas.get(id), ...Object.fromEntries(wanted) })
  return ok({ quota_set: named(call, state.quotasOf(id)) })
}
