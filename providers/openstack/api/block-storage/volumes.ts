/** Volumes (https://docs.openstack.org/api-ref/block-storage/v3/#volumes-volumes). */

import { ConflictError, NotFoundError, NotValidError } from 'cloud-environs'
import { z } from 'zod'
import { segment } from '../compute/path-segment.ts'
import { lazy } from '../service/lazy.ts'
import { type List, resourceList } from '../service/list.ts'
import type { CallOptions, ListOptions } from '../service/options.ts'
import { readCreated, readOne } from '../service/read.ts'
import { annotate, faultOf } from '../transport/failure.ts'
import type { BlockStorageClient, BlockStorageRequest } from './block-storage-client.ts'
import { type Volume, type VolumeMetadata, volumeSchema, type VolumeStatus } from './volume.ts'
import {
  checkMetadata,
  checkSize,
  type CreateVolume,
  createVolumeBody,
  type UpdateVolume,
  updateVolumeBody,
} from './volume-input.ts'
import type { WaitForVolumeDeleteOptions, WaitForVolumeStatusOptions } from './volume-verdicts.ts'
import { VolumeWatcher } from './volume-watcher.ts'

/** Filters of the list, all of them exact. */
export interface VolumeQuery {
  readonly name?: string | undefined
  readonly status?: VolumeStatus | undefined
  /** All of these values under their keys. */
  readonly metadata?: VolumeMetadata | undefined
  readonly availabilityZone?: string | undefined
  readonly bootable?: boolean | undefined
  /** Those of all projects, for admins; others get their own all the same. */
  readonly allProjects?: boolean | undefined
  /** `created_at:desc` is the default; several with commas between. */
  readonly sort?: string | undefined
  /** Volumes a page; the cloud's own maximum, mostly 1,000, is the default. */
  readonly limit?: number | undefined
}

/** How to delete a volume. */
export interface DeleteVolumeOptions extends CallOptions {
  /** Its snapshots, too, without which a volume that has some is refused. Default false. */
  readonly cascade?: boolean | undefined
}

/** How to make a volume larger. */
export interface ExtendVolumeOptions extends CallOptions {
  /** Also while a server uses it, default false. Needs microversion 3.42 and a hypervisor that can. */
  readonly attached?: boolean | undefined
}

const metadataSchema = lazy(() => z.record(z.string(), z.string()))

/** `blockStorage.volumes`. All sizes are in GiB. */
export class Volumes {
  readonly #client: BlockStorageClient
  readonly #watcher: VolumeWatcher
  readonly #list: List<Volume, VolumeQuery>

