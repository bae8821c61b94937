import { setStatus } from '../cinder/state.ts'
import type { Volume } from '../cinder/volume.ts'
import { isText, type JsonObject, objectAt } from '../json.ts'
import type { Reply } from '../message.ts'
import type { Router } from '../router.ts'
import {
  checkUnattached,
  freeDevice,
  isTaken,
  localDisks,
  plugIn,
  reserve,
  unplugVolume,
  volumeOf,
} from './attached-volumes.ts'
import { MULTIATTACH } from './block-devices.ts'
import { bodyOf, type Call, checkLock, checkState, type Handler, ok, serverOf } from './call.ts'
import { novaError } from './errors.ts'
import { checkQuery, limited } from './paging.ts'
import { DEVICE, FLAG, isTrue, type Schema, TAG, validate } from './schema.ts'
import type { AttachedVolume, Server, VmState } from './server.ts'
import { updateAttachment } from './volume-updates.ts'

/** /servers/{id}/os-volume_attachments. */
export function volumeAttachmentRoutes(router: Router<Handler>): void {
  router
    .add('GET', '/servers/:id/os-volume_attachments', list)
    .add('POST', '/servers/:id/os-volume_attachments', attach)
    .add('GET', '/servers/:id/os-volume_attachments/:volume', (call) => {
      const server = serverOf(call)
      return ok({ volumeAttachment: view(call, server, attachmentOf(call, server)) })
    })
    .add('PUT', '/servers/:id/os-volume_attachments/:volume', updateAttachment)
    .add('DELETE', '/servers/:id/os-volume_attachments/:volume', detach)
}

function attachmentOf({ parameters }: Call, server: Server): AttachedVolume {
  const wanted = parameters.volume ?? ''
  const attached = server.volumes.find(({ id }) => id === wanted)
  if (!attached) throw novaError(404, `Instance ${server.id} is not attached to volume ${wanted}`)
  return attached
}

function view({ minor }: Call, server: Server, attached: AttachedVolume): JsonObject {
  const { id, device, tag, deleteOnTermination, attachmentId, mappingId } = attached
  return {
    ...(minor < 89 && { id }),
    volumeId: id,
    serverId: server.id,
    ...(device !== null && { device }),
    ...(minor >= 70 && { tag }),
    ...(minor >= 79 && { delete_on_termination: deleteOnTermination }),
    ...(minor >= 89 && { attachment_id: attachmentId, bdm_uuid: mappingId }),
  }
}

function list(call: Call): Reply {
  const { state, minor, incoming } = call
  if (minor >= 75) checkQuery(incoming.query, minor, { limit: 1, offset: 1 })
  const server = serverOf(call)
  // Nova counts disks of the host, which it does not show here.
  const local = Array.from({ length: localDisks(server) }, () => undefined)
  const page = limited(incoming.query, [...local, ...server.volumes], state.settings.pageLimit)
  return ok({
    volumeAttachments: page.flatMap((attached) => (attached ? view(call, server, attached) : [])),
  })
}

function schema(minor: number): Schema {
  return {
    type: 'object',
    properties: {
      volumeAttachment: {
        type: 'object',
        properties: {
          volumeId: { type: 'string', format: 'uuid' },
          device: DEVICE,
          ...(minor >= 49 && { tag: TAG }),
          ...(minor >= 79 && { delete_on_termination: FLAG }),
        },
        required: ['volumeId'],
      },
    },
    required: ['volumeAttachment'],
  }
}

const OPEN: readonly VmState[] = [
  'active',
  'paused',
  'stopped',
  'resized',
  'soft-delete',
  'shelved',
  'shelved_offloaded',
]

/** Before 2.20 a shelved server keeps what it has. */
function checkOpen(call: Call, server: Server, action: string): void {
  const shelved = server.vmState === 'shelved' || server.vmState === 'shelved_offloaded'
  checkLock(call, server)
  checkState(server, action, shelved && call.minor < 20 ? [] : OPEN)
}

function attach(call: Call): Reply {
  const { state, minor, requestId } = call
  const body = bodyOf(call)
  validate(schema(minor), body)
  const given = objectAt(body, 'volumeAttachment') ?? {}
  const server = serverOf(call)
  checkOpen(call, server, 'attach_volume')
  const volume = volumeOf(state, server.projectId, String(given.volumeId))
  checkUnattached(volume, server)
  const device = isText(given.device) ? given.device : null
  const tag = isText(given.tag) ? given.tag : null
  const offloaded = server.vmState === 'shelved_offloaded'
  if (offloaded) checkOffloaded(volume, tag)
  else if (device !== null && isTaken(server, device)) {
    throw novaError(409, `The supplied device path (${device}) is in use.`)
  }
  if (volume.type.multiattach && minor < 60) throw novaError(400, MULTIATTACH)
  const attached = reserve(
    state,
    server.projectId,
    volume.id,
    {
      device: offloaded ? device : (device ?? freeDevice(server)),
      tag,
      root: false,
      deleteOnTermination: isTrue(given.delete_on_termination),
    },
    requestId,
  )
  server.volumes = [...server.volumes, attached]
  state.instanceActions.begin(call, server, 'attach_volume')
  const finish = () => {
    if (server.volumes.includes(attached)) plugIn(state, server, attached)
    state.instanceActions.end(server, 'attach_volume')
  }
  if (offloaded) finish()
  else state.timers.after(state.settings.deleteMillis, finish)
  return ok({
    volumeAttachment: {
      id: volume.id,
      serverId: server.id,
      volumeId: volume.id,
      device: attached.device,
      ...(minor >= 70 && { tag }),
      ...(minor >= 79 && { delete_on_termination: attached.deleteOnTermination }),
    },
  })
}

function checkOffloaded({ type }: Volume, tag: string | null): void {
  if (tag !== null) {
    throw novaError(400, 'Tagged volume attachment is not supported for shelved-offloaded instances.')
  }
  if (!type.multiattach) return
  throw novaError(400, 'Attaching multiattach volumes is not supported for shelved-offloaded instances.')
}

function detach(call: Call): Reply {
  const { state, minor, parameters, requestId } = call
  const server = serverOf(call)
  const shelved = server.vmState === 'shelved' || server.vmState === 'shelved_offloaded'
  if (shelved && minor < 20) checkState(server, 'detach_volume', [])
  const volume = volumeOf(state, server.projectId, parameters.volume ?? '')
  const attached = attachmentOf(call, server)
  if (attached.root) throw novaError(400, 'Cannot detach a root device volume')
  checkOpen(call, server, 'detach_volume')
  if (volume.status !== 'in-use') {
    throw novaError(
      400,
      `Invalid volume: Invalid input received: Invalid volume: Unable to detach volume. Volume status must be 'in-use' and attach_status must be 'attached' to detach. (HTTP 400) (Request-ID: ${requestId})`,
    )
  }
  state.instanceActions.begin(call, server, 'detach_volume')
  // Another server's attachment keeps it in use.
  if (volume.attachments.length === 1) setStatus(volume, 'detaching')
  state.timers.after(state.settings.deleteMillis, () => {
    if (server.volumes.includes(attached)) unplugVolume(state, server, attached)
    state.instanceActions.end(server, 'detach_volume')
  })
  return { status: 202 }
}
