import { isList, isObject, isText, type JsonObject } from '../json.ts'
import type { Router } from '../router.ts'
import { type Call, type Handler, list, selfOrAdmin } from './call.ts'
import { keystoneError } from './errors.ts'
import { type AccessRule, hexId, type Identity } from './identity.ts'

/** /users/{id}/access_rules. */
export function accessRuleRoutes(router: Router<Handler>, identity: Identity): void {
  const path = '/users/:user/access_rules'
  const find = ({ parameters }: Call): AccessRule => {
    const rule = identity.accessRules.get(parameters.rule ?? '')
    if (rule && rule.userId === parameters.user) return rule
    throw keystoneError(404, `Could not find Access Rule: ${parameters.rule}.`)
  }
  const linked = (rule: AccessRule, { base }: Call): JsonObject => ({
    ...ruleView(rule),
    links: { self: `${base}/access_rules/${rule.id}` },
  })
  router
    .add('GET', path, (call) => {
      selfOrAdmin(call, 'identity:list_access_rules')
      const own = [...identity.accessRules.values()].filter(({ userId }) => userId === call.parameters.user)
      const views = own.map((rule) => linked(rule, call))
      return list(call, 'access_rules', views)
    })
    .add('GET', `${path}/:rule`, (call) => {
      selfOrAdmin(call, 'identity:get_access_rule')
      return { status: 200, body: { access_rule: linked(find(call), call) } }
    })
    .add('DELETE', `${path}/:rule`, (call) => {
      selfOrAdmin(call, 'identity:delete_access_rule')
      const { id } = find(call)
      const used = [...identity.credentials.values()].some(({ accessRules }) =>
        accessRules.some((rule) => rule.id === id),
      )
      if (used) throw keystoneError(403, 'May not delete access rule in use')
      identity.accessRules.delete(id)
      return { status: 204 }
    })
}

export function ruleView({ id, service, path, method }: AccessRule): JsonObject {
  return { id, service, path, method }
}

const METHODS = '^(POST|GET|HEAD|PATCH|PUT|DELETE)$'

/** The rules of a new credential: those that the user has already, and new ones. */
export function keepRules(identity: Identity, userId: string, given: unknown): readonly AccessRule[] {
  const rules = (isList(given) ? given : []).map(readRule)
  return rules.map((rule) => {
    const known = [...identity.accessRules.values()].find(
      (each) =>
        each.userId === userId &&
        each.service === rule.service &&
        each.path === rule.path &&
        each.method === rule.method,
    )
    if (known) return known
    const kept = { ...rule, id: hexId(), userId }
    identity.accessRules.set(kept.id, kept)
    return kept
  })
}

function readRule(item: unknown, index: number): Pick<AccessRule, 'service' | 'path' | 'method'> {
  const { service, path, method } = isObject(item) ? item : {}
  const refuse = (field: string, value: unknown, why: string) =>
    keystoneError(400, `Invalid input for field 'access_rules/${index}/${field}': '${String(value)}' ${why}`)
  if (!isText(method) || !new RegExp(METHODS).test(method)) {
    throw refuse('method', method, `does not match '${METHODS}'`)
  }
  if (!isText(path) || path === '') throw refuse('path', path, 'is too short')
  if (!isText(service) || service === '') throw refuse('service', service, 'is too short')
  return { service, path, method }
}
