import type { Image } from '../glance/images.ts'
import { isText, type JsonObject } from '../json.ts'
import { pythonRepr } from '../nova/python.ts'
import { bodyOf, type Call } from './call.ts'
import { cinderError, invalidField, noVolume } from './errors.ts'
import { metadata, refuseOthers, required, size, text, uuid } from './input.ts'
import { typeOf } from './state.ts'
import { DEFAULT_TYPE } from './types.ts'
import type { Volume } from './volume.ts'

const KNOWN = [
  'name',
  'display_name',
  'description',
  'display_description',
  'size',
  'volume_type',
  'availability_zone',
  'metadata',
  'imageRef',
  'image_id',
  'snapshot_id',
  'source_volid',
  'consistencygroup_id',
  'multiattach',
  'group_id',
  'backup_id',
]

const REMOVED =
  'multiattach parameter has been removed. The default behavior is to use multiattach enabled volume types. Contact your administrator to create a multiattach enabled volume type and use it to create multiattach volumes.'

/** POST /volumes. There are no snapshots here, so that none is ever found. */
export function createVolume(call: Call): Volume {
  const { state, access, minor } = call
  const given = required(bodyOf(call), 'volume')
  if (minor >= 53) refuseOthers('volume', given, KNOWN)
  const wanted = given.size === undefined || given.size === null ? undefined : size('size', given.size)
  const name = text(given, 'name', 'display_name') ?? null
  const description = text(given, 'description', 'display_description') ?? null
  const labels = metadata('metadata', given.metadata)
  const snapshotId = uuid(given, 'snapshot_id')
  const sourceId = uuid(given, 'source_volid')
  if ('multiattach' in given && given.multiattach !== false) throw cinderError(400, REMOVED)
  if (snapshotId !== undefined) throw cinderError(404, `Snapshot ${snapshotId} could not be found.`)
  const source = sourceId === undefined ? undefined : visible(call, sourceId)
  const type = given.volume_type ?? source?.type.name ?? DEFAULT_TYPE
  if (!isText(type)) {
    throw invalidField('volume_type', type, `${pythonRepr(type)} is not of type 'string', 'null'`)
  }
  const chosen = typeOf(state, type)
  const image = imageOf(call, given)
  const gigabytes = wanted ?? source?.size
  if (gigabytes === undefined) throw cinderError(400, MALFORMED)
  checkFits(gigabytes, image, source)
  state.claim(access.projectId, gigabytes, gigabytes, 1)
  return state.add({
    projectId: access.projectId,
    userId: access.user.id,
    type: chosen,
    zone: zoneOf(call, given.availability_zone ?? source?.zone),
    sourceVolumeId: source?.id ?? null,
    imageMetadata: image ? imageMetadata(image) : source?.imageMetadata,
    name,
    description,
    size: gigabytes,
    bootable: image !== undefined || source?.bootable === true,
    metadata: labels,
  })
}

const MALFORMED =
  'The server could not comply with the request since it is either malformed or otherwise incorrect.'

function visible({ state, access }: Call, id: string): Volume {
  const volume = state.volumes.get(id)
  if (volume?.projectId !== access.projectId) throw noVolume(id)
  return volume
}

function imageOf({ state, access }: Call, given: JsonObject): Image | undefined {
  const id = given.imageRef ?? given.image_id
  if (id === undefined || id === null) return undefined
  const image = isText(id) ? state.images.visible(id, access) : undefined
  if (!image) throw cinderError(400, 'Invalid image identifier or unable to access requested image.')
  if (image.status !== 'active') {
    throw cinderError(400, `Invalid input received: Image ${image.id} is not active.`)
  }
  return image
}

function checkFits(gigabytes: number, image: Image | undefined, source: Volume | undefined): void {
  if (image && gigabytes < image.min_disk) {
    throw cinderError(
      400,
      `Invalid input received: Volume size ${gigabytes}GB cannot be smaller than the image minDisk size ${image.min_disk}GB.`,
    )
  }
  if (source && gigabytes < source.size) {
    throw cinderError(
      400,
      `Invalid input received: Volume size '${gigabytes}'GB cannot be smaller than original volume size  ${source.size}GB. They must be >= original volume size.`,
    )
  }
}

/** A zone that does not exist falls back to the first, as it is set up in most clouds whose Nova has other names. */
function zoneOf({ state }: Call, given: unknown): string {
  const [first = ''] = state.zones
  return isText(given) && state.zones.includes(given) ? given : first
}

/** What Cinder keeps of an image on a volume that is made of it. */
export function imageMetadata(image: Image): Record<string, string> {
  const properties = [...image.properties].map(([key, value]) => [key, String(value)] as const)
  return {
    ...Object.fromEntries(properties),
    image_id: image.id,
    image_name: image.name ?? '',
    checksum: image.checksum ?? '',
    container_format: image.container_format ?? '',
    disk_format: image.disk_format ?? '',
    min_disk: String(image.min_disk),
    min_ram: String(image.min_ram),
    size: String(image.size ?? 0),
  }
}
