/** Images (https://docs.openstack.org/api-ref/image/v2/#images). Names are not unique. */

import { NotFoundError } from 'cloud-environs'
import type { Clock } from 'cloud-environs/provider'
import { segment } from '../compute/path-segment.ts'
import { type List, resourceList } from '../service/list.ts'
import type { CallOptions, ListOptions } from '../service/options.ts'
import { readCreated, readOne } from '../service/read.ts'
import type { ServiceClient, ServiceRequest } from '../service/service-client.ts'
import type { RequestData } from '../transport/request.ts'
import { type Image, imageSchema } from './image.ts'
import { type CreateImage, createImageBody, type UpdateImage, updateImagePatch } from './image-input.ts'
import { type ImageQuery, IMAGE_FILTERS, imageQuery } from './image-query.ts'
import { ImageWatcher, type WaitForImageStatusOptions } from './image-watcher.ts'

/** Milliseconds that an upload may take when its caller does not say: one hour. */
const UPLOAD_MS = 3_600_000

/** `image.images` */
export class Images {
  readonly #client: ServiceClient
  readonly #watcher: ImageWatcher
  readonly #list: List<Image, ImageQuery>

  constructor(client: ServiceClient, clock: Clock) {
    this.#client = client
    this.#watcher = new ImageWatcher(this, clock)
    this.#list = resourceList(client, {
      path: '/images',
      key: 'images',
      resource: 'image',
      schema: imageSchema,
      filters: IMAGE_FILTERS,
      query: imageQuery,
    })
  }

  /** Images that match. */
  list(query: ImageQuery = {}, options: ListOptions = {}): AsyncIterable<Image> {
    return this.#list.iterate(query, options)
  }

  /** {@link list}, collected. */
  all(query: ImageQuery = {}, options: ListOptions = {}): Promise<Image[]> {
    return this.#list.collect(query, options)
  }

  /** @throws NotFoundError when there is none, or the caller may not see it */
  async get(id: string, options: CallOptions = {}): Promise<Image> {
    const json = await this.#ask('GET', id, '', { operation: 'get', ...options })
    return readOne(json, undefined, imageSchema(), `image ${id}`)
  }

  /**
   * Makes the record, in status `queued`; the data come with {@link upload}. A create that may have happened is never
   * repeated: see `outcomeUnknown`.
   */
  async create(create: CreateImage, options: CallOptions = {}): Promise<Image> {
    const json = createImageBody(create)
    const resource = create.name === undefined ? 'image' : `image "${create.name}"`
    const answer = await this.#client.request({
      method: 'POST',
      path: '/images',
      json,
      operation: 'create',
      resource,
      ...options,
    })
    return readCreated(answer.json, undefined, imageSchema(), resource)
  }

  /**
   * Uploads the data of a queued image: bytes, or a function that opens a stream of them, which is called again when the
   * upload has to begin anew. Takes an hour at most by default. @throws ConflictError when it has its data already
   */
  async upload(id: string, data: RequestData, options: CallOptions = {}): Promise<void> {
    await this.#ask('PUT', id, '/file', {
      data,
      // The second of two would find an image that has data.
      repeatable: false,
      operation: 'upload',
      deadlineMs: UPLOAD_MS,
      ...options,
    })
  }

  /** Changes what is given and leaves the rest. @throws ForbiddenError for an image of others */
  async update(id: string, update: UpdateImage, options: CallOptions = {}): Promise<Image> {
    const json = await this.#ask('PATCH', id, '', {
      json: updateImagePatch(update),
      headers: { 'content-type': 'application/openstack-images-v2.1-json-patch' },
      repeatable: true,
      operation: 'update',
      ...options,
    })
    return readOne(json, undefined, imageSchema(), `image ${id}`)
  }

  /** There already is fine. */
  async addTag(id: string, tag: string, options: CallOptions = {}): Promise<void> {
    await this.#ask('PUT', id, `/tags/${segment('a tag', tag)}`, { operation: 'add a tag to', ...options })
  }

  /** Whether it was there. @throws NotFoundError */
  async removeTag(id: string, tag: string, options: CallOptions = {}): Promise<boolean> {
    const path = `/tags/${segment('a tag', tag)}`
    try {
      await this.#ask('DELETE', id, path, { operation: 'remove a tag of', ...options })
      return true
    } catch (error) {
      if (!(error instanceof NotFoundError) || error.status !== 404) throw error
      // Glance answers the same for an image that is not there.
      await this.get(id, options)
      return false
    }
  }

  /**
   * Whether there was an image: already gone is success. @throws ForbiddenError for a protected one and one of others;
   * ConflictError while it is in use, as by disks that are clones of it
   */
  async delete(id: string, options: CallOptions = {}): Promise<boolean> {
    return await this.#client.delete({ path: pathOf(id), resource: `image ${id}`, ...options })
  }

  /**
   * Waits until the image is in one of the statuses wanted, by default `active`.
   * @throws ImageStatusError when it goes to `killed` or `deleted` (or another status to reject); NotFoundError when it
   * is gone, which is how a snapshot that failed ends; TimeoutError
   */
  waitForStatus(id: string, options: WaitForImageStatusOptions = {}): Promise<Image> {
    return this.#watcher.waitForStatus(id, options)
  }

  async #ask(
    method: ServiceRequest['method'],
    id: string,
    below: string,
    request: Omit<ServiceRequest, 'method' | 'path' | 'resource'>,
  ): Promise<unknown> {
    const path = pathOf(id) + below
    return (await this.#client.request({ method, path, resource: `image ${id}`, ...request })).json
  }
}

function pathOf(id: string): string {
  return `/images/${segment('the id of an image', id)}`
}
