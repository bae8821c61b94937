import type { JsonObject } from '../json.ts'
import { novaError } from './errors.ts'
import { readCount, readLimit, readMoment } from './list.ts'

interface Paged<T> {
  /** The largest page. */
  readonly cap: number
  /** Of the list, for the link to the next page. */
  readonly url: string
  readonly idOf: (item: T) => string
  /** For `changes-since` and `changes-before`. */
  readonly updatedOf: (item: T) => number
}

/** Refuses query keys that the microversion does not have. `keys`: the first minor microversion of each. */
export function checkQuery(
  query: URLSearchParams,
  minor: number,
  keys: Readonly<Record<string, number>>,
): void {
  const strangers = [...query.keys()].filter((key) => (keys[key] ?? Number.POSITIVE_INFINITY) > minor)
  if (strangers.length === 0) return
  const names = strangers
    .sort()
    .map((key) => `'${key}'`)
    .join(', ')
  const verb = strangers.length > 1 ? 'were' : 'was'
  throw novaError(400, `Additional properties are not allowed (${names} ${verb} unexpected)`)
}

/** The part of a list that the query's limit, marker and moments ask for. */
export function page<T>(
  query: URLSearchParams,
  all: readonly T[],
  { cap, url, idOf, updatedOf }: Paged<T>,
): { items: readonly T[]; next: JsonObject[] | undefined } {
  const limit = readLimit(query, cap)
  const since = readMoment(query, 'changes-since')
  const before = readMoment(query, 'changes-before')
  if (since !== undefined && before !== undefined && before < since) {
    throw novaError(400, 'The value of changes-since must be less than or equal to changes-before.')
  }
  const marker = query.get('marker')
  const at = marker === null ? -1 : all.findIndex((item) => idOf(item) === marker)
  if (marker !== null && at < 0) throw novaError(400, `Marker ${marker} could not be found.`)
  const items = all
    .slice(at + 1)
    .filter(
      (item) => updatedOf(item) >= (since ?? 0) && updatedOf(item) <= (before ?? Number.POSITIVE_INFINITY),
    )
    .slice(0, limit)
  const last = items.at(-1)
  if (last === undefined || items.length < limit) return { items, next: undefined }
  const following = new URLSearchParams([...query].filter(([key]) => key !== 'marker'))
  following.set('limit', String(limit))
  following.set('marker', idOf(last))
  return { items, next: [{ rel: 'next', href: `${url}?${following.toString()}` }] }
}

/** The part of a list without markers that the query's limit and offset ask for; a limit of 0 is none. */
export function limited<T>(query: URLSearchParams, all: readonly T[], cap: number): readonly T[] {
  const start = readCount(query, 'offset') ?? 0
  return all.slice(start, start + (readLimit(query, cap) || cap))
}
