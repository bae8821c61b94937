import type { Access } from '../access.ts'
import { asBoolean, type JsonObject } from '../json.ts'
import { novaError, notAllowed } from './errors.ts'
import { pythonRepr } from './python.ts'
import { type Server, STATUSES, statusOf } from './server.ts'
import type { ComputeState } from './state.ts'
import { addressesOf, briefView, serverView, type Style } from './view.ts'

type Fits = (server: Server) => boolean

/** Filters of everybody, and the microversion from which they are one. */
const COMMON: Readonly<Record<string, number>> = {
  reservation_id: 1,
  name: 1,
  status: 1,
  image: 1,
  flavor: 1,
  ip: 1,
  'changes-since': 1,
  all_tenants: 1,
  limit: 1,
  marker: 1,
  sort_key: 1,
  sort_dir: 1,
  ip6: 5,
  tags: 26,
  'tags-any': 26,
  'not-tags': 26,
  'not-tags-any': 26,
  'changes-before': 66,
  locked: 73,
}
/** Filters of the admin only until the microversion. */
const WIDENED: Readonly<Record<string, number>> = {
  availability_zone: 83,
  config_drive: 83,
  key_name: 83,
  created_at: 83,
  launched_at: 83,
  terminated_at: 83,
  power_state: 83,
  task_state: 83,
  vm_state: 83,
  progress: 83,
  user_id: 83,
  hostname: 90,
}
const ADMIN =
  'host node project_id tenant_id uuid kernel_id ramdisk_id launch_index image_ref display_name description display_description locked_by root_device_name access_ip_v4 access_ip_v6 auto_disk_config deleted soft_deleted'.split(
    ' ',
  )

const SORTS: Readonly<Record<string, (server: Server) => string | number>> = {
  created_at: ({ created }) => Math.floor(created / 1000),
  updated_at: ({ updated }) => Math.floor(updated / 1000),
  launched_at: ({ launched }) => launched ?? 0,
  terminated_at: ({ terminated }) => terminated ?? 0,
  display_name: ({ name }) => name,
  display_description: ({ description }) => description ?? '',
  hostname: ({ hostname }) => hostname,
  uuid: ({ id }) => id,
  vm_state: ({ vmState }) => vmState,
  task_state: ({ taskState }) => taskState ?? '',
  power_state: ({ powerState }) => powerState,
  project_id: ({ projectId }) => projectId,
  user_id: ({ userId }) => userId,
  image_ref: ({ imageId }) => imageId ?? '',
  instance_type_id: ({ flavor }) => flavor.id,
  key_name: ({ keyName }) => keyName ?? '',
  availability_zone: ({ zone }) => zone,
  access_ip_v4: ({ accessIPv4 }) => accessIPv4,
  access_ip_v6: ({ accessIPv6 }) => accessIPv6,
  config_drive: ({ configDrive }) => String(configDrive),
  launch_index: ({ launchIndex }) => launchIndex,
  host: ({ host }) => host ?? '',
  node: ({ host }) => host ?? '',
  progress: () => 0,
  locked_by: () => '',
  auto_disk_config: () => '',
  kernel_id: () => '',
  ramdisk_id: () => '',
  root_device_name: () => '',
  locked: ({ locked }) => String(locked),
}

/** GET /servers and GET /servers/detail. `url` is where the next page is. */
export function listServers(
  state: ComputeState,
  style: Style,
  query: URLSearchParams,
  detail: boolean,
  url: string,
): JsonObject {
  const { access, minor } = style
  checkKeys(query, minor)
  const limit = readLimit(query, state.settings.pageLimit)
  const fits = readFilters(state, access, minor, query, detail)
  const servers = sorted([...state.servers.values()].reverse(), access, query)
  const marker = query.get('marker')
  let at = -1
  if (marker !== null) {
    at = servers.findIndex(
      ({ id, projectId }) => id === marker && (access.isAdmin || projectId === access.projectId),
    )
    if (at < 0) throw novaError(400, `marker [${marker}] not found`)
  }
  const page: Server[] = []
  for (let index = at + 1; index < servers.length && page.length < limit; index += 1) {
    const server = servers[index]
    if (server && fits(server)) page.push(server)
  }
  const views = page.map((server) =>
    detail ? serverView(state, server, style, false) : briefView(server, style),
  )
  const last = page.at(-1)
  if (!last || page.length < limit) return { servers: views }
  const next = new URLSearchParams([...query].filter(([key]) => key !== 'marker'))
  next.set('limit', String(query.get('limit') ?? limit))
  next.set('marker', last.id)
  return { servers: views, servers_links: [{ rel: 'next', href: `${url}?${next.toString()}` }] }
}

