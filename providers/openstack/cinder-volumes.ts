import {
  batch,
  type BatchResult,
  type CallOptions,
  ConflictError,
  RESERVED_TAG_PREFIX,
  TAG_MODEL,
  type Volume,
  type VolumeAttachment,
  type VolumeAttachmentParams,
  type VolumeImporter,
  type VolumeInfo,
  type VolumeParams,
  type VolumeSource,
} from 'cloud-environs/provider'
import type { Volume as CinderVolume } from './api/index.ts'
import { attachmentIds, attachVolume } from './attach-volume.ts'
import { createVolume, volumeRequest } from './create-volume.ts'
import type { Scope } from './scope.ts'
import {
  deleteVolume,
  detachVolume,
  isOurs,
  modelTag,
  modelVolume,
  modelVolumes,
  settledVolume,
  volumeNotFound,
} from './volumes-of-model.ts'

const MIB_PER_GIB = 1024

/** The volumes of one model in Cinder. */
export class CinderVolumes implements VolumeSource, VolumeImporter {
  readonly #scope: Scope

  constructor(scope: Scope) {
    this.#scope = scope
  }

  async validateVolumeParams(params: VolumeParams, { signal }: CallOptions = {}): Promise<void> {
    await volumeRequest(this.#scope, params, signal)
  }

  async createVolumes(
    params: readonly VolumeParams[],
    { signal }: CallOptions = {},
  ): Promise<readonly BatchResult<Volume>[]> {
    return await batch(params, (each) => createVolume(this.#scope, each, signal), {
      signal,
      undo: ({ volumeId }) => deleteVolume(this.#scope, volumeId, modelTag(this.#scope)),
    })
  }

  async listVolumes({ signal }: CallOptions = {}): Promise<readonly string[]> {
    return (await modelVolumes(this.#scope, signal)).map(({ id }) => id)
  }

  async describeVolumes(
    ids: readonly string[],
    { signal }: CallOptions = {},
  ): Promise<readonly BatchResult<VolumeInfo>[]> {
    if (ids.length === 0) return []
    const volumes = new Map((await modelVolumes(this.#scope, signal)).map((volume) => [volume.id, volume]))
    return ids.map((id) => {
      const volume = volumes.get(id)
      return volume ? { ok: true, value: infoOf(volume) } : { ok: false, error: volumeNotFound(id) }
    })
  }

  async destroyVolumes(
    ids: readonly string[],
    { signal }: CallOptions = {},
  ): Promise<readonly BatchResult<void>[]> {
    const tags = modelTag(this.#scope)
    return await batch(ids, (id) => deleteVolume(this.#scope, id, tags, signal), { signal })
  }

  async releaseVolumes(
    ids: readonly string[],
    { signal }: CallOptions = {},
  ): Promise<readonly BatchResult<void>[]> {
    return await batch(ids, (id) => this.#release(id, signal), { signal })
  }

  async attachVolumes(
    params: readonly VolumeAttachmentParams[],
    { signal }: CallOptions = {},
  ): Promise<readonly BatchResult<VolumeAttachment>[]> {
    return await batch(params, (each) => attachVolume(this.#scope, each, signal), { signal })
  }

  async detachVolumes(
    params: readonly VolumeAttachmentParams[],
    { signal }: CallOptions = {},
  ): Promise<readonly BatchResult<void>[]> {
    return await batch(params, (each) => this.#detach(each, signal), { signal })
  }

  async importVolume(
    id: string,
    resourceTags: Readonly<Record<string, string>>,
    { signal }: CallOptions = {},
  ): Promise<VolumeInfo> {
    const volume = await settledVolume(this.#scope, id, signal)
    if (!volume) throw volumeNotFound(id)
    checkStatus(volume, ['available'], 'importVolume')
    const tags = { ...resourceTags, ...modelTag(this.#scope) }
    await this.#scope.connection.blockStorage.volumes.updateMetadata(id, tags, { signal })
    return infoOf(volume)
  }

  async #release(id: string, signal: AbortSignal | undefined): Promise<void> {
    const { volumes } = this.#scope.connection.blockStorage
    const volume = await modelVolume(this.#scope, id, signal)
    checkStatus(volume, ['available', 'error'], 'releaseVolumes')
    const tags = Object.keys(volume.metadata).filter(
      (key) => key.startsWith(RESERVED_TAG_PREFIX) && key !== TAG_MODEL,
    )
    await Promise.all(tags.map((tag) => volumes.deleteMetadata(id, tag, { signal })))
    // Last, so that a release that failed half-way can be tried again.
    await volumes.deleteMetadata(id, TAG_MODEL, { signal })
  }

  async #detach(params: VolumeAttachmentParams, signal: AbortSignal | undefined): Promise<void> {
    const { volumeId, instanceId } = attachmentIds(params)
    const volume = await settledVolume(this.#scope, volumeId, signal)
    if (!volume) return
    if (!isOurs(this.#scope, volume)) throw volumeNotFound(volumeId, true)
    await detachVolume(this.#scope, volumeId, instanceId, signal)
  }
}

const infoOf = ({ id, size }: CinderVolume): VolumeInfo => ({
  volumeId: id,
  size: size * MIB_PER_GIB,
  persistent: true,
})

/** @throws ConflictError for a volume in another status */
function checkStatus({ id, status }: CinderVolume, wanted: readonly string[], operation: string): void {
  if (wanted.includes(status)) return
  throw new ConflictError(`volume ${id} is ${status}, not ${wanted.join(' or ')}`, {
    operation,
    resource: `volume ${id}`,
    hint: 'detach it first',
  })
}
