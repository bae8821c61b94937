/** Requests with a token: gets one, renews it, and knows where the services are. */

import {
  NotFoundError,
  NotValidError,
  Secret,
  TimeoutError,
  UnauthorizedError,
  UnavailableError,
} from 'cloud-environs'
import type { Clock, Logger } from 'cloud-environs/provider'
import { Coalescer } from '../service/coalescer.ts'
import type { CallOptions } from '../service/options.ts'
import { readOne } from '../service/read.ts'
import { headerOf, type HttpAnswer, type HttpRequest } from '../transport/request.ts'
import { shownUrl } from '../transport/redact.ts'
import type { Transport } from '../transport/transport.ts'
import { endpointUrl, type Interface, sameServiceTypes, withVersion } from './catalog.ts'
import {
  authRequestBody,
  type Credential,
  describeCredential,
  describeScope,
  isRenewable,
  type Scope,
} from './credential.ts'
import { discoverIdentity, type IdentityEndpoint } from './discovery.ts'
import { type Token, tokenSchema, toToken } from './token.ts'
import { cacheKey, type TokenCache } from './token-cache.ts'

/** Milliseconds that a call may take when its caller does not say. */
const DEFAULT_DEADLINE_MS = 180_000
/** Milliseconds that an authentication may take, whoever waits for it. */
const AUTHENTICATE_MS = 120_000

/** What a session is for. */
export interface SessionOptions {
  readonly authUrl: string
  readonly credential: Credential
  readonly scope?: Scope | undefined
  readonly region?: string | undefined
  readonly interface?: Interface | undefined
  readonly endpointOverrides?: Readonly<Record<string, string>> | undefined
  readonly tokenCache?: TokenCache | undefined
  readonly logger: Logger
  readonly clock: Clock
}

/** A request to a service: the URL is found here, and the token added. */
export interface SessionRequest
  extends Omit<HttpRequest, 'url' | 'service' | 'deadline' | 'signal'>,
    CallOptions {
  /** Begins with `/`. */
  readonly path: string
  /** Changes the endpoint's URL before the path is added, within its origin. */
  readonly base?: ((endpoint: string) => string) | undefined
}

/** One credential's way into one cloud. */
export class Session {
  readonly logger: Logger
  readonly clock: Clock
  readonly region: string | undefined
  readonly #options: SessionOptions
  readonly #transport: Transport
  readonly #authentication = new Coalescer()
  #identity: IdentityEndpoint | undefined
  #token: Token | undefined

  /** @throws NotValidError for options that cannot work */
  constructor(transport: Transport, options: SessionOptions) {
    if (options.scope && options.credential.method === 'applicationCredential') {
      throw new NotValidError('an application credential takes no scope: its project is built in', {
        hint: 'leave out the project',
      })
    }
    checkUrl('auth URL', options.authUrl)
    for (const [type, url] of Object.entries(options.endpointOverrides ?? {})) {
      checkUrl(`endpoint override for ${type}`, url)
    }
    this.#transport = transport
    this.#options = options
    this.logger = options.logger
    this.clock = options.clock
    this.region = options.region
  }

