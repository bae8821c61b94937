import { inspect } from 'node:util'
import * as root from 'cloud-environs'
import {
  AlreadyExistsError,
  ConflictError,
  EnvironsError,
  ForbiddenError,
  findError,
  InvalidRequestError,
  NoInstancesError,
  NotBootstrappedError,
  NotFoundError,
  NotSupportedError,
  NotValidError,
  PartialInstancesError,
  QuotaExceededError,
  RateLimitedError,
  Secret,
  TimeoutError,
  UnauthorizedError,
  UnavailableError,
  UntrustedError,
  ZoneIndependentError,
} from 'cloud-environs'
import { describe, expect, it, test } from 'vitest'
import type * as errors from '../../src/environ/errors.ts'
import { fakeInstance } from './fakes.ts'

type ErrorsModule = typeof errors

/** The family as a second copy of the package would have it. */
async function secondCopy(): Promise<ErrorsModule> {
  const file = '../../src/environ/errors.ts?copy'
  const copy = (await import(file)) as ErrorsModule
  expect(copy.EnvironsError).not.toBe(EnvironsError)
  return copy
}

const FAMILY = [
  ['ENVIRONS', new EnvironsError('x')],
  ['NOT_BOOTSTRAPPED', new NotBootstrappedError()],
  ['NO_INSTANCES', new NoInstancesError()],
  ['PARTIAL_INSTANCES', new PartialInstancesError([])],
  ['NOT_FOUND', new NotFoundError('x')],
  ['ALREADY_EXISTS', new AlreadyExistsError('x')],
  ['NOT_SUPPORTED', new NotSupportedError('x')],
  ['NOT_VALID', new NotValidError('x')],
  ['INVALID_REQUEST', new InvalidRequestError('x')],
  ['UNAUTHORIZED', new UnauthorizedError('x')],
  ['FORBIDDEN', new ForbiddenError('x')],
  ['QUOTA_EXCEEDED', new QuotaExceededError('x')],
  ['RATE_LIMITED', new RateLimitedError('x')],
  ['TIMEOUT', new TimeoutError('x')],
  ['CONFLICT', new ConflictError('x')],
  ['UNAVAILABLE', new UnavailableError('x')],
  ['UNTRUSTED', new UntrustedError('x')],
  ['ZONE_INDEPENDENT', new ZoneIndependentError(new Error('x'))],
] as const

describe('the family', () => {
  test.each(FAMILY)('%s has its code, its name and its base', (code, error) => {
    expect(error.code).toBe(code)
    expect(error).toBeInstanceOf(EnvironsError)
    expect(error).toBeInstanceOf(Error)
    expect(error.name).toBe(error.constructor.name)
    expect(root).toHaveProperty(error.name)
    expect(String(error)).toBe(`${error.name}: ${error.message}`)
  })

  it('has as many codes as classes', () => {
    expect(new Set(FAMILY.map(([code]) => code)).size).toBe(FAMILY.length)
  })

  it('tells its classes apart by their ancestry alone', () => {
    for (const [, error] of FAMILY) {
      for (const { constructor } of FAMILY.map(([, other]) => other)) {
        const descends = Object.prototype.isPrototypeOf.call(constructor.prototype as object, error)
        expect(
          error instanceof (constructor as typeof EnvironsError),
          `${error.name} as ${constructor.name}`,
        ).toBe(descends)
      }
    }
  })

  it('makes "no instances" a kind of "not found", and a used-up quota a kind of "forbidden"', () => {
    expect(new NoInstancesError()).toBeInstanceOf(NotFoundError)
    expect(new QuotaExceededError('x')).toBeInstanceOf(ForbiddenError)
    expect(new NotFoundError('x')).not.toBeInstanceOf(NoInstancesError)
    expect(new PartialInstancesError([])).not.toBeInstanceOf(NotFoundError)
  })

  it('carries what was being done, on what, and what to do', () => {
    const cause = new Error('refused')
    const details = {
      operation: 'openPorts',
      resource: 'group a',
      hint: 'wait',
      requestId: 'req-1',
      status: 503,
    }
    const error = new UnavailableError('cannot open ports', { ...details, cause })
    expect(error).toMatchObject(details)
    expect(error.cause).toBe(cause)
  })

  it('has no cause when none was given', () => {
    expect(Object.hasOwn(new NotFoundError('x'), 'cause')).toBe(false)
  })

  it('keeps a hole for each instance that was not found', () => {
    const instance = fakeInstance('b')
    expect(new PartialInstancesError([undefined, instance]).instances).toEqual([undefined, instance])
  })
})

