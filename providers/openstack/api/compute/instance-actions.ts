/** What was done to a server (https://docs.openstack.org/api-ref/compute/#servers-actions-servers-os-instance-actions). */

import { z } from 'zod'
import { lazy } from '../service/lazy.ts'
import type { CallOptions } from '../service/options.ts'
import { readItems, readOne } from '../service/read.ts'
import { segment } from './path-segment.ts'
import type { Operations } from './server-operation.ts'
import { since, type VersionRanges } from './version-range.ts'

/** One request that a server had. */
export interface InstanceAction {
  /** `create`, `reboot`, `attach_volume`, ... */
  readonly action: string
  /** Of the request; names the action. */
  readonly requestId: string
  readonly startTime: string
  /** From microversion 2.58. */
  readonly updatedAt?: string | undefined
  /** `Error` when it failed. */
  readonly message?: string | undefined
  readonly projectId?: string | undefined
  readonly userId?: string | undefined
  /** The steps, for one action alone. Those of others are for administrators below microversion 2.51. */
  readonly events: readonly InstanceActionEvent[]
}

/** One step of an action. */
export interface InstanceActionEvent {
  readonly event: string
  readonly startTime: string
  /** Absent while it goes on. */
  readonly finishTime?: string | undefined
  /** `Success` or `Error`. */
  readonly result?: string | undefined
  /** What went wrong, from microversion 2.84. */
  readonly details?: string | undefined
}

/** Which actions to list. */
export interface InstanceActionOptions extends CallOptions {
  /** ISO 8601, when something of the action changed last. Needs microversion 2.58. */
  readonly changesSince?: string | undefined
  /** ISO 8601. Needs microversion 2.66. */
  readonly changesBefore?: string | undefined
  /** Actions a page; all pages are read. Needs microversion 2.58; older clouds send all at once. */
  readonly limit?: number | undefined
  /** `requestId` of the action after which to begin. Needs microversion 2.58. */
  readonly marker?: string | undefined
}

/** Calls about what was done. Deleted servers have it too, from microversion 2.21. */
export interface InstanceActions {
  /** Newest first. */
  instanceActions(id: string, options?: InstanceActionOptions): Promise<InstanceAction[]>
  /** With its events. @throws NotFoundError */
  getInstanceAction(id: string, requestId: string, options?: CallOptions): Promise<InstanceAction>
}

const actionSchema = lazy(() => {
  const text = z.string().nullish()
  const event = z
    .object({ event: z.string(), start_time: z.string(), finish_time: text, result: text, details: text })
    .transform(
      (wire): InstanceActionEvent => ({
        event: wire.event,
        startTime: wire.start_time,
        finishTime: wire.finish_time ?? undefined,
        result: wire.result ?? undefined,
        details: wire.details ?? undefined,
      }),
    )
  return z
    .object({
      action: z.string(),
      request_id: z.string(),
      start_time: z.string(),
      updated_at: text,
      message: text,
      project_id: text,
      user_id: text,
      events: z.array(event).nullish(),
    })
    .transform(
      (wire): InstanceAction => ({
        action: wire.action,
        requestId: wire.request_id,
        startTime: wire.start_time,
        updatedAt: wire.updated_at ?? undefined,
        message: wire.message ?? undefined,
        projectId: wire.project_id ?? undefined,
        userId: wire.user_id ?? undefined,
        events: wire.events ?? [],
      }),
    )
})

const PATH = '/os-instance-actions'
/** From 2.58 on the list comes in pages; below, it is whole, which takes one request. */
const LIST: VersionRanges = [{ from: '2.21', to: '2.57' }, {}]
const SHOW: VersionRanges = [{ from: '2.84' }, { from: '2.51' }, { from: '2.21' }, {}]

function versionsOfList({
  changesSince,
  changesBefore,
  limit,
  marker,
}: InstanceActionOptions): VersionRanges {
  if (changesBefore !== undefined) return since('2.66')
  const isPlain = [changesSince, limit, marker].every((each) => each === undefined)
  return isPlain ? LIST : since('2.58')
}

/** See {@link InstanceActions}. */
export const instanceActions: Operations<InstanceActions> = {
  instanceActions: {
    method: 'GET',
    path: PATH,
    operation: 'list actions on',
    versions: ([options]) => versionsOfList(options),
    query: ([{ changesSince, changesBefore, limit, marker }]) => ({
      'changes-since': changesSince,
      'changes-before': changesBefore,
      limit,
      marker,
    }),
    pagesOf: 'instanceActions',
    read: ({ json }, { logger }) => readItems(json, 'instanceActions', actionSchema(), logger),
  },
  getInstanceAction: {
    inputs: 1,
    method: 'GET',
    path: ([requestId]) => `${PATH}/${segment('the id of a request', requestId)}`,
    operation: 'get an action on',
    versions: () => SHOW,
    read: ({ json }, { args: [requestId], resource }) =>
      readOne(json, 'instanceAction', actionSchema(), `action ${requestId} on ${resource}`),
  },
}
