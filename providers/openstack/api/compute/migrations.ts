/** Servers that move between hosts. All of it is for administrators, by default. */

import { NotValidError, type Secret } from 'cloud-environs'
import { z } from 'zod'
import { compareMicroversions, type Microversion } from '../service/microversion.ts'
import { lazy } from '../service/lazy.ts'
import type { CallOptions } from '../service/options.ts'
import { readItems, readOne } from '../service/read.ts'
import { readPassword, revealed } from './passwords.ts'
import { segment } from './path-segment.ts'
import type { Operations } from './server-operation.ts'
import { allOf, EVERY_VERSION, since, type VersionRanges } from './version-range.ts'

/** How to move a running server. */
export interface LiveMigrateOptions extends CallOptions {
  /** Default: the scheduler chooses. */
  readonly host?: string | undefined
  /** Whether local disks move along, default `auto`. */
  readonly blockMigration?: boolean | 'auto' | undefined
  /** Up to microversion 2.24, where it is false by default. */
  readonly diskOverCommit?: boolean | undefined
  /** Takes `host` without asking the scheduler: microversions 2.30 to 2.67. */
  readonly force?: boolean | undefined
}

/** How to rebuild a server elsewhere. */
export interface EvacuateOptions extends CallOptions {
  /** Default: the scheduler chooses. */
  readonly host?: string | undefined
  readonly adminPassword?: string | Secret | undefined
  /** Up to microversion 2.13, which cannot do without it. Newer clouds find out. */
  readonly onSharedStorage?: boolean | undefined
  /** Takes `host` without asking the scheduler: microversions 2.29 to 2.67. */
  readonly force?: boolean | undefined
}

/** A live migration that is under way. */
export interface ServerMigration {
  readonly id: number
  readonly status: string
  readonly sourceCompute?: string | undefined
  readonly destCompute?: string | undefined
  readonly createdAt?: string | undefined
  readonly updatedAt?: string | undefined
  /** Bytes. */
  readonly memoryTotal?: number | undefined
  readonly memoryProcessed?: number | undefined
  readonly memoryRemaining?: number | undefined
  readonly diskTotal?: number | undefined
  readonly diskProcessed?: number | undefined
  readonly diskRemaining?: number | undefined
}

/** Calls that move a server. */
export interface ServerMigrations {
  /** Moves a server while it is off; `VERIFY_RESIZE` afterwards. A host needs microversion 2.56. */
  migrate(id: string, options?: CallOptions & { readonly host?: string | undefined }): Promise<void>
  /** Moves a server while it runs. */
  liveMigrate(id: string, options?: LiveMigrateOptions): Promise<void>
  /** Rebuilds a server whose host is down. The password, which only microversions below 2.14 tell. */
  evacuate(id: string, options?: EvacuateOptions): Promise<Secret | undefined>
  /** Live migrations under way. Needs microversion 2.23. */
  migrations(id: string, options?: CallOptions): Promise<ServerMigration[]>
  /** Needs microversion 2.23. @throws NotFoundError when it is over */
  getMigration(id: string, migrationId: number, options?: CallOptions): Promise<ServerMigration>
  /** Slows the server down until the migration can end. Needs microversion 2.22. */
  forceCompleteMigration(id: string, migrationId: number, options?: CallOptions): Promise<void>
  /** Needs microversion 2.24, and 2.65 for one that has not begun. */
  abortMigration(id: string, migrationId: number, options?: CallOptions): Promise<void>
}

const migrationSchema = lazy(() => {
  const text = z.string().nullish()
  const bytes = z.number().nullish()
  return z
    .object({
      id: z.number(),
      status: z.string(),
      source_compute: text,
      dest_compute: text,
      created_at: text,
      updated_at: text,
      memory_total_bytes: bytes,
      memory_processed_bytes: bytes,
      memory_remaining_bytes: bytes,
      disk_total_bytes: bytes,
      disk_processed_bytes: bytes,
      disk_remaining_bytes: bytes,
    })
    .transform(
      (wire): ServerMigration => ({
        id: wire.id,
        status: wire.status,
        sourceCompute: wire.source_compute ?? undefined,
        destCompute: wire.dest_compute ?? undefined,
        createdAt: wire.created_at ?? undefined,
        updatedAt: wire.updated_at ?? undefined,
        memoryTotal: wire.memory_total_bytes ?? undefined,
        memoryProcessed: wire.memory_processed_bytes ?? undefined,
        memoryRemaining: wire.memory_remaining_bytes ?? undefined,
        diskTotal: wire.disk_total_bytes ?? undefined,
        diskProcessed: wire.disk_processed_bytes ?? undefined,
        diskRemaining: wire.disk_remaining_bytes ?? undefined,
      }),
    )
})

