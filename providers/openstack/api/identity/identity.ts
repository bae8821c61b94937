/** What Keystone says about the caller. */

import type { CallOptions } from '../service/options.ts'
import { type CatalogService, regionsOf } from './catalog.ts'
import type { IdentityEndpoint } from './discovery.ts'
import type { Session } from './session.ts'
import type { Named } from './token.ts'

export type { IdentityEndpoint } from './discovery.ts'

/** Who the caller is, and until when. */
export interface AuthState {
  readonly user: Named
  /** Absent when the token is not for a project. */
  readonly project?: Named | undefined
  /** Names. */
  readonly roles: readonly string[]
  /** When the token in use ends; the next one is got before that. */
  readonly expiresAt: Date
}

/** `identity` */
export class Identity {
  readonly #session: Session

  constructor(session: Session) {
    this.#session = session
  }

  /** Authenticates, unless that is done already. @throws UnauthorizedError when the credential is refused */
  async authenticate(options: CallOptions = {}): Promise<AuthState> {
    const { user, project, roles, expiresAt } = await this.#session.token(options)
    return { user, project, roles, expiresAt: new Date(expiresAt) }
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
