/** Filters of the list of images. */

import type { Filters } from '../service/list.ts'
import type { Query } from '../transport/request.ts'
import type { ImageStatus } from './image.ts'

/** A value, or several of which any will do. */
export type ImageFilter<T extends string = string> = T | readonly T[] | undefined

/** Filters of the list. */
export interface ImageQuery {
  readonly id?: ImageFilter
  readonly name?: ImageFilter
  readonly status?: ImageFilter<ImageStatus>
  readonly diskFormat?: ImageFilter
  readonly containerFormat?: ImageFilter
  /** Absent means public, own and accepted shared ones. */
  readonly visibility?: 'public' | 'private' | 'shared' | 'community' | 'all' | undefined
  /** Which of the images that others share with the project, default the accepted ones. */
  readonly memberStatus?: 'accepted' | 'pending' | 'rejected' | 'all' | undefined
  readonly owner?: string | undefined
  /** All of these tags. */
  readonly tags?: readonly string[] | undefined
  readonly protected?: boolean | undefined
  /** Hidden ones instead of the others. */
  readonly osHidden?: boolean | undefined
  /** Bytes. */
  readonly sizeMin?: number | undefined
  readonly sizeMax?: number | undefined
  /** `gt:2026-01-31T12:00:00Z`, with `gt`, `gte`, `lt`, `lte`, `eq` or `neq`. */
  readonly createdAt?: string | undefined
  readonly updatedAt?: string | undefined
  /** Properties that must have these values: `{ os_distro: 'ubuntu' }`. */
  readonly properties?: Readonly<Record<string, string>> | undefined
  /** `created_at:desc` is the default; several with commas between. */
  readonly sort?: string | undefined
  /** Images a page, default and most often maximum 1,000. */
  readonly limit?: number | undefined
}

export const IMAGE_FILTERS: Filters<ImageQuery> = {
  id: true,
  name: true,
  status: true,
  diskFormat: true,
  containerFormat: true,
  visibility: true,
  memberStatus: true,
  owner: true,
  tags: true,
  protected: true,
  osHidden: true,
  sizeMin: true,
  sizeMax: true,
  createdAt: true,
  updatedAt: true,
  properties: true,
  sort: true,
  limit: true,
}

/** The filters as Glance knows them. */
export function imageQuery(query: ImageQuery): Query {
  return {
    ...query.properties,
    id: anyOf(query.id),
    name: anyOf(query.name),
    status: anyOf(query.status),
    disk_format: anyOf(query.diskFormat),
    container_format: anyOf(query.containerFormat),
    visibility: query.visibility,
    member_status: query.memberStatus,
    owner: query.owner,
    tag: query.tags,
    protected: query.protected,
    os_hidden: query.osHidden,
    size_min: query.sizeMin,
    size_max: query.sizeMax,
    created_at: query.createdAt,
    updated_at: query.updatedAt,
    sort: query.sort,
    // Glance's own page is 25 images long.
    limit: query.limit ?? 1000,
  }
}

function anyOf(values: ImageFilter): string | undefined {
  if (values === undefined || typeof values === 'string') return values
  return `in:${values.map((value) => (value.includes(',') ? `"${value}"` : value)).join(',')}`
}
