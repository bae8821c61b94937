/** Tags of servers, from microversion 2.26 on (https://docs.openstack.org/api-ref/compute/#server-tags-servers-tags). */

import { z } from 'zod'
import { lazy } from '../service/lazy.ts'
import type { CallOptions } from '../service/options.ts'
import { readOne } from '../service/read.ts'
import type { HttpAnswer } from '../transport/request.ts'
import { segment } from './path-segment.ts'
import { checkTag, checkTags } from './server-input.ts'
import type { AnswerContext, Operations } from './server-operation.ts'
import { since } from './version-range.ts'

/** Calls about tags: at most 50, each up to 60 characters without `/` and `,`. */
export interface ServerTags {
  tags(id: string, options?: CallOptions): Promise<readonly string[]>
  hasTag(id: string, tag: string, options?: CallOptions): Promise<boolean>
  /** There already is fine. */
  addTag(id: string, tag: string, options?: CallOptions): Promise<void>
  /** Removes all others. The tags afterwards. */
  replaceTags(id: string, tags: readonly string[], options?: CallOptions): Promise<readonly string[]>
  /** Whether it was there. */
  removeTag(id: string, tag: string, options?: CallOptions): Promise<boolean>
  /** Removes all tags. */
  clearTags(id: string, options?: CallOptions): Promise<void>
}

const tagsSchema = lazy(() => z.array(z.string()))

const readTags = ({ json }: HttpAnswer, { resource }: AnswerContext<unknown>) =>
  readOne(json, 'tags', tagsSchema(), `tags of ${resource}`)

const versions = () => since('2.26')
/** For all calls about one tag. */
const oneTag = {
  inputs: 1,
  versions,
  path: ([tag]: [string, CallOptions]) => `/tags/${segment('a tag', tag)}`,
  check: ([tag]: [string, CallOptions]) => checkTag(tag),
} as const

/** See {@link ServerTags}. */
export const serverTags: Operations<ServerTags> = {
  tags: { method: 'GET', path: '/tags', operation: 'list tags of', versions, read: readTags },
  hasTag: {
    ...oneTag,
    method: 'GET',
    operation: 'look for a tag of',
    read: () => true,
    gone: false,
  },
  addTag: { ...oneTag, method: 'PUT', operation: 'add a tag to' },
  replaceTags: {
    inputs: 1,
    method: 'PUT',
    path: '/tags',
    operation: 'replace tags of',
    versions,
    check: ([tags]) => checkTags(tags),
    body: ([tags]) => ({ tags }),
    read: readTags,
  },
  removeTag: { ...oneTag, method: 'DELETE', operation: 'remove a tag of', read: () => true, gone: false },
  clearTags: { method: 'DELETE', path: '/tags', operation: 'remove the tags of', versions },
}
