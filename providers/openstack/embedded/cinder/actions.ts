import { asBoolean, isObject, isText, type JsonObject } from '../json.ts'
import type { Reply } from '../message.ts'
import { pythonRepr } from '../nova/python.ts'
import { bodyOf, type Call, empty, volumeOf } from './call.ts'
import { cinderError, invalidField, invalidVolume, notAllowed } from './errors.ts'
import { size } from './input.ts'
import { setStatus } from './state.ts'
import type { Volume } from './volume.ts'

type Action = (call: Call, volume: Volume, given: JsonObject) => Reply

/** POST /volumes/{id}/action. */
export function act(call: Call): Reply {
  const body = bodyOf(call)
  const [name] = Object.keys(body)
  if (name === undefined) throw cinderError(400, 'Malformed request body')
  const action = ACTIONS[name]
  if (!action) {
    throw cinderError(
      400,
      `There is no such action: ${name}. Verify the request body and Content-Type header and try again.`,
    )
  }
  const given = body[name]
  return action(call, volumeOf(call), isObject(given) ? given : {})
}

const ACTIONS: Readonly<Record<string, Action>> = {
  'os-extend': extend,
  'os-set_bootable': (_call, volume, given) => {
    const bootable = asBoolean(member('os-set_bootable', given, 'bootable'))
    if (bootable === undefined) throw badFlag('bootable', given.bootable)
    volume.bootable = bootable
    return empty(200)
  },
  'os-update_readonly_flag': (_call, volume, given) => {
    const readonly = asBoolean(member('os-update_readonly_flag', given, 'readonly'))
    if (readonly === undefined) throw badFlag('readonly', given.readonly)
    if (volume.status !== 'available') {
      throw invalidVolume(
        `Volume ${volume.id} status must be available to update readonly flag, but current status is: ${volume.status}.`,
      )
    }
    volume.metadata = { ...volume.metadata, readonly: readonly ? 'True' : 'False' }
    return empty(202)
  },
  'os-reset_status': ({ access }, volume, given) => {
    if (!access.isAdmin) throw notAllowed('volume_extension:volume_admin_actions:reset_status')
    const status = member('os-reset_status', given, 'status')
    if (isText(status)) setStatus(volume, status)
    return empty(202)
  },
  // Of older Novas, and of users who reserve by hand.
  'os-reserve': (_call, volume) => {
    if (volume.status !== 'available') {
      throw invalidVolume(`Volume status must be available to reserve, but the status is ${volume.status}.`)
    }
    setStatus(volume, 'attaching')
    return empty(202)
  },
  'os-unreserve': (_call, volume) => {
    if (volume.status === 'attaching') setStatus(volume, 'available')
    return empty(202)
  },
  'os-detach': (_call, volume) => {
    const [attachment] = volume.attachments
    if (!attachment) return empty(202)
    throw cinderError(
      409,
      `ConflictNovaUsingAttachment: Detach volume from instance ${attachment.serverId} using the Compute API`,
    )
  },
}

function extend(call: Call, volume: Volume, given: JsonObject): Reply {
  const wanted = size('new_size', member('os-extend', given, 'new_size'))
  const open = call.minor >= 42 ? ['available', 'in-use'] : ['available']
  if (!open.includes(volume.status)) {
    throw invalidVolume(
      `Volume ${volume.id} status must be '{'status': 'available'}' to extend, currently ${volume.status}.`,
    )
  }
  if (wanted <= volume.size) {
    throw cinderError(
      400,
      `Invalid input received: New size for extend must be greater than current size. (current: ${volume.size}, extended: ${wanted}).`,
    )
  }
  call.state.claim(volume.projectId, wanted, wanted - volume.size, 0)
  call.state.extend(volume, wanted)
  return empty(202)
}

function member(action: string, given: JsonObject, key: string): unknown {
  if (key in given) return given[key]
  throw invalidField(action, given, `'${key}' is a required property`)
}

function badFlag(field: string, value: unknown): Error {
  return invalidField(field, value, `${pythonRepr(value)} is not a boolean`)
}