describe('instanceof', () => {
  it('works across two copies of the package, both ways', async () => {
    const copy = await secondCopy()
    expect(new copy.QuotaExceededError('x')).toBeInstanceOf(QuotaExceededError)
    expect(new copy.QuotaExceededError('x')).toBeInstanceOf(ForbiddenError)
    expect(new copy.QuotaExceededError('x')).toBeInstanceOf(EnvironsError)
    expect(new copy.QuotaExceededError('x')).not.toBeInstanceOf(NotFoundError)
    expect(new NoInstancesError()).toBeInstanceOf(copy.NotFoundError)
    expect(findError(new Error('outer', { cause: new copy.TimeoutError('x') }), TimeoutError)).toBeDefined()
  })

  it('does not take what only looks like one', () => {
    for (const value of [{ code: 'NOT_FOUND', message: 'x' }, new Error('x'), 'NOT_FOUND', null, undefined]) {
      expect(value instanceof NotFoundError).toBe(false)
      expect(value instanceof EnvironsError).toBe(false)
    }
  })

  it("tells a provider's own classes apart, with and without a code of their own", () => {
    class Mine extends NotFoundError {}
    class Other extends NotFoundError {}
    expect(new Mine('x')).toBeInstanceOf(Mine)
    expect(new Mine('x')).toBeInstanceOf(NotFoundError)
    expect(new Mine('x')).not.toBeInstanceOf(Other)
    expect(new NotFoundError('x')).not.toBeInstanceOf(Mine)
    expect(new Mine('x')).toMatchObject({ name: 'Mine', code: 'NOT_FOUND' })
  })
})

describe('findError', () => {
  const wanted = new QuotaExceededError('no more')

  it('finds the error itself, and below any number of wrappers', () => {
    expect(findError(wanted, QuotaExceededError)).toBe(wanted)
    let error: Error = wanted
    for (let i = 0; i < 50; i++) error = new Error(`wrapper ${i}`, { cause: error })
    expect(findError(error, QuotaExceededError)).toBe(wanted)
    expect(findError(error, ForbiddenError)).toBe(wanted)
    expect(findError(error, NotFoundError)).toBeUndefined()
  })

  it('looks inside aggregates, and below what it finds there', () => {
    const aggregate = new AggregateError([new Error('a'), new Error('b', { cause: wanted })])
    expect(findError(new EnvironsError('all failed', { cause: aggregate }), QuotaExceededError)).toBe(wanted)
  })

  it('takes the outermost one', () => {
    const outer = new NotFoundError('outer', { cause: new NotFoundError('inner') })
    expect(findError(outer, NotFoundError)).toBe(outer)
  })

  it('ends when errors lead to each other in a circle', () => {
    const a = new Error('a')
    const b = new AggregateError([a], 'b')
    a.cause = b
    b.errors.push(b)
    expect(findError(a, NotFoundError)).toBeUndefined()
  })

  test.each([undefined, null, 'text', 42, {}])('finds nothing in %j', (value) => {
    expect(findError(value, EnvironsError)).toBeUndefined()
  })
})

describe('what is printed', () => {
  it('as JSON has the fields that are documented, and neither stack nor cause', () => {
    const error = new UnauthorizedError('refused', {
      operation: 'authenticate',
      cause: new Error('token abc123 was refused'),
    })
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: 'UnauthorizedError',
      code: 'UNAUTHORIZED',
      message: 'refused',
      operation: 'authenticate',
    })
  })

  it('has no secret, however it is printed', () => {
    const secret = new Secret('hunter2')
    const careless = secret as unknown as string
    const error = new UnauthorizedError(`password ${careless} was refused`, {
      hint: `not ${careless}`,
      cause: { secret },
    })
    for (const text of [String(error), JSON.stringify(error), inspect(error, { depth: 9 }), error.stack]) {
      expect(text).not.toContain('hunter2')
    }
    expect(error.message).toBe('password *** was refused')
  })
})

describe('ZoneIndependentError', () => {
  it('keeps the message, the cause and the details of the real error', () => {
    const real = new QuotaExceededError('no cores left', {
      resource: 'project demo',
      hint: 'ask for more',
      status: 403,
    })
    const error = new ZoneIndependentError(real)
    expect(error.cause).toBe(real)
    expect(error).toMatchObject({
      message: 'no cores left',
      resource: 'project demo',
      hint: 'ask for more',
      status: 403,
    })
    expect(findError(error, QuotaExceededError)).toBe(real)
  })

  it('takes anything that can be thrown', () => {
    expect(new ZoneIndependentError('plain text')).toMatchObject({
      message: 'plain text',
      cause: 'plain text',
    })
  })
})
