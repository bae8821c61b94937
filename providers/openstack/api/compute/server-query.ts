/** Filters and order of the list of servers: what Nova's schema of the query knows, and from when. */

import { NotValidError } from 'cloud-environs'
import type { Microversion } from '../service/microversion.ts'
import type { Query } from '../transport/request.ts'
import { checkTag } from './server-input.ts'
import { allOf, EVERY_VERSION, since, type VersionRanges } from './version-range.ts'

/** Keys to sort by. `host` and `node` are for administrators; `locked` needs microversion 2.73. */
export type ServerSortKey = (typeof SORT_KEYS)[number]

type SortDir = 'asc' | 'desc'

/** Filters of the list. `name` and `ip` are regular expressions to Nova: anchor and escape them. */
export interface ServerQuery {
  readonly name?: string | undefined
  readonly status?: string | undefined
  /** Id. */
  readonly image?: string | undefined
  /** Id. */
  readonly flavor?: string | undefined
  readonly ip?: string | undefined
  /** Needs microversion 2.5, as a regular expression too. */
  readonly ip6?: string | undefined
  /** From a create of several. */
  readonly reservationId?: string | undefined
  /** ISO 8601. Deleted servers come too then. */
  readonly changesSince?: string | undefined
  /** ISO 8601. Deleted servers come too then. Needs microversion 2.66. */
  readonly changesBefore?: string | undefined
  /** Has all of them. This and the next three need microversion 2.26. */
  readonly tags?: readonly string[] | undefined
  /** Has any of them. */
  readonly tagsAny?: readonly string[] | undefined
  /** Lacks one of them at least. */
  readonly notTags?: readonly string[] | undefined
  /** Has none of them. */
  readonly notTagsAny?: readonly string[] | undefined
  /** Needs microversion 2.73. */
  readonly locked?: boolean | undefined

  /** This and the following until `userId` need microversion 2.83, but with `allTenants` none. */
  readonly availabilityZone?: string | undefined
  readonly configDrive?: boolean | undefined
  readonly keyName?: string | undefined
  readonly createdAt?: string | undefined
  readonly launchedAt?: string | undefined
  readonly terminatedAt?: string | undefined
  readonly powerState?: number | undefined
  readonly taskState?: string | undefined
  readonly vmState?: string | undefined
  readonly progress?: number | undefined
  readonly userId?: string | undefined
  /** Needs microversion 2.90, but with `allTenants` none. */
  readonly hostname?: string | undefined

  /** Servers of all projects. Administrators only, as all that follow until `accessIpv6`. */
  readonly allTenants?: boolean | undefined
  /** Only together with `allTenants`. */
  readonly projectId?: string | undefined
  readonly host?: string | undefined
  readonly node?: string | undefined
  readonly uuid?: string | undefined
  readonly deleted?: boolean | undefined
  readonly softDeleted?: boolean | undefined
  readonly lockedBy?: string | undefined
  readonly launchIndex?: number | undefined
  readonly rootDeviceName?: string | undefined
  readonly kernelId?: string | undefined
  readonly ramdiskId?: string | undefined
  readonly imageRef?: string | undefined
  readonly diskConfig?: 'AUTO' | 'MANUAL' | undefined
  readonly description?: string | undefined
  readonly accessIpv4?: string | undefined
  readonly accessIpv6?: string | undefined

  readonly sortKey?: ServerSortKey | readonly ServerSortKey[] | undefined
  /** One for each key, default `desc`. */
  readonly sortDir?: SortDir | readonly SortDir[] | undefined
  /** Servers a page, at most and by default what the cloud allows: mostly 1,000. */
  readonly limit?: number | undefined
  /** Id of the server after which to begin. */
  readonly marker?: string | undefined
}

const SORT_KEYS = [
  'access_ip_v4',
  'access_ip_v6',
  'auto_disk_config',
  'availability_zone',
  'config_drive',
  'created_at',
  'display_description',
  'display_name',
  'host',
  'hostname',
  'image_ref',
  'instance_type_id',
  'kernel_id',
  'key_name',
  'launch_index',
  'launched_at',
  'locked',
  'locked_by',
  'node',
  'power_state',
  'progress',
  'project_id',
  'ramdisk_id',
  'root_device_name',
  'task_state',
  'terminated_at',
  'updated_at',
  'user_id',
  'uuid',
  'vm_state',
] as const

