/** Server groups (https://docs.openstack.org/api-ref/compute/#server-groups-os-server-groups). */

import { NotValidError } from 'cloud-environs'
import { z } from 'zod'
import { lazy } from '../service/lazy.ts'
import { compareMicroversions, type Microversion } from '../service/microversion.ts'
import { checkQuery } from '../service/list.ts'
import type { CallOptions, ListOptions } from '../service/options.ts'
import { pages } from '../service/paging.ts'
import { fieldOf, readCreated, readItems, readOne } from '../service/read.ts'
import type { ComputeClient } from './compute-client.ts'
import { segment } from './path-segment.ts'
import { checkName } from './server-input.ts'
import { allOf, EVERY_VERSION, since, type VersionRanges } from './version-range.ts'

/**
 * Together on one host, or each on another; `soft-` means where possible, and needs microversion 2.15. Others come from
 * newer clouds.
 */
export type ServerGroupPolicy =
  | 'affinity'
  | 'anti-affinity'
  | 'soft-affinity'
  | 'soft-anti-affinity'
  | (string & {})

/** Servers that are placed with regard to each other. */
export interface ServerGroup {
  readonly id: string
  /** Not unique. */
  readonly name: string
  readonly policy: ServerGroupPolicy
  /** Of `anti-affinity`, when it is not one. From microversion 2.64. */
  readonly maxServersPerHost?: number | undefined
  /** Ids of servers. */
  readonly members: readonly string[]
  /** From microversion 2.13. */
  readonly projectId?: string | undefined
  /** From microversion 2.13. */
  readonly userId?: string | undefined
}

/** What a new group shall be. It cannot be changed. */
export interface CreateServerGroup {
  readonly name: string
  readonly policy: ServerGroupPolicy
  /** For `anti-affinity` only, default 1. Needs microversion 2.64. */
  readonly maxServersPerHost?: number | undefined
}

/** Which groups to list. */
export interface ServerGroupQuery {
  /** Those of all projects, for administrators; others get their own all the same. */
  readonly allProjects?: boolean | undefined
}

const groupSchema = lazy(() =>
  z
    .object({
      id: z.string(),
      name: z.string(),
      policy: z.string().optional(),
      policies: z.array(z.string()).default([]),
      rules: z.object({ max_server_per_host: z.number().optional() }).optional(),
      members: z.array(z.string()),
      project_id: z.string().nullish(),
      user_id: z.string().nullish(),
    })
    .transform(
      (wire): ServerGroup => ({
        id: wire.id,
        name: wire.name,
        policy: wire.policy ?? wire.policies[0] ?? '',
        maxServersPerHost: wire.rules?.max_server_per_host,
        members: wire.members,
        projectId: wire.project_id ?? undefined,
        userId: wire.user_id ?? undefined,
      }),
    ),
)

/** The most that a cloud tells. */
const SHOWN: VersionRanges = [{ from: '2.64' }, { from: '2.15' }, { from: '2.13' }, {}]
const RULES: Microversion = '2.64'
/** Less than any cloud's own maximum: only a page with less is known to be the last. */
const PAGE_SIZE = 100
const PATH = '/os-server-groups'
const KEY = 'server_groups'

/** `compute.serverGroups`. A server joins one when it is created, and for good. */
export class ServerGroups {
  readonly #client: ComputeClient

  constructor(client: ComputeClient) {
    this.#client = client
  }

  async *list(
    query: ServerGroupQuery = {},
    { maxPages, ...options }: ListOptions = {},
  ): AsyncGenerator<ServerGroup, void> {
    checkQuery({ filters: { allProjects: true }, resource: 'server group' }, query)
    const { allProjects = false } = query
    const microversion = await this.#client.microversionFor(SHOWN, 'list server groups', options)
    const resource = 'server groups'
    const first = { all_projects: allProjects ? true : undefined, limit: PAGE_SIZE }
    let read = 0
    const bodies = pages({
      key: KEY,
      query: first,
      resource,
      maxPages,
      fetch: async (query) => {
        const request = {
          method: 'GET',
          path: PATH,
          query,
          microversion,
          operation: 'list',
          resource,
        } as const
        const { json } = await this.#client.request({ ...request, ...options })
        const groups = fieldOf(json, KEY)
        if (!Array.isArray(groups) || groups.length < PAGE_SIZE) return json
        read += groups.length
        // Nova links no pages here.
        const all = allProjects ? 'all_projects=true&' : ''
        const href = `?${all}limit=${PAGE_SIZE}&offset=${read}`
        return { [KEY]: groups as unknown[], links: [{ rel: 'next', href }] }
      },
    })
    for await (const body of bodies) yield* readItems(body, KEY, groupSchema(), this.#client.logger)
  }

  /** {@link list}, collected. */
  async all(query: ServerGroupQuery = {}, options: ListOptions = {}): Promise<ServerGroup[]> {
    const groups: ServerGroup[] = []
    for await (const group of this.list(query, options)) groups.push(group)
    return groups
  }

  /** @throws NotFoundError */
  async get(id: string, options: CallOptions = {}): Promise<ServerGroup> {
    const path = pathOf(id)
    const resource = `server group ${id}`
    const { json } = await this.#client.request({
      method: 'GET',
      path,
      microversion: await this.#client.microversionFor(SHOWN, `get ${resource}`, options),
      operation: 'get',
      resource,
      ...options,
    })
    return readOne(json, 'server_group', groupSchema(), resource)
  }

  /** A create that may have happened is never repeated: see `outcomeUnknown`. @throws QuotaExceededError */
  async create(create: CreateServerGroup, options: CallOptions = {}): Promise<ServerGroup> {
    const ranges = versionsForCreate(create)
    const resource = `server group "${create.name}"`
    const microversion = await this.#client.microversionFor(ranges, `create ${resource} like that`, options)
    const { json } = await this.#client.request({
      method: 'POST',
      path: PATH,
      json: { server_group: wireOf(create, microversion) },
      microversion,
      operation: 'create',
      resource,
      ...options,
    })
    return readCreated(json, 'server_group', groupSchema(), resource)
  }

  /** Whether there was one: already gone is success. Its servers stay where they are. */
  async delete(id: string, options: CallOptions = {}): Promise<boolean> {
    return await this.#client.delete({ path: pathOf(id), resource: `server group ${id}`, ...options })
  }
}

/** @throws NotValidError for what no cloud takes */
function versionsForCreate({ name, policy, maxServersPerHost }: CreateServerGroup): VersionRanges {
  checkName('a server group', name)
  if (maxServersPerHost !== undefined && policy !== 'anti-affinity') {
    throw new NotValidError(`servers per host cannot be limited by the policy ${JSON.stringify(policy)}`, {
      hint: 'use the policy anti-affinity',
    })
  }
  return allOf([
    maxServersPerHost === undefined ? EVERY_VERSION : since(RULES),
    policy.startsWith('soft-') ? since('2.15') : EVERY_VERSION,
    SHOWN,
  ])
}

function wireOf({ name, policy, maxServersPerHost }: CreateServerGroup, microversion: Microversion): object {
  if (compareMicroversions(microversion, RULES) < 0) return { name, policies: [policy] }
  const rules = maxServersPerHost === undefined ? undefined : { max_server_per_host: maxServersPerHost }
  return { name, policy, rules }
}

function pathOf(id: string): string {
  return `${PATH}/${segment('the id of a server group', id)}`
}
