import { isObject, isText } from '../../json.ts'
import type { Reply } from '../../message.ts'
import { type Call } from '../call.ts'
import { createSchema } from '../create-schema.ts'
import { checkImage, readKey, readMetadata } from '../create.ts'
import { novaError } from '../errors.ts'
import { FLAG, METADATA, NAME, type Schema } from '../schema.ts'
import type { Server } from '../server.ts'
import { updatedView } from '../view.ts'
import { type Actions, enter, perform } from './action.ts'
import { passwordOf } from './password.ts'

export const rebuildActions: Actions = {
  rebuild: { schema, from: ['active', 'stopped', 'error'], run: rebuild },
}

/** What a rebuild takes over from the body of a create. */
const AS_CREATED = [
  'adminPass',
  'OS-DCF:diskConfig',
  'accessIPv4',
  'accessIPv6',
  'personality',
  'description',
  'trusted_image_certificates',
  'hostname',
]

function schema(minor: number): Schema {
  const created = createSchema(minor).properties?.server?.properties ?? {}
  const kept = AS_CREATED.flatMap((name) => (created[name] ? [[name, created[name]] as const] : []))
  return {
    type: 'object',
    properties: {
      ...Object.fromEntries(kept),
      name: NAME,
      imageRef: { type: 'string', format: 'uuid' },
      metadata: METADATA,
      preserve_ephemeral: FLAG,
      ...(minor >= 54 && { key_name: { anyOf: [NAME, { type: 'null' }] } }),
      ...(minor >= 57 && {
        user_data: { anyOf: [{ type: 'string', format: 'base64', maxLength: 65_535 }, { type: 'null' }] },
      }),
    },
    required: ['imageRef'],
  }
}

/** What the volume was made from that the server boots from. */
function rootImageId({ state }: Call, server: Server): string | undefined {
  const root = server.volumes.find((volume) => volume.root)
  return state.volumes.volumes.get(root?.id ?? '')?.imageMetadata?.image_id
}

function rebuild(call: Call, server: Server, value: unknown): Reply {
  const { state, access, minor } = call
  const given = isObject(value) ? value : {}
  const imageId = String(given.imageRef)
  const keyName = given.key_name === undefined ? server.keyName : readKey(state, access, given.key_name)
  const image = state.images.visible(imageId, access)
  if (!image) throw novaError(400, 'Cannot find image for rebuild')
  const volumeBacked = server.imageId === undefined
  if (volumeBacked && minor < 93 && imageId !== rootImageId(call, server)) {
    throw novaError(
      400,
      `Image ${imageId} is unacceptable: Unable to rebuild with a different image for a volume-backed server.`,
    )
  }
  checkImage(image, server.flavor, volumeBacked)
  if (given.metadata !== undefined) server.metadata = { ...readMetadata(state, access, given.metadata) }
  if (!volumeBacked) server.imageId = imageId
  server.keyName = keyName
  if (isText(given.name)) server.name = given.name
  if (isText(given.description) || given.description === null) server.description = given.description
  if (isText(given.hostname)) server.hostname = given.hostname
  if (isText(given.accessIPv4)) server.accessIPv4 = given.accessIPv4
  if (isText(given.accessIPv6)) server.accessIPv6 = given.accessIPv6
  if (isText(given['OS-DCF:diskConfig'])) server.diskConfig = given['OS-DCF:diskConfig']
  if (isText(given.user_data) || given.user_data === null) server.userData = given.user_data
  const stopped = server.vmState === 'stopped'
  perform(call, server, 'rebuild', ['rebuilding', 'rebuild_block_device_mapping', 'rebuild_spawning'], () => {
    // What was stopped is stopped again.
    enter(server, stopped ? 'stopped' : 'active')
    server.launched = Date.now()
  })
  return {
    status: 202,
    headers: { location: `${call.base}/servers/${server.id}` },
    body: {
      server: {
        ...updatedView(state, server, call),
        ...(minor >= 54 && { key_name: server.keyName }),
        ...(minor >= 57 && { user_data: server.userData }),
        adminPass: passwordOf(given),
      },
    },
  }
}
