/** Collections whose items can be changed and tagged: all but the rules of security groups. */

import { NotFoundError, NotValidError } from 'cloud-environs'
import { z } from 'zod'
import { segment } from '../compute/path-segment.ts'
import { lazy } from '../service/lazy.ts'
import type { CallOptions } from '../service/options.ts'
import { readOne } from '../service/read.ts'
import type { ServiceRequest } from '../service/service-client.ts'
import { faultOf } from '../transport/failure.ts'
import type { HttpAnswer, Method } from '../transport/request.ts'
import { NeutronCollection, type NeutronQuery } from './collection.ts'
import { toWire } from './wire.ts'

/** How to update an item. */
export interface UpdateOptions extends CallOptions {
  /** Updates only while the item is at this revision; a ConflictError (status 412) says that it was changed since. */
  readonly revisionNumber?: number | undefined
}

/** A collection whose items can be changed and tagged; `U` is what update takes. */
export class UpdatableCollection<
  T,
  Q extends NeutronQuery,
  C extends object,
  U extends object,
> extends NeutronCollection<T, Q, C> {
  /** Changes what is given and leaves the rest. `null` clears a field that can be empty. */
  async update(id: string, update: U, { revisionNumber, ...options }: UpdateOptions = {}): Promise<T> {
    const { json } = await this.client.request({
      method: 'PUT',
      path: this.pathOf(id),
      json: { [this.shape.key]: toWire(update) },
      // The second of two would find the revision that the first one made.
      ...(revisionNumber === undefined
        ? {}
        : { headers: { 'if-match': `revision_number=${revisionNumber}` }, repeatable: false }),
      operation: 'update',
      resource: this.nameOf(id),
      ...options,
    })
    return this.read(json)
  }

  /** Tags are up to 255 characters each, without `/` and `,`. */
  async tags(id: string, options: CallOptions = {}): Promise<readonly string[]> {
    const { json } = await this.#tags('GET', id, '', { operation: 'list tags of', ...options })
    return readTags(json, this.nameOf(id))
  }

  /** Removes all others. The tags afterwards. Neutron takes the tags of most things only after the create. */
  async replaceTags(
    id: string,
    tags: readonly string[],
    options: CallOptions = {},
  ): Promise<readonly string[]> {
    for (const tag of tags) checkTag(tag)
    const json = { tags: [...new Set(tags)] }
    const answer = await this.#tags('PUT', id, '', { json, operation: 'replace tags of', ...options })
    return readTags(answer.json, this.nameOf(id))
  }

  /** There already is fine. */
  async addTag(id: string, tag: string, options: CallOptions = {}): Promise<void> {
    await this.#tags('PUT', id, tagPath(tag), { operation: 'add a tag to', ...options })
  }

  /** Whether it was there. */
  async removeTag(id: string, tag: string, options: CallOptions = {}): Promise<boolean> {
    return await this.#hadTag('DELETE', id, tag, { operation: 'remove a tag of', ...options })
  }

  async hasTag(id: string, tag: string, options: CallOptions = {}): Promise<boolean> {
    return await this.#hadTag('GET', id, tag, { operation: 'look for a tag of', ...options })
  }

  /** Removes all tags. */
  async clearTags(id: string, options: CallOptions = {}): Promise<void> {
    await this.#tags('DELETE', id, '', { operation: 'remove the tags of', ...options })
  }

  async #hadTag(method: 'GET' | 'DELETE', id: string, tag: string, request: TagRequest): Promise<boolean> {
    try {
      await this.#tags(method, id, tagPath(tag), request)
      return true
    } catch (error) {
      // The item that is to have it must be there.
      if (error instanceof NotFoundError && faultOf(error) === 'TagNotFound') return false
      throw error
    }
  }

  #tags(method: Method, id: string, below: string, request: TagRequest): Promise<HttpAnswer> {
    const path = `${this.pathOf(id)}/tags${below}`
    return this.client.request({ method, path, resource: this.nameOf(id), ...request })
  }
}

type TagRequest = Omit<ServiceRequest, 'method' | 'path' | 'resource'>

const tagsSchema = lazy(() => z.array(z.string()))

function readTags(json: unknown, of: string): readonly string[] {
  return readOne(json, 'tags', tagsSchema(), `tags of ${of}`)
}

function tagPath(tag: string): string {
  checkTag(tag)
  return `/${segment('a tag', tag)}`
}

function checkTag(tag: string): void {
  if (tag.length <= 255 && /^[^/,]+$/.test(tag)) return
  throw new NotValidError(`${JSON.stringify(tag)} is not a tag`, {
    hint: 'a tag has 1 to 255 characters, without "/", which no path, and ",", which no filter can hold',
  })
}
