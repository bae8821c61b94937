import { asBoolean, isObject, isText, type JsonObject } from '../../json.ts'
import type { Reply } from '../../message.ts'
import type { Call } from '../call.ts'
import { novaError } from '../errors.ts'
import { setMigrationStatus } from '../migration.ts'
import { arrive, beginMigration, fault, leaveOtherEnd, NO_VALID_HOST } from '../placement.ts'
import { FLAG, HOST, type Schema } from '../schema.ts'
import type { OtherEnd, Server } from '../server.ts'
import type { ComputeState } from '../state.ts'
import { ACCEPTED, type Actions, perform } from './action.ts'

export const liveMigrationActions: Actions = {
  'os-migrateLive': {
    schema,
    rule: 'os-migrate-server:migrate_live',
    from: ['active', 'paused'],
    run: migrateLive,
  },
}

function schema(minor: number): Schema {
  const overcommits = minor < 25
  return {
    type: 'object',
    properties: {
      block_migration: overcommits ? FLAG : { enum: [...(FLAG.enum ?? []), 'auto'] },
      ...(overcommits && { disk_over_commit: FLAG }),
      host: { ...HOST, type: ['string', 'null'] },
      ...(minor >= 30 && minor < 68 && { force: FLAG }),
    },
    required: ['block_migration', ...(overcommits ? ['disk_over_commit'] : []), 'host'],
  }
}

function migrateLive(call: Call, server: Server, value: unknown): Reply {
  const { state, minor } = call
  const given = isObject(value) ? value : {}
  const on = isText(given.host) ? given.host : undefined
  checkForce(given, on)
  if (on !== undefined && !state.hosts.named(on)) {
    throw novaError(400, `Compute host ${on} could not be found.`)
  }
  const self = on !== undefined && on === server.host
  const host = self ? undefined : state.hosts.claim(server, { on, not: server.host })
  const migration = beginMigration(call, server, 'live-migration', {
    host: self ? state.hosts.named(on) : host,
    status: host ? 'running' : 'error',
  })
  if (!host) {
    const message = self
      ? `Unable to migrate instance (${server.id}) to current host (${on}).`
      : NO_VALID_HOST
    // Up to 2.33 the checks are made before the answer.
    perform(call, server, 'live-migration', minor < 34 ? [] : ['migrating'], () =>
      fault(call, server, 'live-migration', message, self ? 400 : 500),
    )
    if (minor < 34) throw novaError(400, message)
    return ACCEPTED
  }
  server.otherEnd = { host: host.name, zone: host.zone, flavor: server.flavor, migration }
  perform(call, server, 'live-migration', ['migrating'], () => completeLive(state, server))
  return ACCEPTED
}

/** Hosts are forced only by name. */
export function checkForce(given: JsonObject, on: string | undefined): void {
  if (asBoolean(given.force) === true && on === undefined) {
    throw novaError(400, "Can't force to a non-provided destination")
  }
}

/** Puts a server that is being migrated to where it goes, in the state in which it is. */
export function completeLive(state: ComputeState, server: Server): void {
  const to: OtherEnd | undefined = server.otherEnd
  if (!to) return
  arrive(state, server, to)
  leaveOtherEnd(state, server)
  setMigrationStatus(to.migration, 'completed')
}
