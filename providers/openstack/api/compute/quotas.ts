/** What projects may have of Nova (https://docs.openstack.org/api-ref/compute/#quota-sets-os-quota-sets). */

import { z } from 'zod'
import type { Session } from '../identity/session.ts'
import { lazy } from '../service/lazy.ts'
import type { CallOptions } from '../service/options.ts'
import { type ItemSchema, readOne } from '../service/read.ts'
import type { ServiceClient, ServiceRequest } from '../service/service-client.ts'
import { segment } from './path-segment.ts'

/** What is counted, by Nova's name for it. */
const RESOURCES = {
  instances: 'instances',
  cores: 'cores',
  ram: 'ram',
  keyPairs: 'key_pairs',
  metadataItems: 'metadata_items',
  serverGroups: 'server_groups',
  serverGroupMembers: 'server_group_members',
} as const

/** `cores` are virtual CPUs, `ram` is MiB; the last four but server groups are for each user, server or group. */
export type ComputeQuotaResource = keyof typeof RESOURCES

/** How much there may be. Absent is no limit. */
export type ComputeQuotas = Readonly<Partial<Record<ComputeQuotaResource, number>>>

/** How much there shall be at most: what is not given stays, `null` is no limit. */
export type UpdateComputeQuotas = Readonly<Partial<Record<ComputeQuotaResource, number | null | undefined>>>

/** How much there is and may be of something. */
export interface ComputeQuotaUse {
  /** Absent when there is none. */
  readonly limit?: number | undefined
  /** 0 for what is not counted by project. */
  readonly used: number
  /** About to be used, by requests that are not done yet. */
  readonly reserved: number
}

/** How much there is and may be, of everything. */
export type ComputeQuotaDetails = Readonly<Partial<Record<ComputeQuotaResource, ComputeQuotaUse>>>

/** How to change quotas. */
export interface UpdateComputeQuotasOptions extends CallOptions {
  /** Also below what is used already, default false. */
  readonly force?: boolean | undefined
}

/** The entries of what is under Nova's names, under ours. */
function named<T>(entries: Readonly<Record<string, unknown>>, read: (value: unknown) => T | undefined) {
  const ours: Partial<Record<ComputeQuotaResource, T>> = {}
  for (const [name, wireName] of Object.entries(RESOURCES)) {
    const value = read(entries[wireName])
    if (value !== undefined) ours[name as ComputeQuotaResource] = value
  }
  return ours
}

const limitOf = (limit: unknown): number | undefined =>
  typeof limit === 'number' && limit >= 0 ? limit : undefined

const quotasSchema = lazy(() =>
  z.record(z.string(), z.unknown()).transform((wire): ComputeQuotas => named(wire, limitOf)),
)

const detailsSchema = lazy(() => {
  const use = z.object({ limit: z.number(), in_use: z.number(), reserved: z.number().default(0) })
  return z.record(z.string(), z.unknown()).transform(
    (wire): ComputeQuotaDetails =>
      named(wire, (value) => {
        const { data } = use.safeParse(value)
        return data && { limit: limitOf(data.limit), used: data.in_use, reserved: data.reserved }
      }),
  )
})

/** `compute.quotas`. The project is the connection's own unless another one's id is given, which needs an administrator. */
export class ComputeQuotaSets {
  readonly #client: ServiceClient
  readonly #session: Session

  constructor(client: ServiceClient, session: Session) {
    this.#client = client
    this.#session = session
  }

  get(projectId?: string, options: CallOptions = {}): Promise<ComputeQuotas> {
    return this.#ask('GET', projectId, '', quotasSchema(), { operation: 'get', ...options })
  }

  /** The quotas with what is used of them. */
  details(projectId?: string, options: CallOptions = {}): Promise<ComputeQuotaDetails> {
    return this.#ask('GET', projectId, '/detail', detailsSchema(), { operation: 'get', ...options })
  }

  /** What a project has for which nobody set anything. */
  defaults(projectId?: string, options: CallOptions = {}): Promise<ComputeQuotas> {
    return this.#ask('GET', projectId, '/defaults', quotasSchema(), {
      operation: 'get the defaults of',
      ...options,
    })
  }

  /** Changes what is given and leaves the rest. Administrators only. @throws NotValidError below what is used */
  update(
    projectId: string,
    quotas: UpdateComputeQuotas,
    { force, ...options }: UpdateComputeQuotasOptions = {},
  ): Promise<ComputeQuotas> {
    const limits = Object.entries(quotas).flatMap(([name, limit]) =>
      limit === undefined ? [] : [[RESOURCES[name as ComputeQuotaResource], limit ?? -1]],
    )
    const json = { quota_set: { ...(Object.fromEntries(limits) as object), force } }
    return this.#ask('PUT', projectId, '', quotasSchema(), { json, operation: 'update', ...options })
  }

  /** Back to the defaults. Administrators only. */
  async reset(projectId: string, options: CallOptions = {}): Promise<void> {
    const resource = `compute quotas of project ${projectId}`
    await this.#client.delete({ path: pathOf(projectId), resource, ...options })
  }

  async #ask<T>(
    method: ServiceRequest['method'],
    projectId: string | undefined,
    below: string,
    schema: ItemSchema<T>,
    request: Omit<ServiceRequest, 'method' | 'path' | 'resource'>,
  ): Promise<T> {
    const id = projectId ?? (await this.#ownProject(request))
    const resource = `compute quotas of project ${id}`
    const { json } = await this.#client.request({ method, path: pathOf(id) + below, resource, ...request })
    return readOne(json, 'quota_set', schema, resource)
  }

  async #ownProject({ signal, deadlineMs }: CallOptions): Promise<string> {
    return (await this.#session.token({ signal, deadlineMs })).project?.id ?? ''
  }
}

function pathOf(projectId: string): string {
  return `/os-quota-sets/${segment('the id of a project', projectId)}`
}
