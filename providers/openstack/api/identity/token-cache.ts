/** Keeps tokens beyond one connection, so that a program that is started often need not authenticate each time. */

import { createHash } from 'node:crypto'
import { Secret } from 'cloud-environs'
import type { Credential, Scope } from './credential.ts'
import type { Token } from './token.ts'

/** A token as a cache holds it. The `id` is the secret itself: keep it as carefully as a password. */
export interface CachedToken extends Omit<Token, 'id'> {
  readonly id: string
}

/**
 * Where tokens are kept. A cache that fails is as good as an empty one: its errors are logged and nothing else. Keys say
 * nothing of what they are made from.
 */
export interface TokenCache {
  get(key: string): Promise<CachedToken | undefined>
  set(key: string, token: CachedToken): Promise<void>
  /** For a token that was refused. */
  delete(key: string): Promise<void>
}

/** A key for this credential, secret included, at this place and for this scope: no other one ever meets its tokens. */
export function cacheKey(authUrl: string, credential: Credential, scope: Scope | undefined): string {
  const revealed = Object.entries(credential).map(([key, value]) => [
    key,
    value instanceof Secret ? value.reveal() : (value as unknown),
  ])
  return createHash('sha256')
    .update(JSON.stringify([authUrl, revealed, scope ?? null]))
    .digest('hex')
}
