import { asBoolean, isObject, type JsonObject } from '../json.ts'
import type { Call } from './call.ts'
import { cinderError, noVolume } from './errors.ts'
import { briefView, type Volume, volumeView } from './volume.ts'

type Fits = (volume: Volume) => boolean

/** Filters of every user. */
const FILTERS: Readonly<Record<string, (value: string) => Fits>> = {
  name: (value) => (volume) => volume.name === value,
  status: (value) => (volume) => volume.status === value,
  availability_zone: (value) => (volume) => volume.zone === value,
  bootable: (value) => (volume) => volume.bootable === asBoolean(value),
  metadata: (value) => {
    const wanted = Object.entries(readLiteral(value))
    return (volume) => wanted.every(([key, text]) => volume.metadata[key] === text)
  },
  size: (value) => (volume) => String(volume.size) === value,
  // No volume here is ever in one of these.
  group_id: (value) => () => value === '',
  migration_status: (value) => () => value === '',
}

/** Filters of admins besides. */
const ADMIN_FILTERS: Readonly<Record<string, (value: string) => Fits>> = {
  project_id: (value) => (volume) => volume.projectId === value,
  user_id: (value) => (volume) => volume.userId === value,
}

const CONTROLS = new Set([
  'limit',
  'marker',
  'offset',
  'sort',
  'sort_key',
  'sort_dir',
  'all_tenants',
  'with_count',
])

const SORTS: Readonly<Record<string, (volume: Volume) => string | number>> = {
  id: ({ id }) => id,
  name: ({ name }) => name ?? '',
  size: ({ size }) => size,
  status: ({ status }) => status,
  created_at: ({ serial }) => serial,
  updated_at: ({ updated, created }) => updated ?? created,
  availability_zone: ({ zone }) => zone,
  volume_type: ({ type }) => type.name,
  bootable: ({ bootable }) => String(bootable),
}

/** GET /volumes and /volumes/detail. */
export function listVolumes(call: Call, detail: boolean): JsonObject {
  const { state, incoming, minor } = call
  const { query } = incoming
  const fits = readFilters(call)
  const all = sorted([...state.volumes.values()].filter(fits), query)
  const limit = readCount(query, 'limit') ?? state.settings.pageLimit
  const size = Math.min(limit, state.settings.pageLimit)
  const start = startOf(call, all) + (readCount(query, 'offset') ?? 0)
  const page = all.slice(start, start + size)
  const last = page.at(-1)
  const next = new URLSearchParams(query)
  if (last) next.set('marker', last.id)
  const url = `${call.base}/volumes${detail ? '/detail' : ''}`
  return {
    volumes: page.map((volume) => (detail ? volumeView(volume, minor, call, true) : briefView(volume, call))),
    // A page that is full has a next one, empty or not.
    ...(last &&
      page.length === size && { volumes_links: [{ rel: 'next', href: `${url}?${next.toString()}` }] }),
    ...(minor >= 45 && asBoolean(query.get('with_count')) === true && { count: all.length }),
  }
}

function readCount(query: URLSearchParams, key: 'limit' | 'offset'): number | undefined {
  const given = query.get(key)
  if (given === null) return undefined
  if (!/^-?\d+$/.test(given)) throw cinderError(400, `${key} param must be an integer`)
  if (Number(given) < 0) throw cinderError(400, `${key} param must be positive`)
  return Number(given)
}

function startOf({ state, incoming, access }: Call, all: readonly Volume[]): number {
  const marker = incoming.query.get('marker')
  if (marker === null) return 0
  const volume = state.volumes.get(marker)
  if (!volume || (!access.isAdmin && volume.projectId !== access.projectId)) throw noVolume(marker)
  return all.indexOf(volume) + 1
}

function readFilters({ incoming, access, minor }: Call): Fits {
  const { query } = incoming
  const everybody = access.isAdmin && asBoolean(query.get('all_tenants')) === true
  const known = access.isAdmin ? { ...FILTERS, ...ADMIN_FILTERS } : FILTERS
  const keys = [...new Set(query.keys())].filter((key) => !CONTROLS.has(key))
  const strangers = keys.filter((key) => !(key in known))
  if (minor >= 31 && strangers.length > 0 && !access.isAdmin) {
    throw cinderError(400, `Invalid filters ${strangers.join(', ')} are found in query options.`)
  }
  // Of what is left, Cinder drops what it does not know without a word.
  const filters = keys.flatMap((key) => known[key]?.(query.getAll(key).at(-1) ?? '') ?? [])
  return (volume) =>
    (everybody || volume.projectId === access.projectId) && filters.every((fits) => fits(volume))
}

/** A dictionary in Python, as clients write it, or in JSON. */
function readLiteral(value: string): JsonObject {
  for (const text of [value, value.replaceAll("'", '"')]) {
    try {
      const parsed: unknown = JSON.parse(text)
      if (isObject(parsed)) return parsed
    } catch {
      // The other form may fit.
    }
  }
  return {}
}

function sorted(volumes: Volume[], query: URLSearchParams): Volume[] {
  const sort = query.get('sort')
  const key = query.get('sort_key')
  const direction = query.get('sort_dir')
  if (sort !== null && (key !== null || direction !== null)) {
    throw cinderError(
      400,
      "The 'sort_key' and 'sort_dir' parameters are deprecated and cannot be used with the 'sort' parameter.",
    )
  }
  const pairs = sort === null ? [[key ?? 'created_at', direction ?? 'desc']] : readSort(sort)
  const sorts = pairs.map(([name = '', way = 'desc']) => {
    const value = SORTS[name]
    if (!value) throw cinderError(400, 'Invalid input received: Invalid sort key')
    return { value, sign: way === 'asc' ? 1 : -1 }
  })
  return volumes.sort((one, other) => {
    for (const { value, sign } of sorts) {
      const [left, right] = [value(one), value(other)]
      if (left !== right) return left < right ? -sign : sign
    }
    return other.serial - one.serial
  })
}

function readSort(sort: string): string[][] {
  return sort.split(',').map((each) => each.trim().split(':'))
}
