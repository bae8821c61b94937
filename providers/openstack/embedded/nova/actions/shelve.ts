import { isObject, isText } from '../../json.ts'
import type { Reply } from '../../message.ts'
import type { Call } from '../call.ts'
import { novaError, notAllowed } from '../errors.ts'
import { fault, NO_VALID_HOST, settle } from '../placement.ts'
import { NAME, type Schema } from '../schema.ts'
import type { Server } from '../server.ts'
import { ACCEPTED, type Actions, enter, perform } from './action.ts'
import { addImage, upload } from './snapshots.ts'

export const shelveActions: Actions = {
  shelve: {
    from: ['active', 'stopped', 'paused', 'suspended'],
    run(call, server) {
      // What boots from a volume has nothing to keep on the host.
      if (server.imageId === undefined) {
        perform(call, server, 'shelve', ['shelving', 'shelving_offloading'], () => offload(call, server))
        return ACCEPTED
      }
      const image = addImage(call, server, `${server.name}-shelved`, 'snapshot')
      server.shelvedImageId = image.id
      const tasks = ['shelving', 'shelving_image_pending_upload', 'shelving_image_uploading']
      const { shelvedOffloadMillis: wait } = call.state.settings
      if (wait === 0) {
        perform(call, server, 'shelve', [...tasks, 'shelving_offloading'], () => {
          upload(image, server)
          offload(call, server)
        })
        return ACCEPTED
      }
      perform(call, server, 'shelve', tasks, () => {
        upload(image, server)
        enter(server, 'shelved')
        const since = server.updated
        if (wait < 0) return
        call.state.timers.after(wait, () => {
          if (server.vmState !== 'shelved' || server.updated !== since) return
          perform(call, server, 'shelveOffload', ['shelving_offloading'], () => offload(call, server))
        })
      })
      return ACCEPTED
    },
  },
  shelveOffload: {
    rule: 'os-shelve:shelve_offload',
    from: ['shelved'],
    run(call, server) {
      perform(call, server, 'shelveOffload', ['shelving_offloading'], () => offload(call, server))
      return ACCEPTED
    },
  },
  unshelve: {
    schema: (minor) => (minor >= 91 ? UNSHELVE_TO_HOST : minor >= 77 ? UNSHELVE_TO_ZONE : undefined),
    from: ['shelved', 'shelved_offloaded'],
    run: unshelve,
  },
}

const UNSHELVE_TO_ZONE: Schema = {
  type: ['object', 'null'],
  properties: { availability_zone: NAME },
  required: ['availability_zone'],
}

const UNSHELVE_TO_HOST: Schema = {
  anyOf: [
    {
      type: 'object',
      properties: { availability_zone: { type: ['string', 'null'] }, host: { type: 'string' } },
    },
    { type: 'null' },
  ],
}

function offload({ state }: Call, server: Server): void {
  state.hosts.release(server.host, server.flavor)
  settle(state, server, undefined)
  enter(server, 'shelved_offloaded')
}

function unshelve(call: Call, server: Server, value: unknown): Reply {
  const { state, minor } = call
  const given = minor >= 77 && isObject(value) ? value : {}
  const zone = given.availability_zone
  const on = minor >= 91 && isText(given.host) ? given.host : undefined
  checkTarget(call, server, zone, on)
  if (zone !== undefined) server.requestedZone = isText(zone) ? zone : undefined
  const offloaded = server.vmState === 'shelved_offloaded'
  perform(call, server, 'unshelve', offloaded ? ['unshelving', 'spawning'] : ['unshelving'], () => {
    if (offloaded) {
      const host = state.hosts.claim(server, { on })
      if (!host) return fault(call, server, 'unshelve', NO_VALID_HOST)
      settle(state, server, host)
    }
    if (server.shelvedImageId !== undefined) state.images.images.delete(server.shelvedImageId)
    server.shelvedImageId = undefined
    enter(server, 'active')
    server.launched = Date.now()
  })
  return ACCEPTED
}

/** Where to is a question for a server without a host only. `zone`: null means any. */
function checkTarget(call: Call, server: Server, zone: unknown, on: string | undefined): void {
  if (zone === undefined && on === undefined) return
  const { state, access } = call
  if (server.vmState !== 'shelved_offloaded') {
    throw novaError(
      409,
      `Specifying an availability zone or a host when unshelving server "${server.id}" with status "${server.vmState}" is not supported. The server status must be SHELVED_OFFLOADED.`,
    )
  }
  if (isText(zone) && !state.hosts.zones.includes(zone)) {
    throw novaError(400, 'The requested availability zone is not available')
  }
  if (on === undefined) return
  if (!access.isAdmin) throw notAllowed('os-shelve:unshelve_to_host')
  const host = state.hosts.named(on)
  if (!host) throw novaError(400, `Compute host ${on} could not be found.`)
  const expected = zone === undefined ? server.requestedZone : zone
  if (isText(expected) && host.zone !== expected) {
    throw novaError(409, `Host "${on}" is not in the availability zone "${expected}".`)
  }
}
