import type { Reply } from '../message.ts'
import { isObject } from '../json.ts'
import { pythonRepr } from '../nova/python.ts'
import type { Router } from '../router.ts'
import { bodyOf, type Call, empty, type Handler, ok, volumeOf } from './call.ts'
import { cinderError, invalidField } from './errors.ts'
import { metadata, required } from './input.ts'
import type { Volume } from './volume.ts'

/** /volumes/{id}/metadata. */
export function metadataRoutes(router: Router<Handler>): void {
  router
    .add('GET', '/volumes/:id/metadata', (call) => ok({ metadata: volumeOf(call).metadata }))
    .add('POST', '/volumes/:id/metadata', (call) => write(call, true))
    .add('PUT', '/volumes/:id/metadata', (call) => write(call, false))
    .add('GET', '/volumes/:id/metadata/:key', (call) => {
      const { key, value } = item(call, volumeOf(call))
      return ok({ meta: { [key]: value } })
    })
    .add('PUT', '/volumes/:id/metadata/:key', putItem)
    .add('DELETE', '/volumes/:id/metadata/:key', (call) => {
      const volume = volumeOf(call)
      const { [item(call, volume).key]: _gone, ...rest } = volume.metadata
      volume.metadata = rest
      return empty(200)
    })
}

function write(call: Call, merge: boolean): Reply {
  const given = metadata('metadata', required(bodyOf(call), 'metadata'))
  const volume = volumeOf(call)
  volume.metadata = merge ? { ...volume.metadata, ...given } : given
  return ok({ metadata: volume.metadata })
}

function putItem(call: Call): Reply {
  const meta = required(bodyOf(call), 'meta')
  if (isObject(meta) && Object.keys(meta).length > 1) {
    throw invalidField('meta', meta, `${pythonRepr(meta)} has too many properties`)
  }
  const given = metadata('meta', meta)
  const key = call.parameters.key ?? ''
  if (!(key in given)) throw cinderError(400, 'Request body and URI mismatch')
  const volume = volumeOf(call)
  volume.metadata = { ...volume.metadata, ...given }
  return ok({ meta: given })
}

function item({ parameters }: Call, volume: Volume): { key: string; value: string } {
  const key = parameters.key ?? ''
  const value = volume.metadata[key]
  if (value === undefined) {
    throw cinderError(404, `Volume ${volume.id} has no metadata with key ${key}.`)
  }
  return { key, value }
}