const PATH = '/migrations'

function pathOf(migrationId: number): string {
  if (!Number.isSafeInteger(migrationId) || migrationId < 0) {
    throw new NotValidError(`${String(migrationId)} is not the id of a migration`, {
      hint: 'use the number that the list of migrations shows',
    })
  }
  return `${PATH}/${segment('the id of a migration', String(migrationId))}`
}

const isBelow = (microversion: Microversion, other: Microversion) =>
  compareMicroversions(microversion, other) < 0

function liveMigrateVersions({ host, diskOverCommit, force }: LiveMigrateOptions): VersionRanges {
  return allOf([
    // From 2.30 on, the scheduler looks at a host that is asked for.
    host === undefined ? [{ from: '2.25' }, {}] : [{ from: '2.30' }, { from: '2.25' }, {}],
    diskOverCommit === undefined ? EVERY_VERSION : [{ to: '2.24' }],
    force === undefined ? EVERY_VERSION : [{ from: '2.30', to: '2.67' }],
  ])
}

function evacuateVersions({ host, onSharedStorage, force }: EvacuateOptions): VersionRanges {
  return allOf([
    // From 2.29 on, the scheduler looks at a host that is asked for.
    host === undefined ? EVERY_VERSION : [{ from: '2.29' }, {}],
    onSharedStorage === undefined ? since('2.14') : [{ to: '2.13' }],
    force === undefined ? EVERY_VERSION : [{ from: '2.29', to: '2.67' }],
  ])
}

/** See {@link ServerMigrations}. */
export const serverMigrations: Operations<ServerMigrations> = {
  migrate: {
    operation: 'migrate',
    versions: ([{ host }]) => (host === undefined ? EVERY_VERSION : since('2.56')),
    body: ([{ host }]) => ({ migrate: host === undefined ? null : { host } }),
  },
  liveMigrate: {
    operation: 'migrate live',
    versions: ([options]) => liveMigrateVersions(options),
    body: ([{ host = null, blockMigration, diskOverCommit, force }], microversion) => ({
      'os-migrateLive': isBelow(microversion, '2.25')
        ? {
            host,
            block_migration: blockMigration === 'auto' ? false : (blockMigration ?? false),
            disk_over_commit: diskOverCommit ?? false,
          }
        : { host, block_migration: blockMigration ?? 'auto', force },
    }),
  },
  evacuate: {
    operation: 'evacuate',
    versions: ([options]) => evacuateVersions(options),
    body: ([{ host, adminPassword, onSharedStorage, force }]) => ({
      evacuate: { host, adminPass: revealed(adminPassword), onSharedStorage, force },
    }),
    read: readPassword,
  },
  migrations: {
    method: 'GET',
    path: PATH,
    operation: 'list migrations of',
    versions: () => since('2.23'),
    read: ({ json }, { logger }) => readItems(json, 'migrations', migrationSchema(), logger),
  },
  getMigration: {
    inputs: 1,
    method: 'GET',
    path: ([migrationId]) => pathOf(migrationId),
    operation: 'get a migration of',
    versions: () => since('2.23'),
    read: ({ json }, { args: [migrationId], resource }) =>
      readOne(json, 'migration', migrationSchema(), `migration ${migrationId} of ${resource}`),
  },
  forceCompleteMigration: {
    inputs: 1,
    path: ([migrationId]) => `${pathOf(migrationId)}/action`,
    operation: 'force the migration of',
    versions: () => since('2.22'),
    body: () => ({ force_complete: null }),
  },
  abortMigration: {
    inputs: 1,
    method: 'DELETE',
    path: ([migrationId]) => pathOf(migrationId),
    operation: 'abort the migration of',
    versions: () => [{ from: '2.65' }, { from: '2.24' }],
  },
}
