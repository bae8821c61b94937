import { isObject, type JsonObject } from '../json.ts'
import type { Reply } from '../message.ts'
import type { Router } from '../router.ts'
import { micro } from '../time.ts'
import { completeLive } from './actions/live-migration.ts'
import {
  badState,
  bodyOf,
  type Call,
  checkLock,
  checkState,
  type Handler,
  ok,
  serverOf,
  versionNotFound,
} from './call.ts'
import { novaError, notAllowed } from './errors.ts'
import { isInProgress, type Migration, setMigrationStatus } from './migration.ts'
import { checkQuery, page } from './paging.ts'
import { leaveOtherEnd } from './placement.ts'
import { validate } from './schema.ts'
import type { Server } from './server.ts'

/** /os-migrations, and those of a server that are going on: /servers/{id}/migrations. */
export function migrationRoutes(router: Router<Handler>): void {
  router
    .add('GET', '/os-migrations', list)
    .add('GET', '/servers/:id/migrations', (call) => {
      const server = ruled(call, 23, 'index')
      const running = call.state.migrations.of(server.id).filter(isInProgress)
      return ok({ migrations: running.map((migration) => progressView(call, migration)) })
    })
    .add('GET', '/servers/:id/migrations/:migration', show)
    .add('DELETE', '/servers/:id/migrations/:migration', abort)
    .add('POST', '/servers/:id/migrations/:migration/action', forceComplete)
}

const FILTERS = {
  hidden: 1,
  host: 1,
  instance_uuid: 1,
  source_compute: 1,
  status: 1,
  migration_type: 1,
  limit: 59,
  marker: 59,
  'changes-since': 59,
  'changes-before': 66,
  user_id: 80,
  project_id: 80,
}

/** What a migration is found by; `host` is either end of it. */
const FIELDS: Readonly<Record<string, (migration: Migration) => readonly (string | null)[]>> = {
  host: ({ sourceHost, destHost }) => [sourceHost, destHost],
  source_compute: ({ sourceHost }) => [sourceHost],
  instance_uuid: ({ serverId }) => [serverId],
  status: ({ status }) => [status],
  migration_type: ({ type }) => [type],
  user_id: ({ userId }) => [userId],
  project_id: ({ projectId }) => [projectId],
}

function list(call: Call): Reply {
  const { state, access, minor, incoming, base } = call
  if (!access.isAdmin) throw notAllowed('os-migrations:index')
  const { query } = incoming
  if (minor >= 59) checkQuery(query, minor, FILTERS)
  const found = state.migrations.all().filter((migration) =>
    Object.entries(FIELDS).every(([key, valuesOf]) => {
      const wanted = query.get(key)
      return wanted === null || valuesOf(migration).includes(wanted)
    }),
  )
  // Paged, the youngest come first.
  if (minor < 59) return ok({ migrations: found.toReversed().map((each) => view(call, each)) })
  const { items, next } = page(query, found, {
    cap: state.settings.pageLimit,
    url: `${base}/os-migrations`,
    idOf: ({ uuid }) => uuid,
    updatedOf: ({ updated }) => updated,
  })
  return ok({ migrations: items.map((each) => view(call, each)), ...(next && { migrations_links: next }) })
}

function view({ minor, base }: Call, migration: Migration): JsonObject {
  const { id, serverId } = migration
  const path = `servers/${serverId}/migrations/${id}`
  return {
    id,
    ...(minor >= 59 && { uuid: migration.uuid }),
    ...ends(migration),
    old_instance_type_id: migration.oldFlavor,
    new_instance_type_id: migration.newFlavor,
    instance_uuid: serverId,
    status: migration.status,
    ...(minor >= 23 && { migration_type: migration.type }),
    ...owner(minor, migration),
    ...moments(migration),
    ...(minor >= 23 &&
      isInProgress(migration) && {
        links: [
          { rel: 'self', href: `${base}/${path}` },
          { rel: 'bookmark', href: `${base.replace(/\/v2\.1$/, '')}/${path}` },
        ],
      }),
  }
}

