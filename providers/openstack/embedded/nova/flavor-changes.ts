import { randomUUID } from 'node:crypto'
import { asText, isText, objectAt } from '../json.ts'
import type { Reply } from '../message.ts'
import type { Router } from '../router.ts'
import { bodyOf, type Call, type Handler, ok, versionNotFound } from './call.ts'
import { novaError, notAllowed } from './errors.ts'
import { findFlavor, flavorView } from './flavors.ts'
import { FLAG, isTrue, NAME, type Schema, validate } from './schema.ts'

/** What administrators do to /flavors. */
export function flavorChangeRoutes(router: Router<Handler>): void {
  router
    .add('POST', '/flavors', create)
    .add('PUT', '/flavors/:id', describe)
    .add('DELETE', '/flavors/:id', (call) => {
      if (!call.access.isAdmin) throw notAllowed('os-flavor-manage:delete')
      call.state.flavors.delete(findFlavor(call).id)
      return { status: 202 }
    })
}

const count = (minimum: number): Schema => ({
  type: ['integer', 'string'],
  pattern: '^[0-9]+$',
  minLength: 1,
  minimum,
})
const DESCRIPTION: Schema = { type: ['string', 'null'], maxLength: 65_535 }

function schema(minor: number): Schema {
  return {
    type: 'object',
    properties: {
      flavor: {
        type: 'object',
        properties: {
          name: NAME,
          id: {
            type: ['string', 'number', 'null'],
            minLength: 1,
            maxLength: 255,
            pattern: '^(?! )[a-zA-Z0-9. _-]+(?<! )$',
          },
          ram: count(1),
          vcpus: count(1),
          disk: count(0),
          'OS-FLV-EXT-DATA:ephemeral': count(0),
          swap: count(0),
          rxtx_factor: { type: ['number', 'string'], pattern: '^[0-9]+(\\.[0-9]+)?$' },
          'os-flavor-access:is_public': FLAG,
          ...(minor >= 55 && { description: DESCRIPTION }),
        },
        required: ['name', 'ram', 'vcpus', 'disk'],
      },
    },
    required: ['flavor'],
  }
}

function create(call: Call): Reply {
  const { state, access, minor } = call
  const body = bodyOf(call)
  validate(schema(minor), body)
  if (!access.isAdmin) throw notAllowed('os-flavor-manage:create')
  const given = objectAt(body, 'flavor') ?? {}
  const name = String(given.name)
  const wantedId = asText(given.id ?? 'auto')
  const id = wantedId === 'auto' ? randomUUID() : wantedId
  if ([...state.flavors.values()].some((flavor) => flavor.name === name)) {
    throw novaError(409, `Flavor with name ${name} already exists.`)
  }
  if (state.flavors.has(id)) throw novaError(409, `Flavor with ID ${id} already exists.`)
  const flavor = {
    id,
    name,
    ram: Number(given.ram),
    vcpus: Number(given.vcpus),
    disk: Number(given.disk),
    ephemeral: Number(given['OS-FLV-EXT-DATA:ephemeral'] ?? 0),
    swap: Number(given.swap ?? 0),
    rxtxFactor: Number(given.rxtx_factor ?? 1),
    isPublic: isTrue(given['os-flavor-access:is_public'] ?? true),
    description: isText(given.description) ? given.description : null,
    extraSpecs: {},
  }
  state.flavors.set(id, flavor)
  return ok({ flavor: flavorView(call, flavor) })
}

function describe(call: Call): Reply {
  const { state, access, minor } = call
  if (minor < 55) throw versionNotFound()
  const body = bodyOf(call)
  const properties = { description: DESCRIPTION }
  const flavorSchema: Schema = { type: 'object', properties, required: ['description'] }
  validate({ type: 'object', properties: { flavor: flavorSchema }, required: ['flavor'] }, body)
  if (!access.isAdmin) throw notAllowed('os-flavor-manage:update')
  const given = objectAt(body, 'flavor')?.description
  const flavor = { ...findFlavor(call), description: isText(given) ? given : null }
  state.flavors.set(flavor.id, flavor)
  return ok({ flavor: flavorView(call, flavor) })
}
