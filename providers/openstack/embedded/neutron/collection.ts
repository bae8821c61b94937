import type { Access } from '../access.ts'
import { asText, asBoolean, isList, isObject, type JsonObject } from '../json.ts'
import type { Refusal } from '../message.ts'
import type { Attributes } from './attributes.ts'
import { badRequest, invalidInput, neutronError } from './errors.ts'
import type { Resource } from './resources.ts'
import type { NetworkState } from './state.ts'

/** A kind of resource: how it is named, shown, made, changed and removed. */
export interface Collection<R extends Resource = Resource> {
  /** Key of one in a body, e.g. `security_group`. */
  readonly singular: string
  /** Key of many, e.g. `security_groups`; with hyphens it is the path. */
  readonly plural: string
  readonly attributes: Attributes
  /** Default true. */
  readonly isTaggable?: boolean
  store(state: NetworkState): Map<string, R>
  /** Whether those who neither own it nor are admin see it too. */
  isPublic?(state: NetworkState, resource: R): boolean
  view(state: NetworkState, resource: R, access: Access): JsonObject
  notFound(id: string): Refusal
  create?(state: NetworkState, access: Access, given: JsonObject): R
  update?(state: NetworkState, access: Access, resource: R, given: JsonObject): void
  remove?(state: NetworkState, access: Access, resource: R): void
}

export function isVisible<R extends Resource>(
  collection: Collection<R>,
  state: NetworkState,
  access: Access,
  resource: R,
): boolean {
  if (access.isAdmin) return true
  const own = access.projectId !== '' && resource.project_id === access.projectId
  return own || collection.isPublic?.(state, resource) === true
}

/** GET of a collection: filters, fields, sorting and pages as Neutron has them. */
export function listCollection<R extends Resource>(
  collection: Collection<R>,
  state: NetworkState,
  access: Access,
  query: URLSearchParams,
  url: string,
): JsonObject {
  const asked = readQuery(collection, query)
  const seen = [...collection.store(state).values()].filter((each) =>
    isVisible(collection, state, access, each),
  )
  let views = seen.map((each) => collection.view(state, each, access))
  views = views.filter((view) => asked.filters.every((fits) => fits(view)))
  sort(views, asked.sorts)
  const page = cut(collection, views, asked)
  return {
    [collection.plural]: page.items.map((view) => narrowed(view, asked.fields)),
    ...(page.links.length > 0 && { [`${collection.plural}_links`]: page.links.map((link) => link(url)) }),
  }
}

/** The asked `fields` of a resource, all when none is asked. */
export function narrowed(view: JsonObject, fields: readonly string[]): JsonObject {
  if (fields.length === 0) return view
  return Object.fromEntries(fields.filter((field) => field in view).map((field) => [field, view[field]]))
}

type Named = Pick<Collection, 'attributes' | 'plural' | 'notFound'>

interface Asked {
  readonly filters: readonly ((view: JsonObject) => boolean)[]
  readonly fields: readonly string[]
  readonly sorts: readonly { readonly key: string; readonly sign: 1 | -1 }[]
  readonly limit: number | undefined
  readonly marker: string | undefined
  readonly reverse: boolean
  readonly query: URLSearchParams
}

const CONTROLS = new Set(['fields', 'limit', 'marker', 'page_reverse', 'sort_key', 'sort_dir'])
const TAG_FILTERS = new Set(['tags', 'tags-any', 'not-tags', 'not-tags-any'])

function readQuery(collection: Named, query: URLSearchParams): Asked {
  const names = [...new Set(query.keys())].filter((name) => !CONTROLS.has(name))
  const unknown = names.filter((name) => !(name in collection.attributes) && !TAG_FILTERS.has(name))
  if (unknown.length > 0) {
    throw badRequest(`[${unknown.map((name) => `'${name}'`).join(', ')}] is invalid attribute for filtering`)
  }
  return {
    filters: names.map((name) => filter(name, query.getAll(name))),
    fields: query.getAll('fields').filter((field) => field !== ''),
    sorts: readSorts(collection, query),
    limit: readLimit(query),
    marker: query.get('marker') ?? undefined,
    reverse: asBoolean(query.get('page_reverse')) === true,
    query,
  }
}

function readLimit(query: URLSearchParams): number | undefined {
  const text = query.get('limit')
  if (text === null || text === '') return undefined
  if (!/^\d+$/.test(text)) {
    throw neutronError(
      400,
      'BadRequest',
      `Bad limit request: Limit must be an integer 0 or greater and not '${text}'.`,
    )
  }
  return text === '0' ? undefined : Number(text)
}

