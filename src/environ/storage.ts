/** The storage part of the contract (Juju: `storage.ProviderRegistry` and its kin). */

import type { InstanceId } from './instance.ts'
import type { CallOptions } from './options.ts'

/** A volume that is wanted. */
export interface VolumeParams {
  /** Name within the model: `volume-0`. */
  readonly tag: string
  /** MiB, at least. */
  readonly size: number
  /** Type of the storage provider: `cinder`. */
  readonly provider: string
  /** Attributes of the storage pool. */
  readonly attributes?: Readonly<Record<string, unknown>>
  readonly resourceTags?: Readonly<Record<string, string>>
  readonly attachment?: VolumeAttachmentParams
}

/** A volume that exists. */
export interface Volume {
  readonly tag: string
  readonly volumeId: string
  /** MiB. */
  readonly size: number
  readonly hardwareId?: string
  /** Whether it outlives the instance it is attached to. */
  readonly persistent: boolean
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

/** Makes, finds and removes volumes (Juju: `storage.VolumeSource`). */
export interface VolumeSource {
  createVolumes(
    params: readonly VolumeParams[],
    options?: CallOptions,
  ): Promise<readonly BatchResult<Volume>[]>
  listVolumes(options?: CallOptions): Promise<readonly string[]>
  describeVolumes(ids: readonly string[], options?: CallOptions): Promise<readonly BatchResult<Volume>[]>
  /** Volumes that are gone already count as destroyed. */
  destroyVolumes(ids: readonly string[], options?: CallOptions): Promise<readonly BatchResult<void>[]>
  /** Gives volumes up without destroying them: their tags are removed. */
  releaseVolumes(ids: readonly string[], options?: CallOptions): Promise<readonly BatchResult<void>[]>
  /** Idempotent. */
  attachVolumes(
    params: readonly VolumeAttachmentParams[],
    options?: CallOptions,
  ): Promise<readonly BatchResult<VolumeAttachment>[]>
  detachVolumes(
    params: readonly VolumeAttachmentParams[],
    options?: CallOptions,
  ): Promise<readonly BatchResult<void>[]>
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