/** The page size asked for, capped. */
export function readLimit(query: URLSearchParams, cap: number): number {
  return Math.min(readCount(query, 'limit') ?? cap, cap)
}

export function readCount(query: URLSearchParams, key: 'limit' | 'offset'): number | undefined {
  const text = query.get(key)
  if (text === null || text === '') return undefined
  if (/^[0-9]*$/.test(text)) return Number(text)
  throw novaError(
    400,
    `Invalid input for query parameters ${key}. Value: ${text}. ${pythonRepr(text)} does not match '^[0-9]*$'`,
  )
}

function checkKeys(query: URLSearchParams, minor: number): void {
  if (minor < 75) return
  for (const key of query.keys()) {
    if ((COMMON[key] ?? 99) <= minor || key in WIDENED || ADMIN.includes(key)) continue
    throw novaError(400, `${pythonRepr(key)} does not match any of the regexes: '^_'`)
  }
}

function readFilters(
  state: ComputeState,
  access: Access,
  minor: number,
  query: URLSearchParams,
  detail: boolean,
): Fits {
  const everybody = allTenants(query, access, detail)
  const filters: Fits[] = []
  const since = readMoment(query, 'changes-since')
  const before = minor >= 66 ? readMoment(query, 'changes-before') : undefined
  const statuses = readStatuses(query, access, minor)
  const wantsDeleted = access.isAdmin && asBoolean(query.get('deleted')) === true
  if (since !== undefined) filters.push(({ updated }) => updated >= since)
  if (before !== undefined) filters.push(({ updated }) => updated <= before)
  if (statuses) filters.push((server) => statuses.includes(statusOf(server)))
  if (wantsDeleted) filters.push(({ vmState }) => vmState === 'deleted' || vmState === 'soft-delete')
  const past = since !== undefined || before !== undefined
  const showDeleted = wantsDeleted || (past && !statuses) || statuses?.includes('DELETED') === true
  for (const [key, make] of Object.entries(PLAIN)) {
    const values = query.getAll(key)
    if (values.length === 0 || !mayFilter(key, access, minor)) continue
    filters.push(make(values.at(-1) ?? '', state))
  }
  return (server) => {
    if (!everybody && server.projectId !== access.projectId) return false
    if (server.vmState === 'deleted' && !showDeleted) return false
    // As if they were gone, though a request for one by its id still finds it.
    if (server.vmState === 'soft-delete' && !wantsDeleted) return false
    return filters.every((fits) => fits(server))
  }
}

function mayFilter(key: string, access: Access, minor: number): boolean {
  if (access.isAdmin) return true
  return (COMMON[key] ?? WIDENED[key] ?? 99) <= minor
}

function allTenants(query: URLSearchParams, access: Access, detail: boolean): boolean {
  const text = query.get('all_tenants')
  if (text === null || (text !== '' && asBoolean(text) !== true)) return false
  if (!access.isAdmin) throw notAllowed(`servers:${detail ? 'detail' : 'index'}:get_all_tenants`)
  return true
}

