import { asBoolean, isObject, isText, type JsonObject } from '../../json.ts'
import type { Reply } from '../../message.ts'
import { type Call, checkState, ok } from '../call.ts'
import { novaError } from '../errors.ts'
import { setMigrationStatus } from '../migration.ts'
import { arrive, beginMigration, fault, leaveOtherEnd, NO_VALID_HOST } from '../placement.ts'
import { FLAG, HOST, type Schema } from '../schema.ts'
import type { Server } from '../server.ts'
import { type Actions, enter, perform } from './action.ts'
import { checkForce } from './live-migration.ts'
import { ADMIN_PASS, passwordOf } from './password.ts'

export const evacuateActions: Actions = {
  evacuate: {
    schema,
    rule: 'os-evacuate',
    lock: 'ignored',
    run: evacuate,
  },
}

function schema(minor: number): Schema {
  return {
    type: 'object',
    properties: {
      host: HOST,
      adminPass: ADMIN_PASS,
      ...(minor < 14 && { onSharedStorage: FLAG }),
      ...(minor >= 29 && minor < 68 && { force: FLAG }),
    },
    ...(minor < 14 && { required: ['onSharedStorage'] }),
  }
}

/** Builds the server anew elsewhere, when its host is dead. Answers 200, though that goes on. */
function evacuate(call: Call, server: Server, value: unknown): Reply {
  const { state, minor } = call
  const given = isObject(value) ? value : {}
  const on = isText(given.host) ? given.host : undefined
  checkForce(given, on)
  const password = readPassword(given)
  if (on !== undefined && !state.hosts.named(on)) throw novaError(404, `Compute host ${on} not found.`)
  // As Nova has it, a server on no host is already at a host that nobody named.
  if (on === server.host) {
    throw novaError(400, "The target host can't be the same one.")
  }
  checkState(server, 'evacuate', ['active', 'stopped', 'error'], 'any')
  const source = state.hosts.named(server.host)
  if (!source?.forcedDown) throw novaError(400, `Compute service of ${server.host} is still in use.`)
  leaveOtherEnd(state, server)
  const host = state.hosts.claim(server, { on, not: server.host })
  const status = host ? 'accepted' : 'error'
  const migration = beginMigration(call, server, 'evacuation', { host, status })
  if (host) server.otherEnd = { host: host.name, zone: host.zone, flavor: server.flavor, migration }
  perform(call, server, 'evacuate', ['rebuilding', 'rebuild_spawning'], () => {
    if (!server.otherEnd) {
      enter(server, 'error')
      return fault(call, server, 'evacuate', NO_VALID_HOST)
    }
    arrive(state, server, server.otherEnd)
    leaveOtherEnd(state, server)
    setMigrationStatus(migration, 'done')
    // What was stopped is stopped again.
    enter(server, server.vmState === 'stopped' ? 'stopped' : 'active')
    server.launched = Date.now()
  })
  return minor < 14 ? ok({ adminPass: password }) : { status: 200 }
}

/** On shared storage the disk, and so the password, is the old one. */
function readPassword(given: JsonObject): string | null {
  const shared = asBoolean(given.onSharedStorage) === true
  if (shared && given.adminPass !== undefined) {
    throw novaError(400, "admin password can't be changed on existing disk")
  }
  return shared ? null : passwordOf(given)
}
