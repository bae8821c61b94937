import { randomUUID } from 'node:crypto'
import { isList, isObject, type JsonObject } from '../json.ts'
import { novaError } from './errors.ts'
import { isTrue } from './schema.ts'
import type { AttachedVolume } from './server.ts'

/**
 * Checks `block_device_mapping_v2` in its form. What the image goes to is known here; the volumes themselves are not,
 * as there is no block storage yet: a volume of its own id stands for each new one.
 */
export function readBlockDevices(
  given: unknown,
  imageId: string | undefined,
): { bootsFromVolume: boolean; bootImageId: string | undefined; volumes: AttachedVolume[] } {
  const devices = isList(given) ? given.filter(isObject) : []
  const booting = devices.filter((device) => bootIndex(device) >= 0)
  const root = booting.find((device) => bootIndex(device) === 0)
  for (const device of devices) checkDevice(device, imageId)
  if (booting.length > 0) {
    const order = booting.map(bootIndex).sort((one, other) => one - other)
    if (order.some((index, place) => index !== place)) {
      throw invalid('Boot sequence for the instance and image/block device mapping combination is not valid.')
    }
  }
  const volumes = devices
    .filter((device) => goesToVolume(device))
    .map((device) => ({
      id: device.source_type === 'volume' ? String(device.uuid) : randomUUID(),
      deleteOnTermination: isTrue(device.delete_on_termination),
    }))
  return {
    bootsFromVolume: root !== undefined && goesToVolume(root),
    bootImageId: root?.source_type === 'image' ? String(root.uuid) : undefined,
    volumes,
  }
}

function checkDevice(device: JsonObject, imageId: string | undefined): void {
  const source = device.source_type
  if (source === undefined) throw invalid('Invalid source_type field.')
  if (source !== 'blank' && device.uuid === undefined) throw invalid('Missing device UUID.')
  if (source === 'image' && !goesToVolume(device) && (bootIndex(device) !== 0 || device.uuid !== imageId)) {
    throw invalid('Mapping image to local is not supported.')
  }
  const size = Number(device.volume_size ?? 0)
  if (goesToVolume(device) && size === 0 && (source === 'image' || source === 'blank')) {
    throw novaError(400, SIZELESS[source])
  }
}

const SIZELESS = {
  image: "Images with destination_type 'volume' need to have a non-zero size specified",
  blank: "Blank volumes (source: 'blank', dest: 'volume') need to have non-zero size",
}

function invalid(message: string): Error {
  return novaError(400, `Block Device Mapping is Invalid: ${message}`)
}

function bootIndex(device: JsonObject): number {
  return device.boot_index === undefined || device.boot_index === null ? -1 : Number(device.boot_index)
}

function goesToVolume(device: JsonObject): boolean {
  if (device.destination_type !== undefined) return device.destination_type === 'volume'
  return device.source_type === 'volume' || device.source_type === 'snapshot'
}