  /**
   * Sends it with a token. One that is refused is renewed once, and the request, which was not carried out, repeated.
   * @throws EnvironsError of the kind the failure is
   */
  async request(
    serviceType: string,
    { base, path, deadlineMs, signal, ...rest }: SessionRequest,
  ): Promise<HttpAnswer> {
    const deadline = this.deadline(deadlineMs)
    const send = async (token: Token) => {
      const endpoint = await this.#endpointOf(serviceType, token, { deadlineMs, signal })
      return this.#transport.request({
        ...rest,
        url: (base ? base(endpoint) : endpoint) + path,
        headers: { ...rest.headers, 'x-auth-token': token.id.reveal() },
        service: serviceType,
        signal,
        deadline,
      })
    }
    const token = await this.#valid(deadline, signal)
    try {
      return await send(token)
    } catch (error) {
      if (!(error instanceof UnauthorizedError) || error.status !== 401) throw error
      this.logger.debug('the token was refused, authenticating again', { service: serviceType })
      if (this.#token === token) this.#token = undefined
      await this.#cached((cache, key) => cache.delete(key))
      return await send(await this.#valid(deadline, signal))
    }
  }

  /** A token that is good for now. @throws UnauthorizedError */
  token({ deadlineMs, signal }: CallOptions = {}): Promise<Token> {
    return this.#valid(this.deadline(deadlineMs), signal)
  }

  /** Ends the token in use, if there is one; the next call gets another. */
  async revoke(options: CallOptions = {}): Promise<void> {
    const id = this.#token?.id.reveal() ?? (await this.#cached((cache, key) => cache.get(key)))?.id
    if (id === undefined) return
    this.#token = undefined
    await this.#cached((cache, key) => cache.delete(key))
    const { url } = await this.identity(options)
    try {
      await this.#transport.request({
        method: 'DELETE',
        url: `${url}/auth/tokens`,
        headers: { 'x-auth-token': id, 'x-subject-token': id },
        operation: 'revoke',
        resource: 'the token',
        service: 'identity',
        signal: options.signal,
        deadline: this.deadline(options.deadlineMs),
      })
    } catch (error) {
      // It has ended already.
      if (!(error instanceof UnauthorizedError || error instanceof NotFoundError)) throw error
    }
  }

  /** The service's URL. @throws NotFoundError, NotValidError */
  async endpoint(serviceType: string, options: CallOptions = {}): Promise<string> {
    return await this.#endpointOf(serviceType, await this.token(options), options)
  }

  /** Where Keystone v3 is. Needs no credential, and no request when the auth URL says `/v3`. */
  async identity({ deadlineMs, signal }: CallOptions = {}): Promise<IdentityEndpoint> {
    const options = { deadline: this.deadline(deadlineMs), signal }
    return (this.#identity ??= await discoverIdentity(this.#transport, this.#options.authUrl, options))
  }

  /** When a call that may take so long must be over. */
  deadline(deadlineMs: number = DEFAULT_DEADLINE_MS): number {
    return this.clock.now() + deadlineMs
  }

  async #valid(deadline: number, signal: AbortSignal | undefined): Promise<Token> {
    const token = this.#token
    const now = this.clock.now()
    if (token && now < token.refreshAt) return token
    try {
      return await this.#authenticated(deadline - now, signal)
    } catch (error) {
      // The old one still works, so a Keystone that is down for a moment need not stop anybody.
      if (token && error instanceof UnavailableError && this.clock.now() < token.expiresAt) return token
      throw error
    }
  }

  /** One authentication for all who wait. Waiting for it takes real time, so its deadline is a real timer whatever the clock. */
  async #authenticated(ms: number, signal: AbortSignal | undefined): Promise<Token> {
    const late = new AbortController()
    const timer = setTimeout(
      () => late.abort(new TimeoutError('cannot authenticate: no answer before the deadline')),
      Math.min(ms, 2 ** 31 - 1),
    )
    const patience = signal ? AbortSignal.any([signal, late.signal]) : late.signal
    try {
      return await this.#authentication.share('token', patience, (abort) => this.#obtain(abort))
    } finally {
      clearTimeout(timer)
    }
  }

  /** From the cache, as long as it is good, or else from Keystone. */
  async #obtain(signal: AbortSignal): Promise<Token> {
    const kept = this.#token === undefined ? await this.#cached((cache, key) => cache.get(key)) : undefined
    if (kept && this.clock.now() < kept.refreshAt) {
      this.#token = { ...kept, id: new Secret(kept.id) }
      return this.#token
    }
    const token = await this.#authenticate(signal)
    await this.#cached((cache, key) => cache.set(key, { ...token, id: token.id.reveal() }))
    return token
  }

  async #cached<T>(use: (cache: TokenCache, key: string) => Promise<T>): Promise<T | undefined> {
    const { tokenCache, authUrl, credential, scope } = this.#options
    if (!tokenCache) return undefined
    try {
      return await use(tokenCache, cacheKey(authUrl, credential, scope))
    } catch (error) {
      this.logger.warn('the token cache failed', { error })
      return undefined
    }
  }

  async #authenticate(signal: AbortSignal): Promise<Token> {
    const { credential, scope } = this.#options
    const { url } = await this.identity({ signal, deadlineMs: AUTHENTICATE_MS })
    const answer = await this.#transport.request({
      method: 'POST',
      url: `${url}/auth/tokens`,
      json: authRequestBody(credential, scope),
      // A token too many does no harm.
      repeatable: true,
      operation: 'authenticate',
      resource: describeCredential(credential),
      hint: (status) => this.#hint(status),
      service: 'identity',
      signal,
      deadline: this.deadline(AUTHENTICATE_MS),
    })
    const id = headerOf(answer.headers, 'x-subject-token')
    if (id === undefined) {
      throw new UnavailableError(`cannot authenticate: ${url} answered without a token`, {
        operation: 'authenticate',
        hint: `check that ${this.#options.authUrl} is Keystone's URL`,
      })
    }
    const wire = readOne(answer.json, 'token', tokenSchema(), 'the token')
    const token = toToken(wire, new Secret(id), this.clock.now(), isRenewable(credential))
    this.#token = token
    return token
  }

  #hint(status: number): string | undefined {
    const { authUrl, credential, scope } = this.#options
    const who = describeCredential(credential)
    if (status === 404) return `check that the auth URL ${authUrl} is Keystone's, with or without /v3`
    if (status !== 401) return undefined
    if ('passcode' in credential && credential.passcode !== undefined) {
      return `a passcode is good once and for a short time: connect again with a new one for ${who}, and check its password`
    }
    return credential.method === 'password'
      ? `check name, domain and password of ${who}, that it has a role in ${describeScope(scope)}, and the auth URL ${authUrl}`
      : `check that ${who} exists at ${authUrl}, has not expired, and that its secret is right`
  }

  async #endpointOf(serviceType: string, token: Token, options: CallOptions): Promise<string> {
    const { endpointOverrides = {}, region, interface: wanted = 'public' } = this.#options
    const types = sameServiceTypes(serviceType)
    const override = Object.entries(endpointOverrides).find(([type]) =>
      types.includes(type.replaceAll('_', '-')),
    )
    if (override) {
      return withVersion(
        serviceType,
        override[1].replace(/[%$]\((project|tenant)_id\)s/g, token.project?.id ?? ''),
      )
    }
    // Keystone is asked where it gave the token: that works for tokens without a catalog, too.
    if (serviceType === 'identity') return (await this.identity(options)).url
    return endpointUrl(token.catalog, serviceType, { region, interface: wanted })
  }
}

function checkUrl(what: string, text: string): void {
  const url = URL.parse?.(text) ?? (URL.canParse(text) ? new URL(text) : null)
  if (url && /^https?:$/.test(url.protocol)) {
    if (url.username === '' && url.password === '') return
    throw new NotValidError(`the ${what} for ${url.host} contains a user name or a password`, {
      hint: 'give them as a credential',
    })
  }
  throw new NotValidError(`the ${what} "${shownUrl(text)}" is not an http or https URL`, {
    hint: 'write it like https://keystone.example.com:5000/v3',
  })
}
