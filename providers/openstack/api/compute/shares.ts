/** Shares of servers, from microversion 2.97 on (https://docs.openstack.org/api-ref/compute/#servers-with-shares-attachments-servers-shares). */

import { z } from 'zod'
import { lazy } from '../service/lazy.ts'
import type { CallOptions } from '../service/options.ts'
import { readCreated, readItems, readOne } from '../service/read.ts'
import { segment } from './path-segment.ts'
import type { Operations } from './server-operation.ts'
import { since } from './version-range.ts'

/** A share of the shared file system service that a server has. */
export interface ShareAttachment {
  readonly shareId: string
  /** `attaching`, `inactive` while the server is off, `active`, `detaching`, `error`. */
  readonly status: string
  /** What the guest mounts it by. */
  readonly tag: string
  /** Of the attachment. Administrators only, as the next. */
  readonly id?: string | undefined
  readonly exportLocation?: string | undefined
}

/** How to attach a share. */
export interface CreateShareAttachment {
  readonly shareId: string
  /** Default: the id of the share. */
  readonly tag?: string | undefined
}

/** Calls about shares. They change only while the server is `SHUTOFF`. */
export interface ServerShares {
  shareAttachments(id: string, options?: CallOptions): Promise<ShareAttachment[]>
  /** @throws NotFoundError */
  getShareAttachment(id: string, shareId: string, options?: CallOptions): Promise<ShareAttachment>
  /** Begins to attach. @throws ConflictError for a share or a tag that the server has, and for a server that is on */
  createShareAttachment(
    id: string,
    create: CreateShareAttachment,
    options?: CallOptions,
  ): Promise<ShareAttachment>
  /** Begins to detach. Whether it was attached. */
  deleteShareAttachment(id: string, shareId: string, options?: CallOptions): Promise<boolean>
}

const shareSchema = lazy(() =>
  z
    .object({
      share_id: z.string(),
      status: z.string(),
      tag: z.string(),
      uuid: z.string().optional(),
      export_location: z.string().nullish(),
    })
    .transform(
      (wire): ShareAttachment => ({
        shareId: wire.share_id,
        status: wire.status,
        tag: wire.tag,
        id: wire.uuid,
        exportLocation: wire.export_location ?? undefined,
      }),
    ),
)

const PATH = '/shares'
const pathOf = (shareId: string) => `${PATH}/${segment('the id of a share', shareId)}`
const versions = () => since('2.97')

/** See {@link ServerShares}. */
export const serverShares: Operations<ServerShares> = {
  shareAttachments: {
    method: 'GET',
    path: PATH,
    operation: 'list shares of',
    versions,
    read: ({ json }, { logger }) => readItems(json, 'shares', shareSchema(), logger),
  },
  getShareAttachment: {
    inputs: 1,
    method: 'GET',
    path: ([shareId]) => pathOf(shareId),
    operation: 'get a share of',
    versions,
    read: ({ json }, { args: [shareId], resource }) =>
      readOne(json, 'share', shareSchema(), `share ${shareId} of ${resource}`),
  },
  createShareAttachment: {
    inputs: 1,
    path: PATH,
    operation: 'attach a share to',
    versions,
    body: ([{ shareId, tag }]) => ({ share: { share_id: shareId, tag } }),
    read: ({ json }, { args: [{ shareId }], resource }) =>
      readCreated(json, 'share', shareSchema(), `share ${shareId} of ${resource}`),
  },
  deleteShareAttachment: {
    inputs: 1,
    method: 'DELETE',
    path: ([shareId]) => pathOf(shareId),
    operation: 'detach a share of',
    versions,
    read: () => true,
    gone: false,
  },
}
