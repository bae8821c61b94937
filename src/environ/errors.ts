/**
 * The errors of the contract: a small typed family with a stable `code`.
 *
 * Each says in one sentence what failed, on which resource, and, in `hint`, what to do about it. `instanceof` works
 * across two copies of this package, and {@link findError} finds an error below any number of wrappers.
 */

import type { Instance } from './instance.ts'
import type { InterfaceInfo } from './network.ts'

/** What an error may carry besides its message. */
export interface ErrorDetails {
  /** The error that led to this one. */
  readonly cause?: unknown
  /** What was being done, in the contract's words: `startInstance`, `openPorts`, ... */
  readonly operation?: string
  /** On what: `server 4f6c…`, `security group juju-…`, `cloud "home"`, ... */
  readonly resource?: string
  /** One sentence that says what to do. */
  readonly hint?: string
  /** The cloud's id of the failed request, to give to its operator. */
  readonly requestId?: string
  /** HTTP status of the answer that caused this, when there was one. */
  readonly status?: number
}

/** The codes of the family; a code never changes its meaning. */
export type ErrorCode =
  | 'ENVIRONS'
  | 'NOT_BOOTSTRAPPED'
  | 'NO_INSTANCES'
  | 'PARTIAL_INSTANCES'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'NOT_SUPPORTED'
  | 'NOT_VALID'
  | 'INVALID_REQUEST'
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'QUOTA_EXCEEDED'
  | 'RATE_LIMITED'
  | 'TIMEOUT'
  | 'CONFLICT'
  | 'UNAVAILABLE'
  | 'UNTRUSTED'
  | 'ZONE_INDEPENDENT'

const brand = (code: ErrorCode): symbol => Symbol.for(`cloud-environs.error.${code}`)

/** Base of every error this package throws on purpose. */
export class EnvironsError extends Error {
  /** The class's own code. A subclass in another copy of the package with the same code is the same class. */
  static readonly code: ErrorCode = 'ENVIRONS'

  static override [Symbol.hasInstance](value: unknown): boolean {
    // A class derived elsewhere without a code of its own is told apart the ordinary way.
    if (!Object.hasOwn(this, 'code')) return Function.prototype[Symbol.hasInstance].call(this, value)
    return typeof value === 'object' && value !== null && brand(this.code) in value
  }

  readonly code: ErrorCode
  readonly operation?: string
  readonly resource?: string
  readonly hint?: string
  readonly requestId?: string
  readonly status?: number

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = new.target.name
    this.code = new.target.code
    const { cause: _, ...rest } = details
    Object.assign(this, rest)
    for (let type = new.target; typeof type?.code === 'string'; type = Object.getPrototypeOf(type)) {
      Object.defineProperty(this, brand(type.code), { value: true })
    }
  }

  toJSON(): Record<string, unknown> {
    const { name, code, message, operation, resource, hint, requestId, status } = this
    return { name, code, message, operation, resource, hint, requestId, status }
  }
}

/** Something that was asked for by name or id is not there. Deletes never throw it. */
export class NotFoundError extends EnvironsError {
  static override readonly code: ErrorCode = 'NOT_FOUND'
}

/** The model has no controller (Juju: `ErrNotBootstrapped`). */
export class NotBootstrappedError extends EnvironsError {
  static override readonly code: ErrorCode = 'NOT_BOOTSTRAPPED'

  constructor(message = 'model is not bootstrapped', details: ErrorDetails = {}) {
    super(message, details)
  }
}

/** None of the instances asked for exists (Juju: `ErrNoInstances`). */
export class NoInstancesError extends NotFoundError {
  static override readonly code: ErrorCode = 'NO_INSTANCES'

  constructor(message = 'no instances found', details: ErrorDetails = {}) {
    super(message, details)
  }
}

/** Some of the instances asked for do not exist (Juju: `ErrPartialInstances`). */
export class PartialInstancesError extends EnvironsError {
  static override readonly code: ErrorCode = 'PARTIAL_INSTANCES'

  /** One slot for each id that was asked for, in that order; `undefined` where there is no such instance. */
  readonly instances: readonly (Instance | undefined)[]

  constructor(instances: readonly (Instance | undefined)[], details: ErrorDetails = {}) {
    super('only some instances were found', details)
    this.instances = instances
  }
}

