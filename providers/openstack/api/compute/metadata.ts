/** Metadata of servers (https://docs.openstack.org/api-ref/compute/#servers-metadata-and-server-actions). */

import { z } from 'zod'
import { lazy } from '../service/lazy.ts'
import type { CallOptions } from '../service/options.ts'
import { readOne } from '../service/read.ts'
import type { HttpAnswer } from '../transport/request.ts'
import { segment } from './path-segment.ts'
import { checkMetadata, checkMetadataKey } from './server-input.ts'
import type { AnswerContext, Operations } from './server-operation.ts'

/** Texts by key, each up to 255 characters. Clouds allow 128 of them by default. */
export type ServerMetadata = Readonly<Record<string, string>>

/** Calls about metadata. Clouds refuse changes in some states with a ConflictError. */
export interface ServerMetadataCalls {
  getMetadata(id: string, options?: CallOptions): Promise<ServerMetadata>
  /** Adds to the metadata, or replaces values of keys that are there. The metadata afterwards. */
  updateMetadata(id: string, metadata: ServerMetadata, options?: CallOptions): Promise<ServerMetadata>
  /** Removes all keys but the given ones. The metadata afterwards. */
  replaceMetadata(id: string, metadata: ServerMetadata, options?: CallOptions): Promise<ServerMetadata>
  /** @throws NotFoundError when there is no such key */
  getMetadataItem(id: string, key: string, options?: CallOptions): Promise<string>
  setMetadataItem(id: string, key: string, value: string, options?: CallOptions): Promise<void>
  /** Removes one key of the metadata. Whether it was there. */
  deleteMetadata(id: string, key: string, options?: CallOptions): Promise<boolean>
}

const metadataSchema = lazy(() => z.record(z.string(), z.string()))

const readMetadata = ({ json }: HttpAnswer, { resource }: AnswerContext<unknown>) =>
  readOne(json, 'metadata', metadataSchema(), `metadata of ${resource}`)

const itemPath = (key: string) => `/metadata/${segment('a metadata key', key)}`

/** See {@link ServerMetadataCalls}. */
export const serverMetadata: Operations<ServerMetadataCalls> = {
  getMetadata: { method: 'GET', path: '/metadata', operation: 'get metadata of', read: readMetadata },
  updateMetadata: {
    inputs: 1,
    path: '/metadata',
    operation: 'update metadata of',
    repeatable: true,
    check: ([metadata]) => checkMetadata(metadata),
    body: ([metadata]) => ({ metadata }),
    read: readMetadata,
  },
  replaceMetadata: {
    inputs: 1,
    method: 'PUT',
    path: '/metadata',
    operation: 'replace metadata of',
    check: ([metadata]) => checkMetadata(metadata),
    body: ([metadata]) => ({ metadata }),
    read: readMetadata,
  },
  getMetadataItem: {
    inputs: 1,
    method: 'GET',
    path: ([key]) => itemPath(key),
    operation: 'get metadata of',
    read: ({ json }, { args: [key], resource }) => {
      const item = readOne(json, 'meta', metadataSchema(), `metadata of ${resource}`)
      return readOne(item, key, z.string(), `metadata "${key}" of ${resource}`)
    },
  },
  setMetadataItem: {
    inputs: 2,
    method: 'PUT',
    path: ([key]) => itemPath(key),
    operation: 'set metadata of',
    check: ([key, value]) => checkMetadata({ [key]: value }),
    body: ([key, value]) => ({ meta: { [key]: value } }),
  },
  deleteMetadata: {
    inputs: 1,
    method: 'DELETE',
    path: ([key]) => itemPath(key),
    operation: 'delete metadata of',
    check: ([key]) => checkMetadataKey(key),
    read: () => true,
    gone: false,
  },
}
