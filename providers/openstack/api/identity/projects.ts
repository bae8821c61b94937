/** Projects (https://docs.openstack.org/api-ref/identity/v3/#projects). Names are unique within a domain. */

import { z } from 'zod'
import { segment } from '../compute/path-segment.ts'
import { lazy } from '../service/lazy.ts'
import { type List, resourceList } from '../service/list.ts'
import type { CallOptions, ListOptions } from '../service/options.ts'
import { readOne } from '../service/read.ts'
import type { ServiceClient } from '../service/service-client.ts'
import type { Query } from '../transport/request.ts'

/** A project. */
export interface Project {
  readonly id: string
  readonly name: string
  readonly domainId?: string | undefined
  /** The project or domain that it is in. */
  readonly parentId?: string | undefined
  readonly description: string
  /** Nobody can use one that is not. */
  readonly enabled: boolean
}

/** Filters of the list, all of them exact. */
export interface ProjectQuery {
  readonly name?: string | undefined
  readonly domainId?: string | undefined
  readonly parentId?: string | undefined
  readonly enabled?: boolean | undefined
}

const projectSchema = lazy(() =>
  z
    .object({
      id: z.string(),
      name: z.string(),
      domain_id: z.string().nullish(),
      parent_id: z.string().nullish(),
      description: z.string().nullish(),
      enabled: z.boolean().default(true),
    })
    .transform(
      (wire): Project => ({
        id: wire.id,
        name: wire.name,
        domainId: wire.domain_id ?? undefined,
        parentId: wire.parent_id ?? undefined,
        description: wire.description ?? '',
        enabled: wire.enabled,
      }),
    ),
)

/** `identity.projects` */
export class Projects {
  readonly #client: ServiceClient
  readonly #own: List<Project, undefined>
  readonly #all: List<Project, ProjectQuery>

  constructor(client: ServiceClient) {
    const shape = { key: 'projects', resource: 'project', schema: projectSchema }
    this.#client = client
    this.#own = resourceList(client, { ...shape, path: '/auth/projects', filters: {}, query: () => ({}) })
    this.#all = resourceList(client, { ...shape, path: '/projects', filters: FILTERS, query: queryOf })
  }

  /** Those that the caller has a role in: what a scope may name. Works without a scope. */
  own(options: ListOptions = {}): Promise<Project[]> {
    return this.#own.collect(undefined, options)
  }

  /** Those of everybody. Administrators only, by default. @throws ForbiddenError */
  all(query: ProjectQuery = {}, options: ListOptions = {}): Promise<Project[]> {
    return this.#all.collect(query, options)
  }

  /** @throws NotFoundError; ForbiddenError for a project of others, whether there is one or not */
  async get(id: string, options: CallOptions = {}): Promise<Project> {
    const { json } = await this.#client.request({
      method: 'GET',
      path: `/projects/${segment('the id of a project', id)}`,
      operation: 'get',
      resource: `project ${id}`,
      ...options,
    })
    return readOne(json, 'project', projectSchema(), `project ${id}`)
  }
}

const FILTERS = { name: true, domainId: true, parentId: true, enabled: true }

function queryOf({ domainId, parentId, ...rest }: ProjectQuery): Query {
  return { ...rest, domain_id: domainId, parent_id: parentId }
}