/** The moment that a key of the query names. */
export function readMoment(query: URLSearchParams, key: string): number | undefined {
  const text = query.get(key)
  if (text === null) return undefined
  const zoned = /(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`
  const moment = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(zoned.replace(' ', 'T')) : Number.NaN
  if (!Number.isNaN(moment)) return moment
  throw novaError(
    400,
    `Invalid input for query parameters ${key}. Value: ${text}. ${pythonRepr(text)} is not a 'date-time'`,
  )
}

function readStatuses(query: URLSearchParams, access: Access, minor: number): string[] | undefined {
  const wanted = query.getAll('status').map((status) => status.toUpperCase())
  if (wanted.length === 0) return undefined
  if (wanted.includes('DELETED') && !access.isAdmin) {
    throw novaError(403, 'Only administrators may list deleted instances')
  }
  if (minor >= 38 && wanted.some((status) => !STATUSES.includes(status))) {
    throw novaError(400, 'Invalid status value')
  }
  return wanted
}

const PLAIN: Readonly<Record<string, (value: string, state: ComputeState) => Fits>> = {
  name: (value) => byPattern(value, ({ name }) => [name]),
  hostname: (value) => byPattern(value, ({ hostname }) => [hostname]),
  ip: (value, state) => byPattern(value, (server) => addressTexts(state, server, 4)),
  ip6: (value, state) => byPattern(value, (server) => addressTexts(state, server, 6)),
  image: (value) => (server) => server.imageId === value,
  flavor: (value) => (server) => server.flavor.id === value,
  reservation_id: (value) => (server) => server.reservationId === value,
  uuid: (value) => (server) => server.id === value,
  host: (value) => (server) => server.host === value,
  node: (value) => (server) => server.host === value,
  project_id: (value) => (server) => server.projectId === value,
  tenant_id: (value) => (server) => server.projectId === value,
  user_id: (value) => (server) => server.userId === value,
  key_name: (value) => (server) => server.keyName === value,
  availability_zone: (value) => (server) => server.zone === value,
  vm_state: (value) => (server) => server.vmState === value,
  task_state: (value) => (server) => server.taskState === value,
  power_state: (value) => (server) => String(server.powerState) === value,
  locked: (value) => (server) => server.locked === (asBoolean(value) === true),
  tags: (value) => {
    const tags = value.split(',')
    return (server) => tags.every((tag) => server.tags.includes(tag))
  },
  'tags-any': (value) => {
    const tags = value.split(',')
    return (server) => tags.some((tag) => server.tags.includes(tag))
  },
  'not-tags': (value) => {
    const tags = value.split(',')
    return (server) => !tags.every((tag) => server.tags.includes(tag))
  },
  'not-tags-any': (value) => {
    const tags = value.split(',')
    return (server) => !tags.some((tag) => server.tags.includes(tag))
  },
}

/** Nova hands the value to the database as a regular expression, which looks anywhere in the text. */
function byPattern(value: string, texts: (server: Server) => readonly string[]): Fits {
  let pattern: RegExp
  try {
    pattern = new RegExp(value, 'i')
  } catch {
    throw novaError(400, `Invalid filter value: ${value}`)
  }
  return (server) => texts(server).some((text) => pattern.test(text))
}

function addressTexts(state: ComputeState, server: Server, version: 4 | 6): string[] {
  return Object.values(addressesOf(state, server, false)).flatMap((entries) =>
    entries.filter((entry) => entry.version === version).map((entry) => String(entry.addr)),
  )
}

function sorted(servers: Server[], access: Access, query: URLSearchParams): Server[] {
  const keys = query.getAll('sort_key')
  const directions = query.getAll('sort_dir')
  const sorts = keys.map((key, index) => {
    const value = SORTS[key]
    if (!value) {
      throw novaError(
        400,
        `Invalid input for query parameters sort_key. Value: ${key}. ${pythonRepr(key)} is not one of ${pythonRepr(Object.keys(SORTS))}`,
      )
    }
    if ((key === 'host' || key === 'node') && !access.isAdmin) {
      throw novaError(403, 'Only administrators can sort servers by host')
    }
    return { value, sign: directions[index] === 'asc' ? 1 : -1 }
  })
  // As they come, servers are already sorted by creation, the youngest first.
  if (sorts.length === 0) return directions[0] === 'asc' ? servers.reverse() : servers
  return servers.sort((one, other) => {
    for (const { value, sign } of sorts) {
      const [left, right] = [value(one), value(other)]
      if (left < right) return -sign
      if (left > right) return sign
    }
    return other.serial - one.serial
  })
}