  constructor(client: BlockStorageClient) {
    this.#client = client
    this.#watcher = new VolumeWatcher(this, client.clock)
    this.#list = resourceList(client, {
      path: '/volumes/detail',
      key: 'volumes',
      resource: 'volume',
      schema: volumeSchema,
      filters: {
        name: true,
        status: true,
        metadata: true,
        availabilityZone: true,
        bootable: true,
        allProjects: true,
        sort: true,
        limit: true,
      },
      query: ({ metadata, availabilityZone, allProjects, ...rest }) => ({
        ...rest,
        // Read as a Python literal, which texts in JSON are too.
        metadata: metadata && JSON.stringify(metadata),
        availability_zone: availabilityZone,
        all_tenants: allProjects ? true : undefined,
      }),
    })
  }

  /** Volumes in detail. */
  list(query: VolumeQuery = {}, options: ListOptions = {}): AsyncIterable<Volume> {
    return this.#list.iterate(query, options)
  }

  /** {@link list}, collected. */
  all(query: VolumeQuery = {}, options: ListOptions = {}): Promise<Volume[]> {
    return this.#list.collect(query, options)
  }

  /** @throws NotFoundError when there is none, or the caller may not see it */
  async get(id: string, options: CallOptions = {}): Promise<Volume> {
    const json = await this.#ask('GET', id, '', { operation: 'get', ...options })
    return readOne(json, 'volume', volumeSchema(), `volume ${id}`)
  }

  /**
   * Asks for a new volume; it is in status `creating` when this returns: see {@link waitForStatus}. A create that may
   * have happened is never repeated: see `outcomeUnknown`. @throws QuotaExceededError, NotValidError, NotFoundError
   */
  async create(create: CreateVolume, options: CallOptions = {}): Promise<Volume> {
    const body = createVolumeBody(create)
    const resource = create.name === undefined ? 'volume' : `volume "${create.name}"`
    const { json } = await this.#client.request({
      method: 'POST',
      path: '/volumes',
      json: body,
      operation: 'create',
      resource,
      ...options,
    })
    return readCreated(json, 'volume', volumeSchema(), resource)
  }

  /** Changes what is given and leaves the rest. */
  async update(id: string, update: UpdateVolume, options: CallOptions = {}): Promise<Volume> {
    const body = updateVolumeBody(update)
    const json = await this.#ask('PUT', id, '', { json: body, operation: 'update', ...options })
    return readOne(json, 'volume', volumeSchema(), `volume ${id}`)
  }

  /**
   * Starts the deletion. Whether there was a volume: already gone is success. See {@link waitForDelete}.
   * @throws ConflictError while a server uses it, and in other statuses that do not allow it
   */
  async delete(id: string, { cascade, ...options }: DeleteVolumeOptions = {}): Promise<boolean> {
    const path = pathOf(id)
    const resource = `volume ${id}`
    try {
      return await this.#client.delete({ path, query: cascade ? { cascade } : {}, resource, ...options })
    } catch (error) {
      throw error instanceof NotValidError && error.status === 400 ? wrongStatus(error) : error
    }
  }

  /** Starts to make it larger, up to that many GiB. @throws QuotaExceededError; NotValidError in the wrong status */
  async extend(
    id: string,
    sizeGib: number,
    { attached, ...options }: ExtendVolumeOptions = {},
  ): Promise<void> {
    checkSize(sizeGib)
    await this.#ask('POST', id, '/action', {
      json: { 'os-extend': { new_size: sizeGib } },
      volumeMicroversion: attached ? '3.42' : undefined,
      operation: 'extend',
      ...options,
    })
  }

  async getMetadata(id: string, options: CallOptions = {}): Promise<VolumeMetadata> {
    const json = await this.#ask('GET', id, '/metadata', { operation: 'get metadata of', ...options })
    return readMetadata(json, id)
  }

  /** Adds to the metadata, or replaces values of keys that are there. The metadata afterwards. */
  async updateMetadata(
    id: string,
    metadata: VolumeMetadata,
    options: CallOptions = {},
  ): Promise<VolumeMetadata> {
    checkMetadata(metadata)
    const json = await this.#ask('POST', id, '/metadata', {
      json: { metadata },
      repeatable: true,
      operation: 'update metadata of',
      ...options,
    })
    return readMetadata(json, id)
  }

  /** Removes all keys but the given ones. The metadata afterwards. */
  async replaceMetadata(
    id: string,
    metadata: VolumeMetadata,
    options: CallOptions = {},
  ): Promise<VolumeMetadata> {
    checkMetadata(metadata)
    const operation = 'replace metadata of'
    const json = await this.#ask('PUT', id, '/metadata', { json: { metadata }, operation, ...options })
    return readMetadata(json, id)
  }

  /** Removes one key of the metadata. Whether it was there. */
  async deleteMetadata(id: string, key: string, options: CallOptions = {}): Promise<boolean> {
    const path = `/metadata/${segment('a metadata key', key)}`
    try {
      await this.#ask('DELETE', id, path, { operation: 'delete metadata of', ...options })
      return true
    } catch (error) {
      if (error instanceof NotFoundError && error.status === 404) return false
      throw error
    }
  }

  /**
   * Waits until the volume is in one of the statuses wanted, by default `available`. Waits for several share their looks.
   * @throws VolumeStatusError when it goes to `error` (or another status to reject); NotFoundError when it is gone;
   * TimeoutError
   */
  waitForStatus(id: string, options: WaitForVolumeStatusOptions = {}): Promise<Volume> {
    return this.#watcher.waitForStatus(id, options)
  }

  /** Waits until the volume is gone. @throws VolumeStatusError, mostly of `error_deleting`; TimeoutError */
  waitForDelete(id: string, options: WaitForVolumeDeleteOptions = {}): Promise<void> {
    return this.#watcher.waitForDelete(id, options)
  }

  async #ask(
    method: BlockStorageRequest['method'],
    id: string,
    below: string,
    request: Omit<BlockStorageRequest, 'method' | 'path' | 'resource'>,
  ): Promise<unknown> {
    const path = pathOf(id) + below
    return (await this.#client.request({ method, path, resource: `volume ${id}`, ...request })).json
  }
}

function pathOf(id: string): string {
  return `/volumes/${segment('the id of a volume', id)}`
}

function readMetadata(json: unknown, id: string): VolumeMetadata {
  return readOne(json, 'metadata', metadataSchema(), `metadata of volume ${id}`)
}

/** A deletion has nothing that could be wrong but the volume's status, though that comes as 400. */
function wrongStatus(cause: NotValidError): ConflictError {
  const { operation, resource, requestId } = cause
  const error = new ConflictError(cause.message, {
    cause,
    status: 400,
    hint: 'detach it and wait until it is available; delete its snapshots or cascade to them',
    ...(operation === undefined ? {} : { operation }),
    ...(resource === undefined ? {} : { resource }),
    ...(requestId === undefined ? {} : { requestId }),
  })
  return annotate(error, { fault: faultOf(cause) })
}