function progressView({ minor }: Call, migration: Migration): JsonObject {
  return {
    id: migration.id,
    ...(minor >= 59 && { uuid: migration.uuid }),
    ...ends(migration),
    server_uuid: migration.serverId,
    status: migration.status,
    ...owner(minor, migration),
    ...moments(migration),
    disk_processed_bytes: 0,
    disk_remaining_bytes: 0,
    disk_total_bytes: 0,
    memory_processed_bytes: 0,
    memory_remaining_bytes: 0,
    memory_total_bytes: 0,
  }
}

function ends({ sourceHost, destHost }: Migration): JsonObject {
  return {
    source_compute: sourceHost,
    source_node: sourceHost,
    dest_compute: destHost,
    dest_node: destHost,
    dest_host: null,
  }
}

function owner(minor: number, { userId, projectId }: Migration): JsonObject {
  return minor >= 80 ? { user_id: userId, project_id: projectId } : {}
}

function moments({ created, updated }: Migration): JsonObject {
  return { created_at: micro(created), updated_at: micro(updated) }
}

/** The server, for an administrator at a microversion that has the call. */
function ruled(call: Call, since: number, rule: string): Server {
  if (call.minor < since) throw versionNotFound()
  const server = serverOf(call)
  if (!call.access.isAdmin) throw notAllowed(`servers:migrations:${rule}`)
  return server
}

function find({ state, parameters }: Call, server: Server): Migration | undefined {
  return state.migrations.of(server.id).find(({ id }) => String(id) === parameters.migration)
}

function show(call: Call): Reply {
  const server = ruled(call, 23, 'show')
  const migration = find(call, server)
  const about = `${call.parameters.migration} for server ${server.id}`
  if (!migration) {
    throw novaError(
      404,
      `In-progress live migration ${call.parameters.migration} is not found for server ${server.id}.`,
    )
  }
  if (migration.type !== 'live-migration') throw novaError(404, `Migration ${about} is not live-migration.`)
  if (!isInProgress(migration)) throw novaError(404, `Live migration ${about} is not in progress.`)
  return ok({ migration: progressView(call, migration) })
}

function abort(call: Call): Reply {
  const { state } = call
  const server = ruled(call, 24, 'delete')
  if (server.taskState !== 'migrating') throw notMigrating(server, 'abort live migration')
  const migration = find(call, server)
  const id = call.parameters.migration
  if (!migration) throw novaError(404, `Migration ${id} not found for instance ${server.id}`)
  if (!isInProgress(migration)) throw wrongStatus(migration, 'abort live migration')
  state.instanceActions.begin(call, server, 'live_migration_cancel')
  setMigrationStatus(migration, 'cancelled')
  leaveOtherEnd(state, server)
  server.taskState = null
  state.instanceActions.end(server, 'live-migration', 'The migration was cancelled.')
  state.instanceActions.end(server, 'live_migration_cancel')
  return { status: 202 }
}

function forceComplete(call: Call): Reply {
  const { state } = call
  if (call.minor < 22) throw versionNotFound()
  const body = bodyOf(call)
  const [action] = isObject(body) ? Object.keys(body) : []
  if (action === undefined) throw novaError(400, 'Malformed request body')
  if (action !== 'force_complete') throw novaError(400, `There is no such action: ${action}`)
  validate({ type: 'object', properties: { force_complete: { type: 'null' } } }, body)
  const server = ruled(call, 22, 'force_complete')
  checkLock(call, server)
  checkState(server, 'force_complete', ['active'], ['migrating'])
  const migration = find(call, server)
  const id = call.parameters.migration
  if (!migration) throw novaError(400, `Migration ${id} not found for instance ${server.id}`)
  if (!isInProgress(migration)) throw wrongStatus(migration, 'force complete')
  state.instanceActions.begin(call, server, 'live_migration_force_complete')
  completeLive(state, server)
  server.taskState = null
  state.instanceActions.end(server, 'live-migration')
  state.instanceActions.end(server, 'live_migration_force_complete')
  return { status: 202 }
}

function notMigrating(server: Server, action: string): Error {
  if (server.taskState === null) return badState(server, action)
  return novaError(
    409,
    `Cannot '${action}' instance ${server.id} while it is in task_state ${server.taskState}`,
  )
}

function wrongStatus({ id, serverId, status }: Migration, action: string): Error {
  return novaError(
    400,
    `Migration ${id} state of instance ${serverId} is ${status}. Cannot ${action} while the migration is in this state.`,
  )
}
