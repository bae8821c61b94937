/** The storage part of the contract (Juju: `storage.ProviderRegistry` and its kin). */

import type { InstanceId } from './instance.ts'
import type { CallOptions } from './options.ts'

/** A volume that is wanted. */
export interface VolumeParams {
  /** Name within the model, never used twice: `volume-0`. */
  readonly tag: string
  /** MiB, at least. */
  readonly size: number
  /** Type of the storage provider: `cinder`. */
  readonly provider: string
  /** Attributes of the storage pool. */
  readonly attributes?: Readonly<Record<string, unknown>>
  /** As `resourceTags()` makes them. The model's own tag is set in any case. */
  readonly resourceTags?: Readonly<Record<string, string>>
  /** The machine it is meant for, which may decide on its zone. It is not attached yet. */
  readonly attachment?: VolumeAttachmentParams
}

/** What a cloud tells of a volume (Juju: `storage.VolumeInfo`). */
export interface VolumeInfo {
  readonly volumeId: string
  /** MiB. */
  readonly size: number
  readonly hardwareId?: string
  /** Whether it outlives the instance it is attached to. */
  readonly persistent: boolean
}

/** A volume that exists. */
export interface Volume extends VolumeInfo {
  readonly tag: string
}

/** An attachment that is wanted. */
export interface VolumeAttachmentParams {
  readonly volumeTag: string
  readonly volumeId?: string
  readonly machineId: string
  readonly instanceId?: InstanceId
  readonly readOnly?: boolean
}

/** An attachment that exists. */
export interface VolumeAttachment {
  readonly volumeTag: string
  readonly machineId: string
  readonly deviceName?: string
  readonly readOnly: boolean
}

/** One outcome for each item of a batch call. */
export type BatchResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: Error }

/**
 * Makes, finds and removes the volumes of one model (Juju: `storage.VolumeSource`). A batch call gives one result for each
 * item, in order, and throws only what its signal was aborted with. A refused credential ends it: the items that were
 * not begun fail with the same UnauthorizedError.
 */
export interface VolumeSource {
  /** Checks what can be checked beforehand. @throws NotValidError saying what is wrong */
  validateVolumeParams(params: VolumeParams, options?: CallOptions): Promise<void>
  /** A volume that cannot be made leaves nothing behind. A call that is aborted leaves none. */
  createVolumes(
    params: readonly VolumeParams[],
    options?: CallOptions,
  ): Promise<readonly BatchResult<Volume>[]>
  /** Ids of all volumes of the model. */
  listVolumes(options?: CallOptions): Promise<readonly string[]>
  /** NotFoundError for each that is not a volume of the model. */
  describeVolumes(ids: readonly string[], options?: CallOptions): Promise<readonly BatchResult<VolumeInfo>[]>
  /** Volumes that are attached are detached first; those that are gone already count as destroyed. */
  destroyVolumes(ids: readonly string[], options?: CallOptions): Promise<readonly BatchResult<void>[]>
  /** Gives volumes up without destroying them: their tags are removed. ConflictError for those that are attached. */
  releaseVolumes(ids: readonly string[], options?: CallOptions): Promise<readonly BatchResult<void>[]>
  /** Idempotent. */
  attachVolumes(
    params: readonly VolumeAttachmentParams[],
    options?: CallOptions,
  ): Promise<readonly BatchResult<VolumeAttachment>[]>
  /** What is not attached counts as detached. */
  detachVolumes(
    params: readonly VolumeAttachmentParams[],
    options?: CallOptions,
  ): Promise<readonly BatchResult<void>[]>
}

/** A source that takes volumes into the model which it did not make (Juju: `storage.VolumeImporter`). */
export interface VolumeImporter {
  /** @throws NotFoundError; ConflictError for a volume that is in use */
  importVolume(
    id: string,
    resourceTags: Readonly<Record<string, string>>,
    options?: CallOptions,
  ): Promise<VolumeInfo>
}

/** One kind of storage (Juju: `storage.Provider`). */
export interface StorageProvider {
  readonly scope: 'environ' | 'machine'
  /** Whether volumes can be made on demand. */
  readonly dynamic: boolean
  /** Whether volumes can be given up without destroying them. */
  readonly releasable: boolean
  volumeSource(): VolumeSource
}

/** The kinds of storage of an environ (Juju: `storage.ProviderRegistry`). */
export interface StorageProviderRegistry {
  storageProviderTypes(options?: CallOptions): Promise<readonly string[]>
  /** @throws NotFoundError for a type that {@link storageProviderTypes} does not list */
  storageProvider(type: string, options?: CallOptions): Promise<StorageProvider>
}
