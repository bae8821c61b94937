/**
 * Application credentials: secrets for programs, that can do less than their user and can be taken back
 * (https://docs.openstack.org/api-ref/identity/v3/#application-credentials). Each user manages its own.
 */

import { Secret } from 'cloud-environs'
import { z } from 'zod'
import { segment } from '../compute/path-segment.ts'
import { lazy } from '../service/lazy.ts'
import type { CallOptions } from '../service/options.ts'
import { readCreated, readItems, readOne } from '../service/read.ts'
import type { ServiceClient, ServiceRequest } from '../service/service-client.ts'
import { type AccessRule, accessRuleSchema, type StoredAccessRule } from './access-rules.ts'
import type { Session } from './session.ts'

/** An application credential, without its secret, which is never shown again. */
export interface StoredApplicationCredential {
  readonly id: string
  /** Unique for the user. */
  readonly name: string
  readonly description: string
  /** The project that it is for. */
  readonly projectId?: string | undefined
  /** Names. */
  readonly roles: readonly string[]
  /** Absent when it never does. */
  readonly expiresAt?: Date | undefined
  /** May make and delete others like it. */
  readonly unrestricted: boolean
  /** None allow everything that the roles do. */
  readonly accessRules: readonly StoredAccessRule[]
}

/** A new one: the only time that the secret is told. */
export interface CreatedApplicationCredential extends StoredApplicationCredential {
  readonly secret: Secret
}

/** What a new one shall be. It is for the connection's project. */
export interface CreateApplicationCredential {
  readonly name: string
  readonly description?: string | undefined
  /** Keystone makes one by default, which is better. */
  readonly secret?: Secret | undefined
  /** Default never. */
  readonly expiresAt?: Date | undefined
  /** Names of roles that the caller has in the project, default all of them. */
  readonly roles?: readonly string[] | undefined
  /** Default false. */
  readonly unrestricted?: boolean | undefined
  readonly accessRules?: readonly AccessRule[] | undefined
}

const fields = lazy(() => ({
  id: z.string(),
  name: z.string(),
  description: z.string().nullish(),
  project_id: z.string().nullish(),
  roles: z.array(z.object({ name: z.string() })).default([]),
  expires_at: z.string().nullish(),
  unrestricted: z.boolean().nullish(),
  access_rules: z.array(accessRuleSchema()).nullish(),
}))

const storedSchema = lazy(() => z.object(fields()))

const createdSchema = lazy(() =>
  z
    .object({ ...fields(), secret: z.string() })
    .transform(
      (wire): CreatedApplicationCredential => ({ ...toStored(wire), secret: new Secret(wire.secret) }),
    ),
)

function toStored(wire: z.infer<ReturnType<typeof storedSchema>>): StoredApplicationCredential {
  return {
    id: wire.id,
    name: wire.name,
    description: wire.description ?? '',
    projectId: wire.project_id ?? undefined,
    roles: wire.roles.map(({ name }) => name),
    // Keystone's times are UTC, and do not say so.
    expiresAt: wire.expires_at ? new Date(wire.expires_at.replace(/Z?$/, 'Z')) : undefined,
    // A create says nothing when nothing was asked.
    unrestricted: wire.unrestricted ?? false,
    accessRules: wire.access_rules ?? [],
  }
}

const schema = lazy(() => storedSchema().transform(toStored))

/** `identity.applicationCredentials` */
export class ApplicationCredentials {
  readonly #client: ServiceClient
  readonly #session: Session

  constructor(client: ServiceClient, session: Session) {
    this.#client = client
    this.#session = session
  }

  /** Those of the caller, in all its projects. */
  async all(
    query: { readonly name?: string | undefined } = {},
    options: CallOptions = {},
  ): Promise<StoredApplicationCredential[]> {
    const resource = 'application credentials'
    const json = await this.#ask('GET', '', resource, {
      query: { name: query.name },
      operation: 'list',
      ...options,
    })
    return readItems(json, 'application_credentials', schema(), this.#client.logger)
  }

  /** @throws NotFoundError */
  async get(id: string, options: CallOptions = {}): Promise<StoredApplicationCredential> {
    const resource = `application credential ${id}`
    const json = await this.#ask('GET', below(id), resource, { operation: 'get', ...options })
    return readOne(json, 'application_credential', schema(), resource)
  }

  /**
   * Makes one; its secret is in what this returns, and nowhere else. @throws AlreadyExistsError for a name that is taken;
   * ForbiddenError when the caller is a restricted application credential itself
   */
  async create(
    { secret, expiresAt, roles, accessRules, ...create }: CreateApplicationCredential,
    options: CallOptions = {},
  ): Promise<CreatedApplicationCredential> {
    const resource = `application credential "${create.name}"`
    const credential = {
      ...create,
      secret: secret?.reveal(),
      expires_at: expiresAt?.toISOString(),
      roles: roles?.map((name) => ({ name })),
      access_rules: accessRules,
    }
    const json = await this.#ask('POST', '', resource, {
      json: { application_credential: credential },
      operation: 'create',
      ...options,
    })
    return readCreated(json, 'application_credential', createdSchema(), resource)
  }

  /**
   * Its tokens end with it; its access rules stay, see `identity.accessRules`. Whether there was one: already gone is
   * success.
   */
  async delete(id: string, options: CallOptions = {}): Promise<boolean> {
    const path = (await this.#path(options)) + below(id)
    return await this.#client.delete({ path, resource: `application credential ${id}`, ...options })
  }

  async #ask(
    method: ServiceRequest['method'],
    path: string,
    resource: string,
    request: Omit<ServiceRequest, 'method' | 'path' | 'resource'>,
  ): Promise<unknown> {
    const base = await this.#path(request)
    return (await this.#client.request({ method, path: base + path, resource, ...request })).json
  }

  async #path({ signal, deadlineMs }: CallOptions): Promise<string> {
    const { user } = await this.#session.token({ signal, deadlineMs })
    return `/users/${encodeURIComponent(user.id)}/application_credentials`
  }
}

function below(id: string): string {
  return `/${segment('the id of an application credential', id)}`
}