function readSorts(collection: Named, query: URLSearchParams): Asked['sorts'] {
  const keys = query.getAll('sort_key')
  const directions = query.getAll('sort_dir')
  if (keys.length !== directions.length)
    throw badRequest('The number of sort_keys and sort_dirs must be same')
  const unknown = keys.filter((key) => !(key in collection.attributes))
  if (unknown.length > 0) {
    throw badRequest(`[${unknown.map((key) => `'${key}'`).join(', ')}] is invalid attribute for sort_keys`)
  }
  return keys.map((key, index) => ({ key, sign: directions[index] === 'desc' ? -1 : 1 }))
}

function filter(name: string, values: readonly string[]): (view: JsonObject) => boolean {
  if (TAG_FILTERS.has(name)) return tagFilter(name, values.join(',').split(','))
  if (name === 'fixed_ips') return fixedIpFilter(values)
  const flags = new Map<string, boolean>()
  return (view) => {
    const actual = view[name]
    return values.some((value) => {
      if (typeof actual === 'boolean') {
        const flag = flags.get(value) ?? asBoolean(value)
        if (flag === undefined) throw invalidInput(`'${value}' cannot be converted to boolean.`)
        flags.set(value, flag)
        return flag === actual
      }
      if (isList(actual)) return actual.includes(value)
      if (actual === null || actual === undefined) return value === 'null' || value === 'None'
      return asText(actual) === value
    })
  }
}

function tagFilter(name: string, tags: readonly string[]): (view: JsonObject) => boolean {
  return (view) => {
    const actual: readonly unknown[] = isList(view.tags) ? view.tags : []
    const has = (tag: string) => actual.includes(tag)
    if (name === 'tags') return tags.every(has)
    if (name === 'tags-any') return tags.some(has)
    return name === 'not-tags' ? !tags.every(has) : !tags.some(has)
  }
}

/** `ip_address=A`, `subnet_id=S`, `ip_address_substr=T`: each kind is OR within, AND between. */
function fixedIpFilter(values: readonly string[]): (view: JsonObject) => boolean {
  const kinds = new Map<string, string[]>()
  for (const value of values) {
    const kind = value.split('=', 1)[0] ?? ''
    kinds.set(kind, [...(kinds.get(kind) ?? []), value])
  }
  return (view) => {
    const addresses = isList(view.fixed_ips) ? view.fixed_ips.filter(isObject) : []
    return [...kinds].every(([kind, wanted]) =>
      wanted.some((pair) => {
        const value = pair.slice(kind.length + 1)
        return addresses.some((each) =>
          kind === 'ip_address_substr' ? String(each.ip_address).includes(value) : each[kind] === value,
        )
      }),
    )
  }
}

function sort(views: JsonObject[], sorts: Asked['sorts']): void {
  const keys = [...sorts, { key: 'id', sign: 1 as const }]
  views.sort((one, other) => {
    for (const { key, sign } of keys) {
      const order = compare(one[key], other[key])
      if (order !== 0) return order * sign
    }
    return 0
  })
}

function compare(one: unknown, other: unknown): number {
  if (typeof one === 'number' && typeof other === 'number') return one - other
  const [left, right] = [asText(one ?? ''), asText(other ?? '')]
  return left < right ? -1 : left > right ? 1 : 0
}

type Link = (url: string) => { rel: string; href: string }

function cut(
  collection: Named,
  views: readonly JsonObject[],
  asked: Asked,
): { items: readonly JsonObject[]; links: readonly Link[] } {
  if (asked.limit === undefined) return { items: views, links: [] }
  const at = asked.marker === undefined ? -1 : views.findIndex((view) => view.id === asked.marker)
  if (asked.marker !== undefined && at < 0) throw collection.notFound(asked.marker)
  const { limit, reverse } = asked
  const end = reverse ? (at < 0 ? views.length : at) : at + 1 + limit
  const start = reverse ? Math.max(0, end - limit) : at + 1
  const items = views.slice(start, end)
  const [first, last] = [items[0], items.at(-1)]
  if (!first || !last) return { items, links: [] }
  const full = items.length === limit
  const links: Link[] = []
  if (full || reverse) links.push(link(asked, 'next', last.id))
  if (asked.marker !== undefined || full) links.push(link(asked, 'previous', first.id))
  return { items, links }
}

function link(asked: Asked, rel: 'next' | 'previous', marker: unknown): Link {
  const query = new URLSearchParams(asked.query)
  query.delete('page_reverse')
  query.set('marker', String(marker))
  if (rel === 'previous') query.set('page_reverse', 'True')
  return (url) => ({ rel, href: `${url}?${query.toString()}` })
}
