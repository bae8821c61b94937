import type { Access } from '../access.ts'
import { isObject, type JsonObject, parseJson } from '../json.ts'
import type { Incoming, Reply } from '../message.ts'
import type { Parameters } from '../router.ts'
import { cinderError, noVolume } from './errors.ts'
import type { VolumeState } from './state.ts'
import type { LinkBase, Volume } from './volume.ts'

/** A request with everything that its handler needs. */
export interface Call extends LinkBase {
  readonly state: VolumeState
  readonly incoming: Incoming
  readonly parameters: Parameters
  readonly access: Access
  /** The N of the microversion 3.N. */
  readonly minor: number
}

export type Handler = (call: Call) => Reply

export function ok(body: unknown): Reply {
  return { status: 200, body }
}

/** What Cinder answers where it says nothing. */
export function empty(status: 200 | 202): Reply {
  return { status, headers: { 'Content-Type': 'text/html; charset=UTF-8' } }
}

export function bodyOf({ incoming }: Call): JsonObject {
  const parsed = parseJson(incoming.body)
  if (!parsed || !isObject(parsed.value)) throw cinderError(400, 'Malformed request body')
  return parsed.value
}

/** The volume of the path's `:id`, when it is there for the asking project. */
export function volumeOf({ state, access, parameters }: Call): Volume {
  const id = parameters.id ?? ''
  const volume = state.volumes.get(id)
  if (!volume || (!access.isAdmin && volume.projectId !== access.projectId)) throw noVolume(id)
  return volume
}