/** {@link PartialInstancesError} of `networkInterfaces`: what was found are interfaces. */
export class PartialInterfacesError extends PartialInstancesError {
  /** One slot for each id that was asked for, in that order; `undefined` where there is no such instance. */
  readonly interfaces: readonly (readonly InterfaceInfo[] | undefined)[]

  constructor(interfaces: readonly (readonly InterfaceInfo[] | undefined)[], details: ErrorDetails = {}) {
    super(
      interfaces.map(() => undefined),
      details,
    )
    this.interfaces = interfaces
  }
}

/** What was to be made exists already. */
export class AlreadyExistsError extends EnvironsError {
  static override readonly code: ErrorCode = 'ALREADY_EXISTS'
}

/** The cloud, or this configuration of it, cannot do that. */
export class NotSupportedError extends EnvironsError {
  static override readonly code: ErrorCode = 'NOT_SUPPORTED'
}

/** Input that can never work as given. Nothing was created. */
export class NotValidError extends EnvironsError {
  static override readonly code: ErrorCode = 'NOT_VALID'
}

/** Input that is right elsewhere, but not for this resource as it is now (HTTP 400). Nothing was changed. */
export class InvalidRequestError extends EnvironsError {
  static override readonly code: ErrorCode = 'INVALID_REQUEST'
}

/** The credential was refused; another one is needed (HTTP 401). */
export class UnauthorizedError extends EnvironsError {
  static override readonly code: ErrorCode = 'UNAUTHORIZED'
}

/** The credential is good but not allowed to do that (HTTP 403). */
export class ForbiddenError extends EnvironsError {
  static override readonly code: ErrorCode = 'FORBIDDEN'
}

/** A quota of the cloud is used up. Repeating does not help. */
export class QuotaExceededError extends ForbiddenError {
  static override readonly code: ErrorCode = 'QUOTA_EXCEEDED'
}

/** The cloud asks to slow down, and went on asking after the retries allowed. */
export class RateLimitedError extends EnvironsError {
  static override readonly code: ErrorCode = 'RATE_LIMITED'
}

/** A deadline passed. What was asked for may or may not have happened. */
export class TimeoutError extends EnvironsError {
  static override readonly code: ErrorCode = 'TIMEOUT'
}

/** The resource is in a state that does not allow this now (HTTP 409). */
export class ConflictError extends EnvironsError {
  static override readonly code: ErrorCode = 'CONFLICT'
}

/** The cloud cannot be reached, or answers with a failure of its own (connection errors, HTTP 5xx, unreadable answers). */
export class UnavailableError extends EnvironsError {
  static override readonly code: ErrorCode = 'UNAVAILABLE'
}

/** Whoever answers is not who it has to be: another host key, another certificate. Somebody may be in between. */
export class UntrustedError extends EnvironsError {
  static override readonly code: ErrorCode = 'UNTRUSTED'
}

/**
 * Marks a failure of `startInstance` that another availability zone would not cure
 * (Juju: `ErrAvailabilityZoneIndependent`). The real error is the `cause`, its message is kept.
 */
export class ZoneIndependentError extends EnvironsError {
  static override readonly code: ErrorCode = 'ZONE_INDEPENDENT'

  constructor(cause: unknown) {
    const { operation, resource, hint, requestId, status } = cause instanceof EnvironsError ? cause : {}
    const details = { operation, resource, hint, requestId, status }
    super(cause instanceof Error ? cause.message : String(cause), {
      cause,
      ...(Object.fromEntries(
        Object.entries(details).filter(([, value]) => value !== undefined),
      ) as ErrorDetails),
    })
  }
}

/** A class of the family, as {@link findError} takes it. */
export type ErrorClass<E extends EnvironsError> = abstract new (...args: never[]) => E

/**
 * The first error of that class in `error` and its chain of causes, also inside `AggregateError`s.
 * Use it instead of `instanceof` wherever an error may have been wrapped.
 */
export function findError<E extends EnvironsError>(error: unknown, type: ErrorClass<E>): E | undefined {
  // Grows while it is walked; a set, because errors may lead to each other in a circle.
  const chain = new Set([error])
  for (const e of chain) {
    if (e instanceof (type as new (...args: never[]) => E)) return e
    if (e instanceof AggregateError) for (const inner of e.errors) chain.add(inner)
    chain.add((e as { cause?: unknown } | null | undefined)?.cause)
  }
  return undefined
}
