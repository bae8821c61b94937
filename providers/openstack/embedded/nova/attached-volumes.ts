import { randomUUID } from 'node:crypto'
import { imageMetadata } from '../cinder/create.ts'
import { setStatus, typeOf } from '../cinder/state.ts'
import { DEFAULT_TYPE } from '../cinder/types.ts'
import type { Volume } from '../cinder/volume.ts'
import { isObject } from '../json.ts'
import { Refusal } from '../message.ts'
import { novaError } from './errors.ts'
import type { AttachedVolume, NewVolume, Server } from './server.ts'
import type { ComputeState } from './state.ts'

type Wanted = Pick<AttachedVolume, 'device' | 'tag' | 'deleteOnTermination' | 'root'>

/** Keeps a volume that is there for a server of the project. @throws Refusal 404; 400 when it is not free */
export function reserve(
  state: ComputeState,
  projectId: string,
  volumeId: string,
  wanted: Wanted,
  requestId = '',
): AttachedVolume {
  try {
    state.volumes.reserve(volumeId, projectId)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const said = messageOf(error)
    if (error.reply.status === 404) throw novaError(404, said)
    throw novaError(
      400,
      `Invalid volume: Invalid input received: ${said} (HTTP 400) (Request-ID: ${requestId})`,
    )
  }
  const { device, tag, deleteOnTermination, root } = wanted
  return {
    mappingId: randomUUID(),
    id: volumeId,
    attachmentId: randomUUID(),
    device,
    tag,
    root,
    deleteOnTermination,
  }
}

/** The volume, when the project has it. */
export function volumeOf(state: ComputeState, projectId: string, id: string): Volume {
  const volume = state.volumes.volumes.get(id)
  if (volume?.projectId !== projectId) throw novaError(404, `Volume ${id} could not be found.`)
  return volume
}

/** Refuses a volume that the server, or without multiattach any other, has already. */
export function checkUnattached({ id, type, attachments }: Volume, server: Server): void {
  if (attachments.length > 0 && !type.multiattach) {
    const servers = attachments.map(({ serverId }) => serverId).join(' ')
    throw novaError(400, `Invalid volume: volume ${id} is already attached to instances: ${servers}`)
  }
  if (server.volumes.some((each) => each.id === id)) {
    throw novaError(400, `Invalid volume: volume ${id} already attached`)
  }
}

/** What a service said when it refused. */
export function messageOf({ reply }: Refusal): string {
  const [fault] = isObject(reply.body) ? Object.values(reply.body) : []
  return isObject(fault) ? String(fault.message) : ''
}

/** Puts a volume that was reserved into the guest; one without a host has no devices to give. */
export function plugIn(state: ComputeState, server: Server, attached: AttachedVolume): void {
  // An administrator may have taken it away all the same.
  if (!state.volumes.volumes.has(attached.id)) return
  if (server.host !== undefined) nameDevices(server)
  const { id, device } = attached
  attached.attachmentId = state.volumes.attach(id, server.projectId, server.id, device ?? '').id
}

/** Gives devices to the volumes that have none yet. */
export function nameDevices(server: Server): void {
  for (const attached of server.volumes) attached.device ??= freeDevice(server, attached.root)
}

/** Takes a volume out of the guest, and what was kept of it. */
export function unplugVolume(state: ComputeState, server: Server, attached: AttachedVolume): void {
  server.volumes = server.volumes.filter((each) => each !== attached)
  state.volumes.detach(attached.id, server.id)
}

/** Does without all volumes, for good: those that were to end with the server are deleted. */
export function dropVolumes(state: ComputeState, server: Server): void {
  for (const attached of server.volumes) {
    unplugVolume(state, server, attached)
    const volume = state.volumes.volumes.get(attached.id)
    const open = volume && volume.attachments.length === 0 && volume.status !== 'deleting'
    if (open && attached.deleteOnTermination) state.volumes.remove(volume)
  }
}

/** Asks Cinder for the volumes that the server is to have. @throws Refusal of Cinder, over its quotas */
export function makeVolumes(state: ComputeState, server: Server): void {
  for (const wanted of server.newVolumes) {
    state.volumes.claim(server.projectId, wanted.size, wanted.size, 1)
    const { device, tag, root, deleteOnTermination } = wanted
    const { id } = make(state, server, wanted)
    server.volumes = [
      ...server.volumes,
      { mappingId: randomUUID(), attachmentId: randomUUID(), id, device, tag, root, deleteOnTermination },
    ]
  }
}

function make(state: ComputeState, server: Server, { imageId, size, type }: NewVolume): Volume {
  const image = state.images.images.get(imageId ?? '')
  const [zone = ''] = state.volumes.zones
  return state.volumes.add({
    projectId: server.projectId,
    userId: server.userId,
    type: typeOf(state.volumes, type ?? DEFAULT_TYPE),
    zone,
    sourceVolumeId: null,
    imageMetadata: image && imageMetadata(image),
    name: imageId === undefined ? `${server.id}-blank-vol` : '',
    description: '',
    size,
    bootable: imageId !== undefined,
    metadata: {},
  })
}

/**
 * Whether volumes of the server are still being made. Those that are done are kept for it. @throws Refusal when one is
 * not to be had
 */
export function volumesUnderWay(state: ComputeState, server: Server): boolean {
  const volumes = server.volumes.map(({ id }) => volumeOf(state, server.projectId, id))
  const failed = volumes.find(
    ({ status }) => !['creating', 'available', 'reserved', 'in-use'].includes(status),
  )
  if (failed) {
    const { id, status } = failed
    throw novaError(
      500,
      `Volume ${id} did not finish being created even after we waited 0 seconds or 1 attempts. And its status is ${status}.`,
    )
  }
  for (const volume of volumes) if (volume.status === 'available') setStatus(volume, 'reserved')
  return volumes.some(({ status }) => status === 'creating')
}

/** Disks of the host, which come before the volumes unless the server boots from one. */
export function localDisks({ imageId, flavor }: Server): number {
  return [imageId !== undefined, flavor.ephemeral > 0, flavor.swap > 0].filter(Boolean).length
}

/** Whether the device is taken in the guest. */
export function isTaken(server: Server, device: string): boolean {
  const first = server.imageId === undefined ? 1 : 0
  const local = Array.from({ length: localDisks(server) }, (_, index) => nameOf(first + index))
  return [...local, ...server.volumes.map((attached) => attached.device)].includes(device)
}

export function freeDevice(server: Server, root = false): string {
  for (let index = root || server.imageId !== undefined ? 0 : 1; ; index += 1) {
    const device = nameOf(index)
    if (!isTaken(server, device)) return device
  }
}

/** `/dev/vda`, …, `/dev/vdz`, `/dev/vdaa`, … */
function nameOf(index: number): string {
  const letter = (place: number) => String.fromCharCode(97 + place)
  return `/dev/vd${index < 26 ? '' : letter(Math.floor(index / 26) - 1)}${letter(index % 26)}`
}
