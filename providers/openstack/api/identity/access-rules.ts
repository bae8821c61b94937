/**
 * The access rules that application credentials were made with. Keystone keeps them when those are deleted, and uses them
 * again (https://docs.openstack.org/api-ref/identity/v3/#access-rules).
 */

import { z } from 'zod'
import { segment } from '../compute/path-segment.ts'
import { lazy } from '../service/lazy.ts'
import type { CallOptions } from '../service/options.ts'
import { readItems } from '../service/read.ts'
import type { ServiceClient } from '../service/service-client.ts'
import type { Session } from './session.ts'

/** A request that an application credential may make. With rules, it may make no others. */
export interface AccessRule {
  /** Type of the service: `compute`, ... */
  readonly service: string
  readonly method: 'DELETE' | 'GET' | 'HEAD' | 'PATCH' | 'POST' | 'PUT'
  /** `/v2.1/servers`; `*` is one part of a path, `**` are any, and `{name}` is one. */
  readonly path: string
}

/** A rule that the user has. */
export interface StoredAccessRule extends AccessRule {
  readonly id: string
}

/** Makes a rule of its wire form. */
export const accessRuleSchema = lazy(() =>
  z.object({
    id: z.string(),
    service: z.string(),
    method: z.enum(['DELETE', 'GET', 'HEAD', 'PATCH', 'POST', 'PUT']),
    path: z.string(),
  }),
)

/** `identity.accessRules` */
export class AccessRules {
  readonly #client: ServiceClient
  readonly #session: Session

  constructor(client: ServiceClient, session: Session) {
    this.#client = client
    this.#session = session
  }

  /** Those of the caller, in use or not. */
  async all(options: CallOptions = {}): Promise<StoredAccessRule[]> {
    const { json } = await this.#client.request({
      method: 'GET',
      path: await this.#path(options),
      operation: 'list',
      resource: 'access rules',
      ...options,
    })
    return readItems(json, 'access_rules', accessRuleSchema(), this.#client.logger)
  }

  /** Whether there was one: already gone is success. @throws ForbiddenError while an application credential has it */
  async delete(id: string, options: CallOptions = {}): Promise<boolean> {
    const path = `${await this.#path(options)}/${segment('the id of an access rule', id)}`
    return await this.#client.delete({ path, resource: `access rule ${id}`, ...options })
  }

  async #path({ signal, deadlineMs }: CallOptions): Promise<string> {
    const { user } = await this.#session.token({ signal, deadlineMs })
    return `/users/${encodeURIComponent(user.id)}/access_rules`
  }
}
