import { isObject, isText } from '../../json.ts'
import type { Reply } from '../../message.ts'
import type { Call } from '../call.ts'
import { checkImage } from '../create.ts'
import { novaError } from '../errors.ts'
import type { Flavor } from '../flavor.ts'
import { setMigrationStatus } from '../migration.ts'
import { arrive, beginMigration, checkQuota, fault, leaveOtherEnd, NO_VALID_HOST } from '../placement.ts'
import { DISK_CONFIG, HOST } from '../schema.ts'
import type { OtherEnd, Server, VmState } from '../server.ts'
import { ACCEPTED, type Actions, enter, perform } from './action.ts'

const RESIZE_TASKS = ['resize_prep', 'resize_migrating', 'resize_migrated', 'resize_finish']

const RESIZE_FROM: readonly VmState[] = ['active', 'stopped']

export const resizeActions: Actions = {
  resize: {
    schema: {
      type: 'object',
      properties: {
        flavorRef: { type: ['string', 'integer'], minLength: 1 },
        'OS-DCF:diskConfig': DISK_CONFIG,
      },
      required: ['flavorRef'],
    },
    from: RESIZE_FROM,
    run: resize,
  },
  migrate: {
    schema: (minor) =>
      minor < 56
        ? undefined
        : { type: ['object', 'null'], properties: { host: { ...HOST, type: ['string', 'null'] } } },
    rule: 'os-migrate-server:migrate',
    from: RESIZE_FROM,
    run: migrate,
  },
  confirmResize: { from: ['resized'], run: confirm },
  revertResize: { from: ['resized'], run: revert },
}

function resize(call: Call, server: Server, value: unknown): Reply {
  const { state } = call
  const given = isObject(value) ? value : {}
  checkService(call, server)
  const flavor = state.flavors.get(String(given.flavorRef))
  if (!flavor) throw novaError(400, `Flavor ${String(given.flavorRef)} could not be found.`)
  if (flavor.disk === 0 && server.flavor.disk !== 0 && server.imageId !== undefined) {
    throw novaError(
      400,
      'Server disk was unable to be resized because: Resize to zero disk flavor is not allowed.',
    )
  }
  if (flavor.id === server.flavor.id) {
    throw novaError(400, 'When resizing, instances must change flavor!')
  }
  const [cores, ram] = [flavor.vcpus - server.flavor.vcpus, flavor.ram - server.flavor.ram]
  checkQuota(state, server.projectId, { cores, ram })
  const image = state.images.images.get(server.imageId ?? '')
  if (image) checkImage(image, flavor, false)
  if (isText(given['OS-DCF:diskConfig'])) server.diskConfig = given['OS-DCF:diskConfig']
  move(call, server, 'resize', flavor)
  return ACCEPTED
}

function migrate(call: Call, server: Server, value: unknown): Reply {
  const host = call.minor >= 56 && isObject(value) && isText(value.host) ? value.host : undefined
  checkService(call, server)
  if (host !== undefined && host === server.host) {
    throw novaError(400, 'Cannot migrate to the host where the server exists.')
  }
  if (host !== undefined && !call.state.hosts.named(host)) {
    throw novaError(400, `Compute host ${host} could not be found.`)
  }
  move(call, server, 'migrate', server.flavor, host)
  return ACCEPTED
}

/** The compute host that the server leaves has to work. */
function checkService({ state }: Call, server: Server): void {
  if (state.hosts.named(server.host)?.forcedDown) {
    throw novaError(409, 'Service is unavailable at this time.')
  }
}

/** Both hosts keep room for the server until the move is confirmed or reverted. */
function move(call: Call, server: Server, record: 'resize' | 'migrate', flavor: Flavor, on?: string): void {
  const { state } = call
  const type = record === 'resize' ? 'resize' : 'migration'
  const host = state.hosts.claim(server, { flavor, on, not: server.host })
  const migration = beginMigration(call, server, type, { host, flavor, status: host ? 'migrating' : 'error' })
  if (!host) {
    perform(call, server, record, ['resize_prep'], () => fault(call, server, record, NO_VALID_HOST))
    return
  }
  const to: OtherEnd = { host: host.name, zone: host.zone, flavor, migration }
  server.otherEnd = to
  perform(call, server, record, RESIZE_TASKS, () => {
    setMigrationStatus(migration, 'finished')
    arrive(state, server, to)
    server.launched = Date.now()
    server.vmState = 'resized'
  })
}

/** Where a server came from, which is to be confirmed or reverted. */
function originOf(server: Server): OtherEnd {
  if (server.otherEnd?.migration.status === 'finished') return server.otherEnd
  throw novaError(400, 'Instance has not been resized.')
}

/** Whether the server runs is seen from its power, as it may have been resized while stopped. */
function resting(server: Server): VmState {
  return server.powerState === 4 ? 'stopped' : 'active'
}

function confirm(call: Call, server: Server): Reply {
  const { state } = call
  const { migration } = originOf(server)
  setMigrationStatus(migration, 'confirming')
  state.instanceActions.begin(call, server, 'confirmResize')
  // No task shows it.
  state.timers.after(state.settings.deleteMillis, () => {
    if (server.vmState !== 'resized' || server.otherEnd?.migration !== migration) return
    setMigrationStatus(migration, 'confirmed')
    leaveOtherEnd(state, server)
    enter(server, resting(server))
    server.updated = Date.now()
    state.instanceActions.end(server, 'confirmResize')
  })
  return { status: 204 }
}

function revert(call: Call, server: Server): Reply {
  const { state } = call
  const origin = originOf(server)
  const { vcpus, ram } = server.flavor
  checkQuota(state, server.projectId, { cores: origin.flavor.vcpus - vcpus, ram: origin.flavor.ram - ram })
  setMigrationStatus(origin.migration, 'reverting')
  perform(call, server, 'revertResize', ['resize_reverting'], () => {
    setMigrationStatus(origin.migration, 'reverted')
    arrive(state, server, origin)
    leaveOtherEnd(state, server)
    server.launched = Date.now()
    enter(server, resting(server))
  })
  return ACCEPTED
}
