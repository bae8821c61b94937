import type { Reply } from '../message.ts'
import type { Router } from '../router.ts'
import { act } from './actions.ts'
import { bodyOf, type Call, empty, type Handler, ok, volumeOf } from './call.ts'
import { createVolume } from './create.ts'
import { metadata, refuseOthers, required, text } from './input.ts'
import { listVolumes } from './list.ts'
import { checkDeletable } from './state.ts'
import { volumeView } from './volume.ts'

const CHANGEABLE = ['name', 'description', 'display_name', 'display_description', 'metadata']

/** /volumes and /volumes/{id}. */
export function volumeRoutes(router: Router<Handler>): void {
  router
    .add('GET', '/volumes', (call) => ok(listVolumes(call, false)))
    .add('GET', '/volumes/detail', (call) => ok(listVolumes(call, true)))
    .add('POST', '/volumes', (call) => ({
      status: 202,
      body: { volume: volumeView(createVolume(call), call.minor, call, false) },
    }))
    .add('GET', '/volumes/:id', (call) => ok({ volume: volumeView(volumeOf(call), call.minor, call, true) }))
    .add('PUT', '/volumes/:id', update)
    .add('DELETE', '/volumes/:id', (call) => {
      // There are no snapshots, so cascading changes nothing.
      const volume = volumeOf(call)
      checkDeletable(volume)
      call.state.remove(volume)
      return empty(202)
    })
    .add('POST', '/volumes/:id/action', act)
}

function update(call: Call): Reply {
  const given = required(bodyOf(call), 'volume')
  refuseOthers('volume', given, CHANGEABLE)
  const name = text(given, 'name', 'display_name')
  const description = text(given, 'description', 'display_description')
  const labels = given.metadata === undefined ? undefined : metadata('metadata', given.metadata)
  const volume = volumeOf(call)
  if (name !== undefined) volume.name = name
  if (description !== undefined) volume.description = description
  if (labels !== undefined) volume.metadata = labels
  volume.updated = Date.now()
  return ok({ volume: volumeView(volume, call.minor, call, false) })
}
