/** What goes wrong below HTTP, to typed errors: refused, reset, unknown hosts, certificates, silence. */

import { type EnvironsError, TimeoutError, UnavailableError } from 'cloud-environs'
import { annotate, isRepeatable, sentence } from './failure.ts'
import type { HttpRequest } from './request.ts'
import type { FailedTry } from './retry.ts'

interface Meaning {
  readonly says: (origin: string) => string
  readonly hint: (origin: string) => string
  readonly outcome: FailedTry['outcome']
}

const reachable = (origin: string) =>
  `check that ${origin} is the right address, and that it can be reached from here`

const CERTIFICATE: Meaning = {
  says: (origin) => `the certificate of ${origin} is not trusted`,
  hint: (origin) =>
    `give the authority that signed the certificate of ${origin} as cacert, or, for a trial only, set verify: false`,
  outcome: 'final',
}

const REFUSED: Meaning = {
  says: (origin) => `${origin} refused the connection`,
  hint: (origin) => `check that the service at ${origin} runs, and that its port is open to here`,
  outcome: 'unsent',
}

const UNKNOWN_HOST: Meaning = {
  says: (origin) => `the host of ${origin} is not known`,
  hint: (origin) => `check the spelling of ${origin}, and the name servers`,
  outcome: 'final',
}

const UNREACHABLE: Meaning = {
  says: (origin) => `${origin} cannot be reached`,
  hint: reachable,
  outcome: 'unsent',
}

const SILENT: Meaning = {
  says: (origin) => `${origin} accepted the request and did not answer in time`,
  hint: reachable,
  outcome: 'unknown',
}

const BROKEN: Meaning = {
  says: (origin) => `the connection to ${origin} broke`,
  hint: reachable,
  outcome: 'unknown',
}

const NOT_TLS: Meaning = {
  says: (origin) => `${origin} does not speak TLS as expected`,
  hint: (origin) => `check whether ${origin} should begin with http: instead of https:`,
  outcome: 'final',
}

/** The peer hung up in the handshake, which is also how many programs without TLS take it. */
const NO_HANDSHAKE: Meaning = { ...NOT_TLS, outcome: 'unsent' }

const BY_CODE: Readonly<Record<string, Meaning>> = {
  ECONNREFUSED: REFUSED,
  ENOTFOUND: UNKNOWN_HOST,
  EAI_AGAIN: { ...UNKNOWN_HOST, outcome: 'unsent' },
  UND_ERR_CONNECT_TIMEOUT: UNREACHABLE,
  UND_ERR_HEADERS_TIMEOUT: SILENT,
  UND_ERR_BODY_TIMEOUT: SILENT,
  EPROTO: NOT_TLS,
  ERR_TLS_CERT_ALTNAME_INVALID: {
    ...CERTIFICATE,
    says: (origin) => `the certificate of ${origin} is for another host`,
    hint: (origin) => `check that ${origin} has the host's name as its certificate does`,
  },
  CERT_HAS_EXPIRED: {
    ...CERTIFICATE,
    says: (origin) => `the certificate of ${origin} has expired`,
    hint: (origin) => `have the certificate of ${origin} renewed, and check this machine's clock`,
  },
}

/** Errors of `connect` itself; on an established connection the same codes mean that it broke. */
const UNREACHABLE_CODES = /^(EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|ETIMEDOUT|EADDRNOTAVAIL)$/
const CERTIFICATE_CODES = /CERT|SIGNATURE|ISSUER|UNABLE_TO_|CRL/

/** What an error of the connection means for the request. */
export function failedConnection(cause: unknown, request: HttpRequest): FailedTry {
  const { origin } = new URL(request.url)
  const { says, hint, outcome } = meaningOf(cause)
  const type = outcome === 'unknown' && says === SILENT.says ? TimeoutError : UnavailableError
  const details = {
    cause,
    operation: request.operation,
    resource: request.resource,
    hint: hint(origin),
  }
  const error: EnvironsError = new type(sentence(request, says(origin)), details)
  return {
    error: annotate(error, { outcomeUnknown: outcome === 'unknown' && !isRepeatable(request) }),
    outcome,
  }
}

function meaningOf(error: unknown): Meaning {
  for (const { code, syscall, message } of errorsOf(error)) {
    if (message?.includes('before secure TLS connection')) return NO_HANDSHAKE
    if (code === undefined) continue
    const meaning = BY_CODE[code]
    if (meaning) return meaning
    if (UNREACHABLE_CODES.test(code) && syscall === 'connect') return UNREACHABLE
    if (CERTIFICATE_CODES.test(code)) return CERTIFICATE
    if (code.startsWith('ERR_SSL')) return NOT_TLS
  }
  return BROKEN
}

/** The error and its causes; trying several addresses of one host gives one error for each. */
function* errorsOf(
  error: unknown,
  depth = 0,
): Generator<{ code?: string; syscall?: string; message?: string }> {
  if (typeof error !== 'object' || error === null || depth > 4) return
  yield error
  if (error instanceof AggregateError) for (const inner of error.errors) yield* errorsOf(inner, depth + 1)
  if ('cause' in error) yield* errorsOf(error.cause, depth + 1)
}
