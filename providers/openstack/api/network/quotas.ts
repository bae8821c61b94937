/** What projects may have of Neutron (https://docs.openstack.org/api-ref/network/v2/#quotas-extension-quotas). */

import { z } from 'zod'
import { segment } from '../compute/path-segment.ts'
import type { Session } from '../identity/session.ts'
import { lazy } from '../service/lazy.ts'
import type { CallOptions } from '../service/options.ts'
import { type ItemSchema, readOne } from '../service/read.ts'
import type { ServiceClient, ServiceRequest } from '../service/service-client.ts'

/** What is counted, by Neutron's name for it. */
const RESOURCES = {
  network: 'network',
  subnet: 'subnet',
  subnetPool: 'subnetpool',
  port: 'port',
  router: 'router',
  floatingIp: 'floatingip',
  securityGroup: 'security_group',
  securityGroupRule: 'security_group_rule',
  rbacPolicy: 'rbac_policy',
  trunk: 'trunk',
} as const

/** What is counted. A cloud without the extension for one of them does not name it. */
export type NetworkQuotaResource = keyof typeof RESOURCES

/** How many there may be. Absent is no limit. */
export type NetworkQuotas = Readonly<Partial<Record<NetworkQuotaResource, number>>>

/** How many there shall be at most: what is not given stays, `null` is no limit. */
export type UpdateNetworkQuotas = Readonly<Partial<Record<NetworkQuotaResource, number | null | undefined>>>

/** How many there are and may be of something. */
export interface NetworkQuotaUse {
  /** Absent when there is none. */
  readonly limit?: number | undefined
  readonly used: number
  /** About to be used, by requests that are not done yet. */
  readonly reserved: number
}

/** How many there are and may be, of everything that the cloud counts. */
export type NetworkQuotaDetails = Readonly<Partial<Record<NetworkQuotaResource, NetworkQuotaUse>>>

/** The entries of what is under Neutron's names, under ours. */
function named<T>(entries: Readonly<Record<string, unknown>>, read: (value: unknown) => T | undefined) {
  const ours: Partial<Record<NetworkQuotaResource, T>> = {}
  for (const [name, wireName] of Object.entries(RESOURCES)) {
    const value = read(entries[wireName])
    if (value !== undefined) ours[name as NetworkQuotaResource] = value
  }
  return ours
}

const limitOf = (limit: unknown): number | undefined =>
  typeof limit === 'number' && limit >= 0 ? limit : undefined

const quotasSchema = lazy(() =>
  z.record(z.string(), z.unknown()).transform((wire): NetworkQuotas => named(wire, limitOf)),
)

const detailsSchema = lazy(() => {
  const use = z.object({ limit: z.number(), used: z.number(), reserved: z.number().default(0) })
  return z.record(z.string(), z.unknown()).transform(
    (wire): NetworkQuotaDetails =>
      named(wire, (value) => {
        const { data } = use.safeParse(value)
        return data && { ...data, limit: limitOf(data.limit) }
      }),
  )
})

/** `network.quotas`. The project is the connection's own unless another one's id is given, which needs an administrator. */
export class NetworkQuotaSets {
  readonly #client: ServiceClient
  readonly #session: Session

  constructor(client: ServiceClient, session: Session) {
    this.#client = client
    this.#session = session
  }

  get(projectId?: string, options: CallOptions = {}): Promise<NetworkQuotas> {
    return this.#ask('GET', projectId, '', quotasSchema(), { operation: 'get', ...options })
  }

  /** The quotas with what is used of them: the only way to tell beforehand whether something fits. */
  details(projectId?: string, options: CallOptions = {}): Promise<NetworkQuotaDetails> {
    return this.#ask('GET', projectId, '/details.json', detailsSchema(), { operation: 'get', ...options })
  }

  /** What a project has for which nobody set anything. */
  defaults(projectId?: string, options: CallOptions = {}): Promise<NetworkQuotas> {
    return this.#ask('GET', projectId, '/default', quotasSchema(), {
      operation: 'get the defaults of',
      ...options,
    })
  }

  /** Changes what is given and leaves the rest. Administrators only, by default. @throws ForbiddenError */
  update(projectId: string, quotas: UpdateNetworkQuotas, options: CallOptions = {}): Promise<NetworkQuotas> {
    const limits = Object.entries(quotas).flatMap(([name, limit]) =>
      limit === undefined ? [] : [[RESOURCES[name as NetworkQuotaResource], limit ?? -1]],
    )
    const json = { quota: Object.fromEntries(limits) as unknown }
    return this.#ask('PUT', projectId, '', quotasSchema(), { json, operation: 'update', ...options })
  }

  /** Back to the defaults. Whether there was something to reset. Administrators only, by default. */
  async reset(projectId: string, options: CallOptions = {}): Promise<boolean> {
    const path = pathOf(projectId)
    return await this.#client.delete({ path, resource: `network quotas of project ${projectId}`, ...options })
  }

  async #ask<T>(
    method: ServiceRequest['method'],
    projectId: string | undefined,
    below: string,
    schema: ItemSchema<T>,
    request: Omit<ServiceRequest, 'method' | 'path' | 'resource'>,
  ): Promise<T> {
    const id = projectId ?? (await this.#ownProject(request))
    const resource = `network quotas of project ${id}`
    const { json } = await this.#client.request({ method, path: pathOf(id) + below, resource, ...request })
    return readOne(json, 'quota', schema, resource)
  }

  async #ownProject({ signal, deadlineMs }: CallOptions): Promise<string> {
    return (await this.#session.token({ signal, deadlineMs })).project?.id ?? ''
  }
}

function pathOf(projectId: string): string {
  return `/quotas/${segment('the id of a project', projectId)}`
}