type Filter = readonly [wire: string, from?: Microversion, forOwners?: Microversion]

/** The wire name of each filter, from when it is known, and from when to others than administrators. */
export const SERVER_FILTERS: Readonly<Record<keyof ServerQuery, Filter>> = {
  name: ['name'],
  status: ['status'],
  image: ['image'],
  flavor: ['flavor'],
  ip: ['ip'],
  ip6: ['ip6', '2.5'],
  reservationId: ['reservation_id'],
  changesSince: ['changes-since'],
  changesBefore: ['changes-before', '2.66'],
  tags: ['tags', '2.26'],
  tagsAny: ['tags-any', '2.26'],
  notTags: ['not-tags', '2.26'],
  notTagsAny: ['not-tags-any', '2.26'],
  locked: ['locked', '2.73'],
  availabilityZone: ['availability_zone', '2.1', '2.83'],
  configDrive: ['config_drive', '2.1', '2.83'],
  keyName: ['key_name', '2.1', '2.83'],
  createdAt: ['created_at', '2.1', '2.83'],
  launchedAt: ['launched_at', '2.1', '2.83'],
  terminatedAt: ['terminated_at', '2.1', '2.83'],
  powerState: ['power_state', '2.1', '2.83'],
  taskState: ['task_state', '2.1', '2.83'],
  vmState: ['vm_state', '2.1', '2.83'],
  progress: ['progress', '2.1', '2.83'],
  userId: ['user_id', '2.1', '2.83'],
  hostname: ['hostname', '2.1', '2.90'],
  allTenants: ['all_tenants'],
  projectId: ['project_id'],
  host: ['host'],
  node: ['node'],
  uuid: ['uuid'],
  deleted: ['deleted'],
  softDeleted: ['soft_deleted'],
  lockedBy: ['locked_by'],
  launchIndex: ['launch_index'],
  rootDeviceName: ['root_device_name'],
  kernelId: ['kernel_id'],
  ramdiskId: ['ramdisk_id'],
  imageRef: ['image_ref'],
  diskConfig: ['auto_disk_config'],
  description: ['description'],
  accessIpv4: ['access_ip_v4'],
  accessIpv6: ['access_ip_v6'],
  sortKey: ['sort_key'],
  sortDir: ['sort_dir'],
  limit: ['limit'],
  marker: ['marker'],
}

/** The query on the wire; what it does not know is refused before. @throws NotValidError for an order that Nova does not know */
export function serverQuery(query: ServerQuery): Query {
  const wire: Record<string, Query[string]> = {}
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || !isFilter(name)) continue
    const [key] = SERVER_FILTERS[name]
    if (name.toLowerCase().includes('tags')) wire[key] = checkedTags(value)
    else if (name === 'allTenants') wire[key] = value === true ? 'true' : undefined
    else wire[key] = value as Query[string]
  }
  checkOrder('sorted by', query.sortKey, SORT_KEYS)
  checkOrder('sorted', query.sortDir, ['asc', 'desc'])
  return wire
}

/** Where the filters are known, and not silently left out. Those that are not known are refused before. */
export function versionsForQuery(query: ServerQuery): VersionRanges {
  const needs = Object.entries(query).map(([name, value]) => {
    if (value === undefined || !isFilter(name)) return EVERY_VERSION
    const [, from = '2.1', forOwners = from] = SERVER_FILTERS[name]
    return since(query.allTenants === true ? from : forOwners)
  })
  const sortsByLocked = [query.sortKey ?? []].flat().includes('locked')
  return allOf([sortsByLocked ? since('2.73') : EVERY_VERSION, ...needs])
}

function checkOrder(what: string, given: string | readonly string[] = [], known: readonly string[]): void {
  const unknown = [given].flat().find((each) => !known.includes(each))
  if (unknown === undefined) return
  throw new NotValidError(`servers cannot be ${what} "${unknown}"`, {
    hint: `use one of ${known.join(', ')}`,
  })
}

function isFilter(name: string): name is keyof ServerQuery {
  return Object.hasOwn(SERVER_FILTERS, name)
}

/** A comma stands between tags, so that none can have one. */
function checkedTags(value: unknown): string | undefined {
  const tags = Array.isArray(value) ? (value as readonly string[]) : [String(value)]
  for (const tag of tags) checkTag(tag)
  return tags.length === 0 ? undefined : tags.join(',')
}
