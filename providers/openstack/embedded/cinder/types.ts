import { randomUUID } from 'node:crypto'
import type { JsonObject } from '../json.ts'
import type { Reply } from '../message.ts'
import type { Router } from '../router.ts'
import { type Call, type Handler, ok } from './call.ts'
import { cinderError, notAllowed } from './errors.ts'

export interface VolumeType {
  readonly id: string
  readonly name: string
  readonly description: string | null
  readonly extraSpecs: Readonly<Record<string, string>>
  readonly multiattach: boolean
}

/** The types of a cloud, the default one last as Cinder lists the oldest last. */
export function volumeTypes(): VolumeType[] {
  return [
    type('multiattach', null, { multiattach: '<is> True' }),
    type('standard', null),
    type(DEFAULT_TYPE, 'Default Volume Type'),
  ]
}

/** What a volume without a type gets. */
export const DEFAULT_TYPE = '__DEFAULT__'

function type(name: string, description: string | null, extraSpecs = {}): VolumeType {
  return { id: randomUUID(), name, description, extraSpecs, multiattach: 'multiattach' in extraSpecs }
}

/** /types, which only users of the cloud's operator may change: not here. */
export function typeRoutes(router: Router<Handler>): void {
  router
    .add('GET', '/types', list)
    .add('GET', '/types/:id', (call) => ok({ volume_type: view(find(call), call) }))
    .add('GET', '/types/:id/extra_specs', (call) => ok({ extra_specs: find(call).extraSpecs }))
    .add('POST', '/types', () => {
      throw notAllowed('volume_extension:type_create')
    })
}

function list(call: Call): Reply {
  return ok({ volume_types: call.state.types.map((each) => view(each, call)) })
}

function view({ id, name, description, extraSpecs }: VolumeType, { access }: Call): JsonObject {
  return {
    id,
    name,
    is_public: true,
    'os-volume-type-access:is_public': true,
    description,
    extra_specs: extraSpecs,
    ...(access.isAdmin && { qos_specs_id: null }),
  }
}

function find({ state, parameters }: Call): VolumeType {
  const wanted = parameters.id ?? ''
  const found = state.types.find(({ id, name }) =>
    wanted === 'default' ? name === DEFAULT_TYPE : id === wanted,
  )
  if (!found) throw cinderError(404, `Volume type ${wanted} could not be found.`)
  return found
}
