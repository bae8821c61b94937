import {
  ConflictError,
  EnvironsError,
  NotValidError,
  type VolumeAttachment,
  type VolumeAttachmentParams,
} from 'cloud-environs/provider'
import { outcomeUnknown, type Volume } from './api/index.ts'
import type { Scope } from './scope.ts'
import { modelServer } from './servers-of-model.ts'
import { intendedMachine, modelVolume, TAG_INTENDED_MACHINE } from './volumes-of-model.ts'

/** Which volume, and which server. @throws NotValidError when either is not told */
export function attachmentIds({ volumeTag, volumeId, machineId, instanceId }: VolumeAttachmentParams): {
  readonly volumeId: string
  readonly instanceId: string
} {
  if (volumeId !== undefined && instanceId !== undefined) return { volumeId, instanceId }
  const missing = volumeId === undefined ? `volume of ${volumeTag}` : `instance of machine ${machineId}`
  throw new NotValidError(`the ${missing} is not known`, {
    resource: volumeTag,
    hint: 'give volumeId and instanceId: both exist before one is attached to the other',
  })
}

const isAttached = ({ attachments }: Volume, serverId: string): boolean =>
  attachments.some((attachment) => attachment.serverId === serverId)

/**
 * Attaches a volume and waits until it is; one that is attached already stays as it is.
 * @throws NotFoundError; ConflictError for a volume that another server has; NotValidError
 */
export async function attachVolume(
  scope: Scope,
  params: VolumeAttachmentParams,
  signal?: AbortSignal,
): Promise<VolumeAttachment> {
  const { volumeId, instanceId } = attachmentIds(params)
  const { servers } = scope.connection.compute
  const [volume] = await Promise.all([
    modelVolume(scope, volumeId, signal),
    modelServer(scope, instanceId, signal),
  ])
  if (!isAttached(volume, instanceId)) {
    await begin(scope, volume, instanceId, signal)
    checkAttached(await modelVolume(scope, volumeId, signal), instanceId)
  }
  const { device } = await servers.getVolumeAttachment(instanceId, volumeId, { signal })
  if (!device) {
    throw new EnvironsError(`the cloud gave volume ${volumeId} no device on server ${instanceId}`, {
      operation: 'attachVolumes',
      resource: `volume ${volumeId}`,
      hint: 'a server that is shelved has no devices: start it first',
    })
  }
  const { volumeTag, machineId } = params
  return { volumeTag, machineId, deviceName: device.replace(/^\/dev\//, ''), readOnly: false }
}

async function begin(
  { connection }: Scope,
  volume: Volume,
  serverId: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { id, status, multiattach, attachments } = volume
  if (status !== 'available' && !(multiattach && status === 'in-use')) {
    const by = attachments.map((attachment) => ` by server ${attachment.serverId}`).join(' and')
    throw new ConflictError(`cannot attach volume ${id}: it is ${status}${by}`, {
      operation: 'attachVolumes',
      resource: `volume ${id}`,
      hint: 'detach it first; only an available volume can be attached',
    })
  }
  // Before there can be anything on it.
  if (intendedMachine(volume) !== undefined) {
    await connection.blockStorage.volumes.deleteMetadata(id, TAG_INTENDED_MACHINE, { signal })
  }
  try {
    await connection.compute.servers.createVolumeAttachment(serverId, { volumeId: id }, { signal })
  } catch (error) {
    // When the answer was lost, the volume tells what has become of it.
    if (!outcomeUnknown(error)) throw error
  }
}

function checkAttached(volume: Volume, serverId: string): void {
  if (isAttached(volume, serverId)) return
  throw new EnvironsError(`volume ${volume.id} did not get attached to server ${serverId}`, {
    operation: 'attachVolumes',
    resource: `volume ${volume.id}`,
    hint: 'try again; the instance actions of the server tell why',
  })
}
