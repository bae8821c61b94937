import type { Access } from '../access.ts'
import { asText, asBoolean, isList, type JsonObject } from '../json.ts'
import type { Refusal } from '../message.ts'
import { type Image, imageView, type ImageStore } from './images.ts'

const SORT_KEYS = [
  'name',
  'status',
  'container_format',
  'disk_format',
  'size',
  'id',
  'created_at',
  'updated_at',
]

const CONTROLS = new Set([
  'limit',
  'marker',
  'sort',
  'sort_key',
  'sort_dir',
  'visibility',
  'member_status',
  'tag',
  'os_hidden',
  'protected',
  'size_min',
  'size_max',
  'created_at',
  'updated_at',
])

const MEMBER_STATUSES = ['accepted', 'pending', 'rejected', 'all']
const VISIBILITIES = ['community', 'public', 'private', 'shared', 'all']

/** GET /v2/images. `refuse` makes Glance's error for a status and a text. */
export function listImages(
  store: ImageStore,
  access: Access,
  query: URLSearchParams,
  pageLimit: number,
  refuse: (status: number, message: string) => Refusal,
): JsonObject {
  const fits = readFilters(access, query, refuse)
  const images = [...store.images.values()].filter(fits)
  const views = sorted(images.map(imageView), query, refuse)
  const limit = readLimit(query, pageLimit, refuse)
  const marker = query.get('marker')
  const at = marker === null ? -1 : views.findIndex(({ id }) => id === marker)
  if (marker !== null && at < 0) throw refuse(400, `No image found with ID ${marker}`)
  const page = views.slice(at + 1, at + 1 + limit)
  const last = page.at(-1)
  const plain = new URLSearchParams(query)
  plain.delete('marker')
  const first = plain.size > 0 ? `/v2/images?${plain.toString()}` : '/v2/images'
  const next = new URLSearchParams(plain)
  if (last) next.set('marker', String(last.id))
  return {
    images: page,
    first,
    schema: '/v2/schemas/images',
    // Relative to the server's root, whatever the endpoint's path: clients have to cope with it.
    ...(last && page.length === limit && { next: `/v2/images?${next.toString()}` }),
  }
}

function readLimit(
  query: URLSearchParams,
  pageLimit: number,
  refuse: (status: number, message: string) => Refusal,
): number {
  const text = query.get('limit')
  if (text === null) return Math.min(25, pageLimit)
  if (!/^-?\d+$/.test(text)) throw refuse(400, 'limit param must be an integer')
  if (Number(text) < 0) throw refuse(400, 'limit param must be positive')
  return Math.min(Number(text), pageLimit)
}

function readFilters(
  access: Access,
  query: URLSearchParams,
  refuse: (status: number, message: string) => Refusal,
): (image: Image) => boolean {
  const visibility = query.get('visibility')
  if (visibility !== null && !VISIBILITIES.includes(visibility)) {
    throw refuse(400, `Invalid visibility value: ${visibility}`)
  }
  const tags = query.getAll('tag')
  const hidden = readFlag(query, 'os_hidden', refuse) === true
  const locked = readFlag(query, 'protected', refuse)
  const memberStatus = query.get('member_status') ?? 'accepted'
  if (!MEMBER_STATUSES.includes(memberStatus)) throw refuse(400, `Invalid status: ${memberStatus}`)
  const sizes = ['size_min', 'size_max'].map((key) => {
    const text = query.get(key)
    if (text !== null && !/^\d+$/.test(text)) {
      throw refuse(400, 'Unable to filter on a range with a non-numeric value.')
    }
    return text === null ? undefined : Number(text)
  })
  const ages = (['created_at', 'updated_at'] as const).flatMap((key) => {
    const text = query.get(key)
    return text === null ? [] : [readAge(key, text, refuse)]
  })
  const plain = [...new Set(query.keys())].filter((key) => !CONTROLS.has(key))
  // Of a repeated key Glance takes the last value.
  const wanted = plain.map((key) => [key, query.getAll(key).at(-1) ?? ''] as const)
  return (image) => {
    if (!inVisibility(image, access, visibility, memberStatus) || image.os_hidden !== hidden) return false
    if (locked !== undefined && image.protected !== locked) return false
    if (!tags.every((tag) => image.tags.includes(tag))) return false
    const [min, max] = sizes
    if (min !== undefined && (image.size ?? 0) < min) return false
    if (max !== undefined && (image.size ?? 0) > max) return false
    if (!ages.every((age) => age(image))) return false
    if (wanted.length === 0) return true
    const view = imageView(image)
    return wanted.every(([key, value]) => matches(key, view[key], value))
  }
}

