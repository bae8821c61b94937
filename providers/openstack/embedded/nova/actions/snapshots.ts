import { fill, type Image, newImage } from '../../glance/images.ts'
import { isObject } from '../../json.ts'
import type { Reply } from '../../message.ts'
import { type Call, ok } from '../call.ts'
import { novaError } from '../errors.ts'
import { exceeds } from '../quota.ts'
import { METADATA, NAME } from '../schema.ts'
import type { Server, VmState } from '../server.ts'
import { ACCEPTED, type Actions, instantly, perform } from './action.ts'

const GIB = 1_073_741_824

const SNAPSHOT_FROM: readonly VmState[] = ['active', 'stopped', 'paused', 'suspended']

export const snapshotActions: Actions = {
  createImage: {
    schema: {
      type: 'object',
      properties: { name: NAME, metadata: METADATA },
      required: ['name'],
    },
    lock: 'ignored',
    from: SNAPSHOT_FROM,
    run(call, server, value) {
      const metadata = readMetadata(call, value)
      const image = addImage(call, server, nameOf(value), 'snapshot', metadata)
      if (server.imageId === undefined) {
        // Its disks are snapshots of its volumes; the image only names them.
        instantly(call, server, 'createImage', () => fill(image, Buffer.alloc(0)))
        return created(call, image, `${call.incoming.origin}/image/v2/images/${image.id}`)
      }
      perform(call, server, 'createImage', ['image_snapshot_pending', 'image_snapshot'], () => {
        upload(image, server)
      })
      return created(call, image, `${call.incoming.origin}/image/v2/images/${image.id}`)
    },
  },
  createBackup: {
    schema: {
      type: 'object',
      properties: {
        name: NAME,
        backup_type: { type: 'string' },
        rotation: { type: ['integer', 'string'], pattern: '^[0-9]*$', minLength: 1, minimum: 0 },
        metadata: METADATA,
      },
      required: ['name', 'backup_type', 'rotation'],
    },
    lock: 'ignored',
    from: SNAPSHOT_FROM,
    run: createBackup,
  },
}

function createBackup(call: Call, server: Server, value: unknown): Reply {
  const metadata = readMetadata(call, value)
  if (server.imageId === undefined) {
    throw novaError(400, 'Backup is not supported for volume-backed instances.')
  }
  const given = isObject(value) ? value : {}
  const [type, rotation] = [String(given.backup_type), Number(given.rotation)]
  const image = addImage(call, server, nameOf(value), 'backup', { ...metadata, backup_type: type })
  perform(call, server, 'createBackup', ['image_backup'], () => {
    upload(image, server)
    rotate(call, server, type, rotation)
  })
  return created(call, image, rotation > 0 ? `${call.base}/images/${image.id}` : undefined)
}

/** Removes the oldest backups of the type; a rotation of 0 keeps not even the new one. */
function rotate({ state }: Call, server: Server, type: string, rotation: number): void {
  const backups = [...state.images.images.values()].filter(
    ({ properties }) =>
      properties.get('image_type') === 'backup' &&
      properties.get('backup_type') === type &&
      properties.get('instance_uuid') === server.id,
  )
  for (const { id } of backups.slice(0, Math.max(0, backups.length - rotation))) {
    state.images.images.delete(id)
  }
}

/** The image of a server, without its data yet. */
export function addImage(
  { state, access }: Call,
  server: Server,
  name: string,
  type: 'snapshot' | 'backup',
  metadata: Readonly<Record<string, unknown>> = {},
): Image {
  const source = state.images.images.get(server.imageId ?? '')
  const image = newImage(server.projectId, {
    name,
    visibility: 'private',
    disk_format: 'qcow2',
    container_format: 'bare',
    min_disk: server.flavor.disk,
    min_ram: source?.min_ram ?? 0,
  })
  for (const [property, value] of source?.properties ?? []) image.properties.set(property, value)
  const about = {
    base_image_ref: server.imageId ?? '',
    instance_uuid: server.id,
    user_id: access.user.id,
    owner_id: server.projectId,
    image_type: type,
    ...metadata,
  }
  for (const [property, value] of Object.entries(about)) image.properties.set(property, value)
  state.images.images.set(image.id, image)
  return image
}

/** Gives the image its data, so that it becomes active. */
export function upload(image: Image, server: Server): void {
  image.properties.set('image_state', 'available')
  fill(image, Buffer.alloc(512, server.id))
  image.virtual_size = server.flavor.disk * GIB
}

function created({ minor }: Call, image: Image, location: string | undefined): Reply {
  if (minor >= 45) return ok({ image_id: image.id }, 202)
  return location === undefined ? ACCEPTED : { status: 202, headers: { location } }
}

function nameOf(value: unknown): string {
  return isObject(value) ? String(value.name) : ''
}

/** The image's further properties, which the quota of server metadata limits before 2.39. */
function readMetadata({ state, access, minor }: Call, value: unknown): Readonly<Record<string, unknown>> {
  const metadata = isObject(value) && isObject(value.metadata) ? value.metadata : {}
  const allowed = state.quotasOf(access.projectId).metadata_items
  if (minor < 39 && exceeds(Object.keys(metadata).length, allowed)) {
    throw novaError(403, 'Image metadata limit exceeded')
  }
  return metadata
}
