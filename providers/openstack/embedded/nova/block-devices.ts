import type { Access } from '../access.ts'
import type { Image } from '../glance/images.ts'
import { isList, isObject, isText, type JsonObject } from '../json.ts'
import { novaError } from './errors.ts'
import type { Flavor } from './flavor.ts'
import { isTrue } from './schema.ts'
import type { ComputeState } from './state.ts'

/** One entry of `block_device_mapping_v2`. */
export interface BlockDevice {
  readonly source: string
  readonly toVolume: boolean
  /** The destination is said, and does not only follow from the source. */
  readonly explicit: boolean
  /** Of the source. */
  readonly uuid: string
  /** -1: never boots. */
  readonly bootIndex: number
  /** GiB; 0 when it is not said. */
  readonly size: number
  readonly type: string | undefined
  readonly swap: boolean
  readonly deleteOnTermination: boolean
  readonly device: string | null
  readonly tag: string | null
}

/** Reads `block_device_mapping_v2` and refuses entries that make no sense by themselves. */
export function readBlockDevices(given: JsonObject): BlockDevice[] {
  const { block_device_mapping: legacy, block_device_mapping_v2: devices } = given
  if (!isList(devices) || devices.length === 0) return []
  if (isList(legacy) && legacy.length > 0) {
    throw novaError(400, 'Using different block_device_mapping syntaxes is not allowed in the same request.')
  }
  const withImage = isText(given.imageRef) && given.imageRef !== ''
  return devices
    .filter(isObject)
    .filter((entry) => !isTrue(entry.no_device))
    .map((entry) => {
      const device = read(entry)
      checkForm(device, withImage)
      return device
    })
}

function read(entry: JsonObject): BlockDevice {
  const source = String(entry.source_type)
  const destination = entry.destination_type
  return {
    source,
    toVolume: destination === undefined ? FROM_STORAGE.includes(source) : destination === 'volume',
    explicit: destination !== undefined,
    uuid: isText(entry.uuid) ? entry.uuid : '',
    bootIndex: entry.boot_index === undefined || entry.boot_index === null ? -1 : Number(entry.boot_index),
    size: Number(entry.volume_size ?? 0),
    type: isText(entry.volume_type) ? entry.volume_type : undefined,
    swap: entry.guest_format === 'swap',
    deleteOnTermination: isTrue(entry.delete_on_termination),
    device: isText(entry.device_name) ? `/dev/${entry.device_name.replace('/dev/', '')}` : null,
    tag: isText(entry.tag) ? entry.tag : null,
  }
}

const FROM_STORAGE = ['volume', 'snapshot']

function checkForm(device: BlockDevice, withImage: boolean): void {
  const { source, toVolume, uuid, bootIndex, type } = device
  if (source === 'blank' && uuid !== '') throw invalid('Invalid device UUID.')
  if (source !== 'blank' && uuid === '') throw invalid('Missing device UUID.')
  if (source === 'image' && !toVolume && !(withImage && bootIndex === 0)) {
    throw invalid('Mapping image to local is not supported.')
  }
  if (type === undefined) return
  if (!toVolume) throw invalid('Specifying a volume_type with destination_type=local is not supported.')
  if (source === 'volume') throw invalid('Specifying volume type to existing volume is not supported.')
}

function invalid(message: string): Error {
  return novaError(400, `Block Device Mapping is Invalid: ${message}`)
}

/** The device that the server boots from. */
export function rootOf(devices: readonly BlockDevice[]): BlockDevice | undefined {
  return devices.find(({ bootIndex }) => bootIndex === 0)
}

/** The image on the volume that the server boots from, when Nova is to make that. */
export function bootImage(
  state: ComputeState,
  access: Access,
  devices: readonly BlockDevice[],
): Image | undefined {
  const root = rootOf(devices)
  if (root?.source === 'snapshot') throw novaError(400, `Snapshot ${root.uuid} could not be found.`)
  if (root?.source === 'volume') {
    const volume = state.volumes.volumes.get(root.uuid)
    if (volume?.projectId !== access.projectId) throw invalid(`failed to get volume ${root.uuid}.`)
    if (!volume.bootable) throw novaError(400, `Block Device ${root.uuid} is not bootable.`)
  }
  if (root?.source !== 'image') return undefined
  const image = state.images.visible(root.uuid, access)
  if (!image) throw invalid(`failed to get image ${root.uuid}.`)
  if (root.toVolume && root.size > 0 && root.size < image.min_disk) {
    const [have, need] = [root.size, image.min_disk].map((gib) => gib * 1_073_741_824)
    throw novaError(
      400,
      `Volume is smaller than the minimum size specified in image metadata. Volume size is ${have} bytes, minimum size is ${need} bytes.`,
    )
  }
  return image
}

/** Refuses devices that do not go together, or that the cloud does not have. */
export function checkBlockDevices(
  state: ComputeState,
  access: Access,
  minor: number,
  flavor: Flavor,
  devices: readonly BlockDevice[],
): void {
  if (devices.length === 0) return
  const order = devices.map(({ bootIndex }) => bootIndex).filter((index) => index >= 0)
  order.sort((one, other) => one - other)
  if (order.length === 0 || order.some((index, place) => index !== place)) {
    throw invalid('Boot sequence for the instance and image/block device mapping combination is not valid.')
  }
  for (const device of devices) checkSource(state, access, minor, device)
  const local = devices.filter(({ source, toVolume }) => source === 'blank' && !toVolume)
  const ephemeral = local.filter(({ swap }) => !swap)
  const wanted = ephemeral.reduce((sum, { size }) => sum + (size || flavor.ephemeral), 0)
  if (wanted > flavor.ephemeral) {
    throw novaError(
      400,
      'Ephemeral disks requested are larger than the instance type allows. If no size is given in one block device mapping, flavor ephemeral size will be used.',
    )
  }
  const [swap, ...others] = local.filter((device) => device.swap)
  if (others.length > 0) throw invalid('More than one swap drive requested.')
  if (swap && swap.size > flavor.swap) {
    throw novaError(400, 'Swap drive requested is larger than instance type allows.')
  }
}

const SIZELESS: Readonly<Record<string, string>> = {
  image: "Images with destination_type 'volume' need to have a non-zero size specified",
  blank: "Blank volumes (source: 'blank', dest: 'volume') need to have non-zero size",
}

function checkSource(state: ComputeState, access: Access, minor: number, device: BlockDevice): void {
  const { source, uuid, type, toVolume, size } = device
  const { types } = state.volumes
  if (type !== undefined && !types.some(({ id, name }) => id === type || name === type)) {
    throw novaError(400, `Volume type ${type} could not be found.`)
  }
  if (source === 'snapshot') throw invalid(`failed to get snapshot ${uuid}.`)
  if (source === 'image' && !state.images.visible(uuid, access)) {
    throw invalid(`failed to get image ${uuid}.`)
  }
  if (source === 'volume') {
    const volume = state.volumes.volumes.get(uuid)
    if (volume?.projectId !== access.projectId) throw invalid(`failed to get volume ${uuid}.`)
    if (volume.type.multiattach && minor < 60) throw novaError(400, MULTIATTACH)
  }
  const sizeless = SIZELESS[source]
  if (toVolume && size === 0 && sizeless !== undefined) throw novaError(400, sizeless)
}

export const MULTIATTACH = 'Multiattach volumes are only supported starting with compute API version 2.60.'
