/** Migrations of all servers (https://docs.openstack.org/api-ref/compute/#migrations-os-migrations). */

import { z } from 'zod'
import { lazy } from '../service/lazy.ts'
import type { Microversion } from '../service/microversion.ts'
import type { Query } from '../transport/request.ts'
import type { ComputeClient } from './compute-client.ts'
import { allOf, EVERY_VERSION, since, type VersionRanges } from './version-range.ts'
import { VersionedList } from './versioned-list.ts'

/** What Nova calls the ways a server goes to another host. Any text is accepted. */
export type MigrationType = 'evacuation' | 'live-migration' | 'migration' | 'resize' | (string & {})

/** A server that goes to another host, or went. */
export interface Migration {
  readonly id: number
  readonly serverId: string
  /** `queued`, `preparing`, `running`, `completed`, `finished`, `confirmed`, `reverted`, `cancelled`, `error`, ... */
  readonly status: string
  /** From microversion 2.23. */
  readonly type?: MigrationType | undefined
  readonly sourceCompute?: string | undefined
  readonly sourceNode?: string | undefined
  readonly destCompute?: string | undefined
  readonly destNode?: string | undefined
  /** Address of the host. */
  readonly destHost?: string | undefined
  readonly createdAt?: string | undefined
  readonly updatedAt?: string | undefined
  /** From microversion 2.59. */
  readonly uuid?: string | undefined
  /** From microversion 2.80, as the next. */
  readonly userId?: string | undefined
  readonly projectId?: string | undefined
}

/** Filters of the list. */
export interface MigrationQuery {
  readonly status?: string | undefined
  readonly type?: MigrationType | undefined
  /** Id of the server. */
  readonly server?: string | undefined
  /** Source or destination. */
  readonly host?: string | undefined
  readonly sourceCompute?: string | undefined
  /** ISO 8601. Needs microversion 2.59. */
  readonly changesSince?: string | undefined
  /** ISO 8601. Needs microversion 2.66. */
  readonly changesBefore?: string | undefined
  /** Needs microversion 2.80. */
  readonly userId?: string | undefined
  /** Needs microversion 2.80. */
  readonly projectId?: string | undefined
  /** Migrations a page. Needs microversion 2.59; older clouds send all at once. */
  readonly limit?: number | undefined
  /** `uuid` of the migration after which to begin. Needs microversion 2.59. */
  readonly marker?: string | undefined
}

/** The wire name of each filter, and from when it is known. */
const FILTERS: Readonly<Record<keyof MigrationQuery, readonly [wire: string, from?: Microversion]>> = {
  status: ['status'],
  type: ['migration_type'],
  server: ['instance_uuid'],
  host: ['host'],
  sourceCompute: ['source_compute'],
  changesSince: ['changes-since', '2.59'],
  changesBefore: ['changes-before', '2.66'],
  userId: ['user_id', '2.80'],
  projectId: ['project_id', '2.80'],
  limit: ['limit', '2.59'],
  marker: ['marker', '2.59'],
}

/** The most that a cloud tells. */
const SHOWN: VersionRanges = [{ from: '2.80' }, { from: '2.59' }, { from: '2.23' }, {}]

const migrationSchema = lazy(() => {
  const text = z.string().nullish()
  return z
    .object({
      id: z.number(),
      instance_uuid: z.string(),
      status: z.string(),
      migration_type: text,
      source_compute: text,
      source_node: text,
      dest_compute: text,
      dest_node: text,
      dest_host: text,
      created_at: text,
      updated_at: text,
      uuid: text,
      user_id: text,
      project_id: text,
    })
    .transform(
      (wire): Migration => ({
        id: wire.id,
        serverId: wire.instance_uuid,
        status: wire.status,
        type: wire.migration_type ?? undefined,
        sourceCompute: wire.source_compute ?? undefined,
        sourceNode: wire.source_node ?? undefined,
        destCompute: wire.dest_compute ?? undefined,
        destNode: wire.dest_node ?? undefined,
        destHost: wire.dest_host ?? undefined,
        createdAt: wire.created_at ?? undefined,
        updatedAt: wire.updated_at ?? undefined,
        uuid: wire.uuid ?? undefined,
        userId: wire.user_id ?? undefined,
        projectId: wire.project_id ?? undefined,
      }),
    )
})

/** See `listMigrations` of the servers. */
export function migrationList(client: ComputeClient): VersionedList<Migration, MigrationQuery> {
  return new VersionedList(client, {
    path: '/os-migrations',
    key: 'migrations',
    resource: 'migration',
    schema: migrationSchema,
    filters: FILTERS,
    query: migrationQuery,
    versions: versionsForQuery,
  })
}

/** A filter that is not known is refused before. */
function migrationQuery(query: MigrationQuery): Query {
  return Object.fromEntries(
    Object.entries(query).flatMap(([name, value]) => (isFilter(name) ? [[FILTERS[name][0], value]] : [])),
  )
}

function versionsForQuery(query: MigrationQuery): VersionRanges {
  const needs = Object.entries(query).map(([name, value]) => {
    const from = isFilter(name) && value !== undefined ? FILTERS[name][1] : undefined
    return from === undefined ? EVERY_VERSION : since(from)
  })
  return allOf([SHOWN, ...needs])
}

function isFilter(name: string): name is keyof MigrationQuery {
  return Object.hasOwn(FILTERS, name)
}