function readFlag(
  query: URLSearchParams,
  key: 'os_hidden' | 'protected',
  refuse: (status: number, message: string) => Refusal,
): boolean | undefined {
  const text = query.get(key)
  if (text === null) return undefined
  if (/^(true|false)$/i.test(text)) return asBoolean(text)
  throw refuse(400, `Invalid value '${text}' for '${key}' filter. Valid values are 'true' or 'false'.`)
}

function inVisibility(
  image: Image,
  access: Access,
  visibility: string | null,
  memberStatus: string,
): boolean {
  const own = access.isAdmin || image.owner === access.projectId
  const open = image.visibility === 'public'
  const status = image.visibility === 'shared' ? image.members.get(access.projectId)?.status : undefined
  const given = status !== undefined && (memberStatus === 'all' || memberStatus === status)
  if (visibility === 'all') return own || open || given || image.visibility === 'community'
  if (visibility !== null) {
    return image.visibility === visibility && (own || open || given || visibility === 'community')
  }
  return open || given || (own && (image.visibility !== 'community' || image.owner === access.projectId))
}

/** `in:` only counts for these. */
const LISTED = ['id', 'name', 'status', 'disk_format', 'container_format']

function matches(key: string, actual: unknown, value: string): boolean {
  if (actual === undefined || actual === null || isList(actual)) return false
  if (!value.startsWith('in:') || !LISTED.includes(key)) return asText(actual) === value
  const choices = value.slice(3).match(/"[^"]*"|[^,]+/g) ?? []
  return choices.some((choice) => choice.replace(/^"|"$/g, '') === asText(actual))
}

function readAge(
  key: 'created_at' | 'updated_at',
  text: string,
  refuse: (status: number, message: string) => Refusal,
): (image: Image) => boolean {
  const match = /^(?:(gt|gte|lt|lte|eq|neq):)?(.*)$/.exec(text)
  const operator = match?.[1] ?? 'eq'
  const moment = Date.parse(match?.[2] ?? '')
  if (Number.isNaN(moment)) {
    throw refuse(400, `Bad "${key}" query filter format. Use ISO 8601 DateTime notation.`)
  }
  return (image) => {
    const second = Math.floor((key === 'created_at' ? image.created : image.updated) / 1000) * 1000
    if (operator === 'eq') return second === moment
    if (operator === 'neq') return second !== moment
    if (operator === 'gt') return second > moment
    if (operator === 'gte') return second >= moment
    return operator === 'lt' ? second < moment : second <= moment
  }
}

function sorted(
  views: JsonObject[],
  query: URLSearchParams,
  refuse: (status: number, message: string) => Refusal,
): JsonObject[] {
  const keys = readSorts(query, refuse)
  return views.sort((one, other) => {
    for (const { key, sign } of keys) {
      const [left, right] = [one[key] ?? '', other[key] ?? '']
      if (left < right) return -sign
      if (left > right) return sign
    }
    return 0
  })
}

function readSorts(
  query: URLSearchParams,
  refuse: (status: number, message: string) => Refusal,
): { key: string; sign: 1 | -1 }[] {
  const compact = query.get('sort')
  const keys = query.getAll('sort_key')
  const directions = query.getAll('sort_dir')
  if (compact !== null && (keys.length > 0 || directions.length > 0)) {
    throw refuse(400, 'Old and new sorting syntax cannot be combined')
  }
  const pairs =
    compact === null
      ? keys.map((key, index) => [key, directions[index] ?? directions[0] ?? 'desc'] as const)
      : compact.split(',').map((part) => {
          const [key = '', direction = 'desc'] = part.split(':')
          return [key, direction] as const
        })
  for (const [key, direction] of pairs) {
    if (!SORT_KEYS.includes(key)) {
      throw refuse(400, `Invalid sort key: ${key}. It must be one of the following: ${SORT_KEYS.join(', ')}.`)
    }
    if (direction !== 'asc' && direction !== 'desc') {
      throw refuse(400, `Invalid sort direction: ${direction}`)
    }
  }
  const asked = pairs.map(([key, direction]) => ({ key, sign: direction === 'asc' ? 1 : -1 }) as const)
  const rest = ['created_at', 'id'].filter((key) => !pairs.some(([each]) => each === key))
  return [...asked, ...rest.map((key) => ({ key, sign: -1 }) as const)]
}
