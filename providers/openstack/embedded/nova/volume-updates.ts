import { setStatus } from '../cinder/state.ts'
import { type JsonObject, objectAt } from '../json.ts'
import type { Reply } from '../message.ts'
import { plugIn, reserve, volumeOf } from './attached-volumes.ts'
import { bodyOf, type Call, checkLock, checkState, serverOf } from './call.ts'
import { novaError, notAllowed } from './errors.ts'
import { DEVICE, FLAG, isTrue, type Schema, TAG, validate } from './schema.ts'
import type { AttachedVolume, Server } from './server.ts'

const ID: Schema = { type: 'string', format: 'uuid' }

function schema(minor: number): Schema {
  const changes: Readonly<Record<string, Schema>> = {
    device: DEVICE,
    tag: TAG,
    delete_on_termination: FLAG,
    serverId: ID,
    id: ID,
  }
  return {
    type: 'object',
    properties: {
      volumeAttachment: {
        type: 'object',
        properties: { volumeId: ID, ...(minor >= 85 && changes) },
        required: ['volumeId'],
      },
    },
    required: ['volumeAttachment'],
  }
}

/** PUT: before 2.85 always another volume in its place, which is for administrators, and Cinder. */
export function updateAttachment(call: Call): Reply {
  const { access, minor, parameters } = call
  const body = bodyOf(call)
  validate(schema(minor), body)
  const given = objectAt(body, 'volumeAttachment') ?? {}
  const server = serverOf(call)
  const id = parameters.volume ?? ''
  const newId = String(given.volumeId)
  const swaps = minor < 85 || newId !== id
  if (swaps && !access.isAdmin) throw notAllowed('os-volumes-attachments:swap')
  const attached = server.volumes.find((each) => each.id === id)
  if (minor >= 85) change(server, attached, id, given)
  if (swaps) swap(call, server, attached, newId)
  return { status: 202 }
}

function change(server: Server, attached: AttachedVolume | undefined, id: string, given: JsonObject): void {
  if (!attached) throw novaError(404, `No volume Block Device Mapping with id ${id}.`)
  const kept = { id, serverId: server.id, device: attached.device, tag: attached.tag }
  for (const [name, value] of Object.entries(kept)) {
    if (name in given && given[name] !== value) throw novaError(400, `The ${name} property is not mutable`)
  }
  if ('delete_on_termination' in given) attached.deleteOnTermination = isTrue(given.delete_on_termination)
}

/** Copies to the new volume, and then has that in the place of the old one. */
function swap(call: Call, server: Server, attached: AttachedVolume | undefined, newId: string): void {
  const { state, parameters, requestId } = call
  const old = volumeOf(state, server.projectId, parameters.volume ?? '')
  const replacement = state.volumes.volumes.get(newId)
  if (replacement?.projectId !== server.projectId) {
    throw novaError(400, `Volume ${newId} could not be found.`)
  }
  checkLock(call, server)
  checkState(server, 'swap_volume', ['active', 'paused', 'resized'])
  if (!attached || !old.attachments.some(({ serverId }) => serverId === server.id)) {
    throw invalid('Old volume is attached to a different instance.')
  }
  if (replacement.attachments.length > 0) throw invalid('New volume must be detached in order to swap.')
  if (replacement.size < old.size) throw invalid('New volume must be the same size or larger.')
  if (old.attachments.length > 1) {
    throw novaError(
      400,
      'Swapping multi-attach volumes with more than one read/write attachment is not supported.',
    )
  }
  reserve(state, server.projectId, newId, attached, requestId)
  setStatus(old, 'detaching')
  state.instanceActions.begin(call, server, 'swap_volume')
  state.timers.after(state.settings.deleteMillis, () => {
    state.instanceActions.end(server, 'swap_volume')
    if (!server.volumes.includes(attached)) return state.volumes.detach(newId, server.id)
    state.volumes.detach(old.id, server.id)
    attached.id = newId
    plugIn(state, server, attached)
  })
}

function invalid(why: string): Error {
  return novaError(400, `Invalid volume: ${why}`)
}
