import { isObject, objectAt } from '../json.ts'
import type { Reply } from '../message.ts'
import type { Router } from '../router.ts'
import { bodyOf, type Call, type Handler, ok } from './call.ts'
import { novaError, notAllowed } from './errors.ts'
import type { Flavor } from './flavor.ts'
import { findFlavor } from './flavors.ts'
import { pythonRepr } from './python.ts'
import { type Schema, validate } from './schema.ts'

/** /flavors/{id}/os-extra_specs, where any value will do. Servers keep those that their flavor had. */
export function extraSpecRoutes(router: Router<Handler>): void {
  router
    .add('GET', '/flavors/:id/os-extra_specs', (call) => ok({ extra_specs: findFlavor(call).extraSpecs }))
    .add('POST', '/flavors/:id/os-extra_specs', create)
    .add('GET', '/flavors/:id/os-extra_specs/:key', (call) => {
      const { key, value } = specOf(call, findFlavor(call))
      return ok({ [key]: value })
    })
    .add('PUT', '/flavors/:id/os-extra_specs/:key', update)
    .add('DELETE', '/flavors/:id/os-extra_specs/:key', (call) => {
      if (!call.access.isAdmin) throw notAllowed('os-flavor-extra-specs:delete')
      const flavor = findFlavor(call)
      const { key } = specOf(call, flavor)
      const kept = Object.entries(flavor.extraSpecs).filter(([name]) => name !== key)
      store(call, { ...flavor, extraSpecs: Object.fromEntries(kept) })
      return { status: 200 }
    })
}

function specOf({ parameters }: Call, flavor: Flavor): { key: string; value: string } {
  const key = parameters.key ?? ''
  const value = flavor.extraSpecs[key]
  if (value === undefined) throw novaError(404, `Flavor ${flavor.id} has no extra specs with key ${key}.`)
  return { key, value }
}

function store({ state }: Call, flavor: Flavor): void {
  state.flavors.set(flavor.id, flavor)
}

const SPECS: Schema = {
  type: 'object',
  names: {
    pattern: '^[a-zA-Z0-9-_:. ]{1,255}$',
    schema: { type: ['string', 'number'], maxLength: 255 },
  },
}

function add(call: Call, specs: Readonly<Record<string, unknown>>): void {
  const flavor = findFlavor(call)
  const added = Object.entries(specs).map(([key, value]) => [key, String(value)])
  store(call, { ...flavor, extraSpecs: { ...flavor.extraSpecs, ...Object.fromEntries(added) } })
}

function create(call: Call): Reply {
  const body = bodyOf(call)
  validate({ type: 'object', properties: { extra_specs: SPECS }, required: ['extra_specs'] }, body)
  if (!call.access.isAdmin) throw notAllowed('os-flavor-extra-specs:create')
  const specs = objectAt(body, 'extra_specs') ?? {}
  add(call, specs)
  return ok({ extra_specs: specs })
}

function update(call: Call): Reply {
  const body = bodyOf(call)
  validate(SPECS, body)
  const specs = isObject(body) ? body : {}
  if (Object.keys(specs).length > 1) throw novaError(400, `${pythonRepr(specs)} has too many properties`)
  if (!call.access.isAdmin) throw notAllowed('os-flavor-extra-specs:update')
  if (!((call.parameters.key ?? '') in specs)) throw novaError(400, 'Request body and URI mismatch')
  add(call, specs)
  return ok(specs)
}
