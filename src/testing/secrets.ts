/** Secrets in what a user sees. */

import { inspect } from 'node:util'

/** Shorter ones are words, too. */
const MIN_LENGTH = 7

const CREDENTIAL_HEADERS = new Set(['authorization', 'cookie', 'x-auth-token', 'x-subject-token'])

/** The values of headers that prove who asks. */
export function requestCredentials(headers: unknown): readonly string[] {
  if (typeof headers !== 'object' || headers === null || Array.isArray(headers)) return []
  return Object.entries(headers).flatMap(([name, value]) =>
    CREDENTIAL_HEADERS.has(name.toLowerCase()) && typeof value === 'string' ? [value] : [],
  )
}

/** All that a program could print of a value: inspected, as JSON, and the stack of an error. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return value
  const json = ((): string => {
    try {
      return JSON.stringify(value) ?? ''
    } catch {
      return ''
    }
  })()
  return `${inspect(value, { depth: 12 })}\n${json}`
}

/** Those of the secrets that a text shows, as they are or as they look in JSON and in URLs. */
export function secretsIn(text: string, secrets: Iterable<string>): readonly string[] {
  return [...secrets].filter(
    (secret) =>
      secret.length >= MIN_LENGTH &&
      [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)].some((form) =>
        text.includes(form),
      ),
  )
}
