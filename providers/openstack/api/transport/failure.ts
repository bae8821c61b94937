/** HTTP failures to typed errors, by the shape of each service's bodies. */

import {
  AlreadyExistsError,
  ConflictError,
  EnvironsError,
  type ErrorDetails,
  findError,
  ForbiddenError,
  NotFoundError,
  NotSupportedError,
  NotValidError,
  QuotaExceededError,
  RateLimitedError,
  TimeoutError,
  UnauthorizedError,
  UnavailableError,
} from 'cloud-environs'
import { FAULT_HINTS } from './fault-hints.ts'
import { type FaultText, faultText } from './fault-text.ts'
import { redact, shownUrl } from './redact.ts'
import { headerOf, type HttpAnswer, type HttpRequest } from './request.ts'
import { type FailedTry, parseRetryAfter } from './retry.ts'

type ErrorType = new (message: string, details: ErrorDetails) => EnvironsError

/** Faults whose name says more than the status they come with. */
const BY_FAULT: Readonly<Record<string, ErrorType>> = {
  OverQuota: QuotaExceededError,
  SecurityGroupRuleExists: AlreadyExistsError,
  // An empty pool of addresses is not the caller's mistake, though it comes as 400.
  ExternalIpAddressExhausted: ConflictError,
  // Nothing that was asked for is missing, though it comes as 404, but a way between two that exist.
  ExternalGatewayForFloatingIPNotFound: ConflictError,
}

const BY_STATUS: Readonly<Record<number, ErrorType>> = {
  400: NotValidError,
  401: UnauthorizedError,
  403: ForbiddenError,
  404: NotFoundError,
  405: NotSupportedError,
  406: NotSupportedError,
  408: TimeoutError,
  409: ConflictError,
  410: NotFoundError,
  412: ConflictError,
  413: NotValidError,
  429: RateLimitedError,
  498: RateLimitedError,
  501: NotSupportedError,
}

const QUOTA = /quota exceeded|exceeds|limit exceeded|maximum number of/i
const DUPLICATE = /already exists|duplicate entry|is duplicated/i
/** Services that name what they miss; a bare "404 Not Found" of theirs means that they do not know the path. */
const NAMES_WHAT_IS_MISSING: ReadonlySet<string> = new Set(['compute', 'network', 'block-storage'])

/** What an answer outside the statuses wanted means. */
export function failedAnswer(
  answer: Omit<HttpAnswer, 'json'>,
  text: string,
  request: HttpRequest,
  now: number,
): FailedTry {
  const { status, headers, requestId } = answer
  const token = request.headers?.['x-auth-token']
  const fault = faultText(text, headerOf(headers, 'content-type'), (said) =>
    redact(said, request.json, [...(request.secrets ?? []), ...(token === undefined ? [] : [token])]),
  )
  const retryAfterMs = parseRetryAfter(headerOf(headers, 'retry-after'), now)
  const type = errorTypeOf(status, fault, request, retryAfterMs)
  const error = annotate(
    new type(sentence(request, fault.message || `HTTP status ${status}`, requestId), {
      operation: request.operation,
      resource: request.resource,
      status,
      ...(requestId === undefined ? {} : { requestId }),
      ...hintFor(status, type, fault, request, headers),
    }),
    { fault: fault.name, outcomeUnknown: status >= 500 && status !== 501 && !isRepeatable(request) },
  )
  return { error, outcome: outcomeOf(status, type), retryAfterMs }
}

function errorTypeOf(
  status: number,
  fault: FaultText,
  { service }: HttpRequest,
  retryAfterMs: number | undefined,
): ErrorType {
  const byFault = fault.name === undefined ? undefined : BY_FAULT[fault.name]
  if (byFault) return byFault
  switch (status) {
    case 403:
      return QUOTA.test(fault.message) ? QuotaExceededError : ForbiddenError
    case 404:
      // A gateway's page says nothing about the resource, and must not make a delete succeed.
      if (fault.isHtml) return UnavailableError
      return fault.isRouteMissing && NAMES_WHAT_IS_MISSING.has(service) ? NotSupportedError : NotFoundError
    case 409:
      return DUPLICATE.test(fault.message) ? AlreadyExistsError : ConflictError
    case 413:
      // Cinder answers a quota with "Retry-After: 0", and old rate limiters with a positive one.
      if (retryAfterMs !== undefined && retryAfterMs > 0) return RateLimitedError
      return fault.isHtml || fault.message === '' ? NotValidError : QuotaExceededError
    default:
      return BY_STATUS[status] ?? (status >= 400 && status < 500 ? NotValidError : UnavailableError)
  }
}

function outcomeOf(status: number, type: ErrorType): FailedTry['outcome'] {
  if (type === RateLimitedError) return 'refused'
  return status === 502 || status === 503 || status === 504 ? 'unknown' : 'final'
}

function hintFor(
  status: number,
  type: ErrorType,
  fault: FaultText,
  request: HttpRequest,
  headers: HttpAnswer['headers'],
): { hint?: string } {
  const { origin } = new URL(request.url)
  const given = request.hint?.(status)
  if (given !== undefined) return { hint: given }
  const known = fault.name === undefined ? undefined : FAULT_HINTS[fault.name]
  if (known !== undefined) return { hint: known }
  if (status >= 300 && status < 400) {
    const location = headerOf(headers, 'location') ?? 'elsewhere'
    return {
      hint: `${origin} redirects to ${shownUrl(location, request.secrets)}; redirects are not followed, use the right URL`,
    }
  }
  if (fault.isHtml)
    return {
      hint: `a gateway answered instead of the service; check the URL ${shownUrl(request.url, request.secrets)}`,
    }
  if (type === UnavailableError) {
    return { hint: `check the state of the ${request.service} service at ${origin}, or try again later` }
  }
  if (type === QuotaExceededError) {
    return { hint: `free something, or have the project's quota for the ${request.service} service raised` }
  }
  return {}
}

/** `cannot get server 4f6c: Instance 4f6c could not be found (request req-1)` */
export function sentence({ operation, resource }: HttpRequest, said: string, requestId?: string): string {
  const id = requestId === undefined ? '' : ` (request ${requestId})`
  return `cannot ${operation} ${resource}: ${said.replace(/\.$/, '')}${id}`
}

/** Whether the request may be sent again after it perhaps succeeded. */
export function isRepeatable({ repeatable, method }: HttpRequest): boolean {
  return repeatable ?? (method !== 'POST' && method !== 'PATCH')
}

interface Annotations {
  /** The service's own name for what went wrong. */
  readonly fault?: string | undefined
  /** Set when a create may have happened after all. */
  readonly outcomeUnknown?: boolean | undefined
}

/** Adds what the contract's errors have no field for. */
export function annotate<E extends EnvironsError>(error: E, { fault, outcomeUnknown }: Annotations): E {
  return Object.assign(error, {
    ...(fault === undefined ? {} : { fault }),
    ...(outcomeUnknown ? { outcomeUnknown } : {}),
  })
}

/**
 * The service's own name for what went wrong, below any number of wrappers: Neutron's `type`
 * (`SecurityGroupRuleExists`, `NetworkInUse`, …), Nova's key (`itemNotFound`, `conflictingRequest`, …), or another
 * service's title. Decide by it, never by the text.
 */
export function faultOf(error: unknown): string | undefined {
  return (findError(error, EnvironsError) as Annotations | undefined)?.fault
}

/** Whether the failed call may have created something all the same: look for it before trying again. */
export function outcomeUnknown(error: unknown): boolean {
  return (findError(error, EnvironsError) as Annotations | undefined)?.outcomeUnknown ?? false
}
