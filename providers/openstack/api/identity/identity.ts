/** Keystone: who the caller is, what there is, and secrets for programs. */

import type { CallOptions } from '../service/options.ts'
import { ServiceClient } from '../service/service-client.ts'
import { AccessRules } from './access-rules.ts'
import { ApplicationCredentials } from './application-credentials.ts'
import { type CatalogService, regionsOf } from './catalog.ts'
import type { IdentityEndpoint } from './discovery.ts'
import { Ec2Credentials } from './ec2-credentials.ts'
import { Projects } from './projects.ts'
import type { Session } from './session.ts'
import type { Named, TokenProject } from './token.ts'

export type { IdentityEndpoint } from './discovery.ts'

/** Who the caller is, and until when. */
export interface AuthState {
  readonly user: Named
  /** Absent when the token is not for a project. */
  readonly project?: TokenProject | undefined
  /** Names. */
  readonly roles: readonly string[]
  /** When the token in use ends; the next one is got before that. */
  readonly expiresAt: Date
}

/** `identity` */
export class Identity {
  readonly projects: Projects
  readonly applicationCredentials: ApplicationCredentials
  readonly accessRules: AccessRules
  readonly ec2Credentials: Ec2Credentials
  readonly #session: Session

  constructor(session: Session) {
    const client = new ServiceClient(session, 'identity')
    this.projects = new Projects(client)
    this.applicationCredentials = new ApplicationCredentials(client, session)
    this.accessRules = new AccessRules(client, session)
    this.ec2Credentials = new Ec2Credentials(client, session)
    this.#session = session
  }

  /** Authenticates, unless that is done already. @throws UnauthorizedError when the credential is refused */
  async authenticate(options: CallOptions = {}): Promise<AuthState> {
    const { user, project, roles, expiresAt } = await this.#session.token(options)
    return { user, project, roles, expiresAt: new Date(expiresAt) }
  }

  /** Ends the token in use, also for others that share it by a token cache. The next call authenticates again. */
  revoke(options: CallOptions = {}): Promise<void> {
    return this.#session.revoke(options)
  }

  /** The services and their endpoints. */
  async catalog(options: CallOptions = {}): Promise<readonly CatalogService[]> {
    return (await this.#session.token(options)).catalog
  }

  /** Names of the regions in the catalog, sorted. */
  async regions(options: CallOptions = {}): Promise<string[]> {
    return regionsOf(await this.catalog(options))
  }

  /** The URL that requests to a service go to. @throws NotFoundError for an unknown region or service */
  endpoint(serviceType: string, options: CallOptions = {}): Promise<string> {
    return this.#session.endpoint(serviceType, options)
  }

  /** Where Keystone v3 is. Sends no credential: this tells whether an auth URL is one. */
  discover(options: CallOptions = {}): Promise<IdentityEndpoint> {
    return this.#session.identity(options)
  }
}
