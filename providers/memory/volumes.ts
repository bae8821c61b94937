import {
  batch,
  type BatchResult,
  type CallOptions,
  ConflictError,
  NotFoundError,
  NotValidError,
  TAG_CONTROLLER,
  TAG_MODEL,
  type Volume,
  type VolumeAttachment,
  type VolumeAttachmentParams,
  type VolumeImporter,
  type VolumeInfo,
  type VolumeParams,
  type VolumeSource,
} from 'cloud-environs/provider'
import type { MemoryCloud, MemoryMachine, MemoryVolume } from './cloud.ts'

/** The one kind of storage that there is. */
export const STORAGE_TYPE = 'memory'

/** The volumes of one model. `batch` makes a result, or an error, of the work on each item. */
export class MemoryVolumes implements VolumeSource, VolumeImporter {
  readonly #cloud: MemoryCloud
  readonly #modelUuid: string

  constructor(cloud: MemoryCloud, modelUuid: string) {
    this.#cloud = cloud
    this.#modelUuid = modelUuid
  }

  async validateVolumeParams({ provider, size }: VolumeParams): Promise<void> {
    if (provider !== STORAGE_TYPE) throw new NotValidError(`storage provider "${provider}" is another's`)
    if (!(size > 0)) throw new NotValidError(`${size} is not the size of a volume`, { hint: 'give MiB' })
  }

  async createVolumes(
    params: readonly VolumeParams[],
    options?: CallOptions,
  ): Promise<readonly BatchResult<Volume>[]> {
    const create = async (wanted: VolumeParams): Promise<Volume> => {
      await this.validateVolumeParams(wanted)
      const { tag, size, resourceTags } = wanted
      const tags = { ...resourceTags, [TAG_MODEL]: this.#modelUuid }
      return { tag, ...infoOf(this.#cloud.createVolume({ size, tags })) }
    }
    const undo = async ({ volumeId }: Volume): Promise<void> => this.#cloud.deleteVolume(volumeId)
    return await batch(params, create, { ...options, undo })
  }

  async listVolumes(): Promise<readonly string[]> {
    return this.#cloud
      .volumes()
      .filter(({ tags }) => tags[TAG_MODEL] === this.#modelUuid)
      .map(({ id }) => id)
  }

  async describeVolumes(
    ids: readonly string[],
    options?: CallOptions,
  ): Promise<readonly BatchResult<VolumeInfo>[]> {
    return await batch(ids, async (id) => infoOf(this.#own(id)), options)
  }

  async destroyVolumes(ids: readonly string[], options?: CallOptions): Promise<readonly BatchResult<void>[]> {
    const destroy = async (id: string): Promise<void> => {
      if (this.#cloud.volume(id)) this.#cloud.deleteVolume(this.#own(id).id)
    }
    return await batch(ids, destroy, options)
  }

  async releaseVolumes(ids: readonly string[], options?: CallOptions): Promise<readonly BatchResult<void>[]> {
    const release = async (id: string): Promise<void> => {
      const volume = free(this.#own(id))
      const { [TAG_MODEL]: _model, [TAG_CONTROLLER]: _controller, ...tags } = volume.tags
      this.#cloud.setVolume({ ...volume, tags })
    }
    return await batch(ids, release, options)
  }

  async attachVolumes(
    params: readonly VolumeAttachmentParams[],
    options?: CallOptions,
  ): Promise<readonly BatchResult<VolumeAttachment>[]> {
    const attach = async (wanted: VolumeAttachmentParams): Promise<VolumeAttachment> => {
      const { volumeTag, volumeId = '', machineId, instanceId = '' } = wanted
      const volume = this.#own(volumeId)
      const machine = this.#machine(instanceId)
      if (volume.machine !== machine.id) this.#cloud.setVolume({ ...free(volume), machine: machine.id })
      return { volumeTag, machineId, deviceName: `disk-${volumeId}`, readOnly: false }
    }
    return await batch(params, attach, options)
  }

  async detachVolumes(
    params: readonly VolumeAttachmentParams[],
    options?: CallOptions,
  ): Promise<readonly BatchResult<void>[]> {
    const detach = async ({ volumeId = '', instanceId }: VolumeAttachmentParams): Promise<void> => {
      const volume = this.#cloud.volume(volumeId) && this.#own(volumeId)
      if (volume?.machine === instanceId && volume) this.#cloud.setVolume({ ...volume, machine: undefined })
    }
    return await batch(params, detach, options)
  }

  async importVolume(id: string, resourceTags: Readonly<Record<string, string>>): Promise<VolumeInfo> {
    const found = this.#cloud.volume(id)
    if (!found) throw new NotFoundError(`volume ${id} not found`)
    const volume = free(found)
    this.#cloud.setVolume({ ...volume, tags: { ...resourceTags, [TAG_MODEL]: this.#modelUuid } })
    return infoOf(volume)
  }

  #own(id: string): MemoryVolume {
    const volume = this.#cloud.volume(id)
    if (volume?.tags[TAG_MODEL] === this.#modelUuid) return volume
    throw new NotFoundError(`volume ${id} not found`, { resource: `volume ${id}` })
  }

  #machine(id: string): MemoryMachine {
    const machine = this.#cloud.machine(id)
    if (machine?.tags[TAG_MODEL] === this.#modelUuid) return machine
    throw new NotFoundError(`instance ${id} not found`, { resource: `instance ${id}` })
  }
}

const infoOf = ({ id, size }: MemoryVolume): VolumeInfo => ({ volumeId: id, size, persistent: true })

/** @throws ConflictError for a volume that a machine has */
function free(volume: MemoryVolume): MemoryVolume {
  if (volume.machine === undefined) return volume
  throw new ConflictError(`machine ${volume.machine} has volume ${volume.id}`, { hint: 'detach it first' })
}
