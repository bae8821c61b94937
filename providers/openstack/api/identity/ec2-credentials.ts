/**
 * Pairs of an access key and a secret, for interfaces like those of Amazon
 * (https://docs.openstack.org/api-ref/identity/v3-ext/#ec2-credentials). Each user manages its own.
 */

import { Secret } from 'cloud-environs'
import { z } from 'zod'
import { segment } from '../compute/path-segment.ts'
import { lazy } from '../service/lazy.ts'
import type { CallOptions } from '../service/options.ts'
import { readCreated, readItems } from '../service/read.ts'
import type { ServiceClient } from '../service/service-client.ts'
import type { Session } from './session.ts'

/** An access key with its secret. */
export interface Ec2Credential {
  /** The key, which is its id, too. */
  readonly access: string
  readonly secret: Secret
  /** The project that it is for. */
  readonly projectId: string
  readonly userId: string
}

const credentialSchema = lazy(() =>
  z.object({ access: z.string(), secret: z.string(), tenant_id: z.string(), user_id: z.string() }).transform(
    (wire): Ec2Credential => ({
      access: wire.access,
      secret: new Secret(wire.secret),
      projectId: wire.tenant_id,
      userId: wire.user_id,
    }),
  ),
)

/** `identity.ec2Credentials` */
export class Ec2Credentials {
  readonly #client: ServiceClient
  readonly #session: Session

  constructor(client: ServiceClient, session: Session) {
    this.#client = client
    this.#session = session
  }

  /** Those of the caller, in all its projects, secrets included. */
  async all(options: CallOptions = {}): Promise<Ec2Credential[]> {
    const { json } = await this.#client.request({
      method: 'GET',
      path: await this.#path(options),
      operation: 'list',
      resource: 'EC2 credentials',
      ...options,
    })
    return readItems(json, 'credentials', credentialSchema(), this.#client.logger)
  }

  /** Makes one for the connection's project. A create that may have happened is never repeated: see `outcomeUnknown`. */
  async create(options: CallOptions = {}): Promise<Ec2Credential> {
    const { project } = await this.#session.token(options)
    const { json } = await this.#client.request({
      method: 'POST',
      path: await this.#path(options),
      json: { tenant_id: project?.id },
      operation: 'create',
      resource: 'EC2 credential',
      ...options,
    })
    return readCreated(json, 'credential', credentialSchema(), 'EC2 credential')
  }

  /** Whether there was one: already gone is success. */
  async delete(access: string, options: CallOptions = {}): Promise<boolean> {
    const path = `${await this.#path(options)}/${segment('an access key', access)}`
    return await this.#client.delete({ path, resource: `EC2 credential ${access}`, ...options })
  }

  async #path({ signal, deadlineMs }: CallOptions): Promise<string> {
    const { user } = await this.#session.token({ signal, deadlineMs })
    return `/users/${encodeURIComponent(user.id)}/credentials/OS-EC2`
  }
}
