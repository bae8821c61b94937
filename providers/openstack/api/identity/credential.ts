/** Who authenticates, and for what: Keystone v3's methods and scopes as plain data. */

import type { Secret } from 'cloud-environs'

/** A domain, by id or by name. Keystone's first domain has the id `default` and the name `Default`. */
export type DomainRef = { readonly id: string } | { readonly name: string }

/** A user, by id, or by name within a domain. */
export type UserRef = { readonly id: string } | { readonly name: string; readonly domain: DomainRef }

/** A project, by id, or by name within a domain. */
export type ProjectRef = { readonly id: string } | { readonly name: string; readonly domain: DomainRef }

/** User and password (Keystone method `password`). */
export interface PasswordCredential {
  readonly method: 'password'
  readonly user: UserRef
  readonly password: Secret
  /** A time-based one-time password as well, where the cloud asks for both. It is good once: see {@link isRenewable}. */
  readonly passcode?: Secret | undefined
}

/** User and time-based one-time password alone (Keystone method `totp`). */
export interface TotpCredential {
  readonly method: 'totp'
  readonly user: UserRef
  readonly passcode: Secret
}

/** An application credential, by id, or by name together with its user. It fixes the project: no scope goes with it. */
export type ApplicationCredential = {
  readonly method: 'applicationCredential'
  readonly secret: Secret
} & ({ readonly id: string } | { readonly name: string; readonly user: UserRef })

/** A token that somebody else obtained. It can be rescoped but never outlives its original expiry. */
export interface TokenCredential {
  readonly method: 'token'
  readonly token: Secret
}

/** How to authenticate. */
export type Credential = PasswordCredential | TotpCredential | ApplicationCredential | TokenCredential

/** What the token is for. Without a scope Keystone uses the user's default project, if it has one. */
export type Scope =
  | { readonly project: ProjectRef }
  | { readonly domain: DomainRef }
  | { readonly system: 'all' }
  | { readonly trust: { readonly id: string } }

/** Whether another token can be had with it: a token lives to its own end, and a passcode is good once. */
export const isRenewable = (credential: Credential): boolean =>
  credential.method !== 'token' && !('passcode' in credential && credential.passcode !== undefined)

/** The body of `POST /v3/auth/tokens`, with the secrets in clear. */
export function authRequestBody(credential: Credential, scope: Scope | undefined): unknown {
  return {
    auth: {
      identity: identityOf(credential),
      ...(scope && credential.method !== 'applicationCredential' ? { scope: scopeOf(scope) } : {}),
    },
  }
}

function identityOf(credential: Credential): unknown {
  switch (credential.method) {
    case 'password': {
      const { user, password, passcode } = credential
      return {
        methods: passcode === undefined ? ['password'] : ['password', 'totp'],
        password: { user: { ...user, password: password.reveal() } },
        ...(passcode === undefined ? {} : totpOf(user, passcode)),
      }
    }
    case 'totp':
      return { methods: ['totp'], ...totpOf(credential.user, credential.passcode) }
    case 'applicationCredential': {
      const { method: _, secret, ...which } = credential
      return {
        methods: ['application_credential'],
        application_credential: { ...which, secret: secret.reveal() },
      }
    }
    case 'token':
      return { methods: ['token'], token: { id: credential.token.reveal() } }
  }
}

const totpOf = (user: UserRef, passcode: Secret): object => ({
  totp: { user: { ...user, passcode: passcode.reveal() } },
})

function scopeOf(scope: Scope): unknown {
  if ('trust' in scope) return { 'OS-TRUST:trust': scope.trust }
  return 'system' in scope ? { system: { all: true } } : scope
}

/** `user "demo"`, `application credential 21dc…`, `the given token`: for messages. */
export function describeCredential(credential: Credential): string {
  switch (credential.method) {
    case 'password':
    case 'totp':
      return `user ${nameOf(credential.user)}`
    case 'applicationCredential':
      return `application credential ${nameOf(credential)}`
    case 'token':
      return 'the given token'
  }
}

/** `project "demo"`, `domain default`, `the whole system`: for messages. */
export function describeScope(scope: Scope | undefined): string {
  if (!scope) return "the user's default project"
  if ('system' in scope) return 'the whole system'
  if ('trust' in scope) return `trust ${scope.trust.id}`
  if ('project' in scope) return `project ${nameOf(scope.project)}`
  return `domain ${nameOf(scope.domain)}`
}

function nameOf(ref: DomainRef | UserRef | ApplicationCredential): string {
  if ('id' in ref) return ref.id
  return 'domain' in ref ? `"${ref.name}" of domain ${nameOf(ref.domain)}` : `"${ref.name}"`
}
