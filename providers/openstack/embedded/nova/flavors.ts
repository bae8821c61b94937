import { asBoolean, type JsonObject } from '../json.ts'
import type { Reply } from '../message.ts'
import type { Router } from '../router.ts'
import { type Call, type Handler, ok } from './call.ts'
import { novaError } from './errors.ts'
import type { Flavor } from './flavor.ts'
import { readLimit } from './list.ts'
import { links } from './view.ts'

/** /flavors, as far as everybody may see them. */
export function flavorRoutes(router: Router<Handler>): void {
  router
    .add('GET', '/flavors', (call) => list(call, false))
    .add('GET', '/flavors/detail', (call) => list(call, true))
    .add('GET', '/flavors/:id', (call) => ok({ flavor: flavorView(call, findFlavor(call)) }))
}

/** The flavor of the path's `:id`, when it is there for the asking user. */
export function findFlavor({ state, access, parameters }: Call): Flavor {
  const id = parameters.id ?? ''
  const flavor = state.flavors.get(id)
  if (!flavor || (!flavor.isPublic && !access.isAdmin)) {
    throw novaError(404, `Flavor ${id} could not be found.`)
  }
  return flavor
}

const SORTS: Readonly<Record<string, (flavor: Flavor) => string | number>> = {
  flavorid: ({ id }) => id,
  id: ({ id }) => id,
  name: ({ name }) => name,
  memory_mb: ({ ram }) => ram,
  vcpus: ({ vcpus }) => vcpus,
  root_gb: ({ disk }) => disk,
  ephemeral_gb: ({ ephemeral }) => ephemeral,
  swap: ({ swap }) => swap,
  is_public: ({ isPublic }) => String(isPublic),
  created_at: () => 0,
  updated_at: () => 0,
  rxtx_factor: ({ rxtxFactor }) => rxtxFactor,
  disabled: () => 'false',
  vcpu_weight: () => 0,
}

function list(call: Call, detail: boolean): Reply {
  const { state, access, base, incoming } = call
  const { query } = incoming
  const limit = readLimit(query, state.settings.pageLimit)
  const minRam = smallest(query, 'minRam')
  const minDisk = smallest(query, 'minDisk')
  const isPublic = access.isAdmin ? publicity(query) : true
  const value = SORTS[query.get('sort_key') ?? 'flavorid']
  if (!value)
    throw novaError(400, `Invalid input for query parameters sort_key. Value: ${query.get('sort_key')}.`)
  const sign = query.get('sort_dir') === 'desc' ? -1 : 1
  const flavors = [...state.flavors.values()]
    .filter(({ ram, disk }) => ram >= minRam && disk >= minDisk)
    .filter((flavor) => isPublic === undefined || flavor.isPublic === isPublic)
    .sort((one, other) => {
      const [left, right] = [value(one), value(other)]
      return left < right ? -sign : left > right ? sign : 0
    })
  const marker = query.get('marker')
  const at = marker === null ? -1 : flavors.findIndex(({ id }) => id === marker)
  if (marker !== null && at < 0) throw novaError(400, `marker [${marker}] not found`)
  const page = flavors.slice(at + 1, at + 1 + limit)
  const last = page.at(-1)
  const next = new URLSearchParams([...query].filter(([key]) => key !== 'marker'))
  if (last) next.set('marker', last.id)
  const url = `${base}/flavors${detail ? '/detail' : ''}`
  const full = page.length === limit && last
  return ok({
    flavors: page.map((flavor) => (detail ? flavorView(call, flavor) : brief(call, flavor))),
    ...(full && { flavors_links: [{ rel: 'next', href: `${url}?${next.toString()}` }] }),
  })
}

/** Whether public flavors are asked for, or the others; `undefined` means both. */
function publicity(query: URLSearchParams): boolean | undefined {
  const text = query.get('is_public')
  if (text === null) return true
  if (text.toLowerCase() === 'none') return undefined
  const asked = asBoolean(text)
  if (asked === undefined) throw novaError(400, `Invalid is_public filter [${text}]`)
  return asked
}

function smallest(query: URLSearchParams, key: string): number {
  const text = query.get(key)
  if (text === null) return 0
  if (!/^\d+$/.test(text)) throw novaError(400, `Invalid ${key} filter [${text}]`)
  return Number(text)
}

function brief({ base, minor }: Call, flavor: Flavor): JsonObject {
  return {
    id: flavor.id,
    name: flavor.name,
    links: links(base, 'flavors', flavor.id),
    ...(minor >= 55 && { description: flavor.description }),
  }
}

export function flavorView({ base, minor }: Call, flavor: Flavor): JsonObject {
  return {
    id: flavor.id,
    name: flavor.name,
    ram: flavor.ram,
    disk: flavor.disk,
    swap: flavor.swap === 0 && minor < 75 ? '' : flavor.swap,
    'OS-FLV-EXT-DATA:ephemeral': flavor.ephemeral,
    'OS-FLV-DISABLED:disabled': false,
    vcpus: flavor.vcpus,
    'os-flavor-access:is_public': flavor.isPublic,
    rxtx_factor: flavor.rxtxFactor,
    links: links(base, 'flavors', flavor.id),
    ...(minor >= 55 && { description: flavor.description }),
    ...(minor >= 61 && { extra_specs: flavor.extraSpecs }),
  }
}
