import {
  EnvironsError,
  ForbiddenError,
  NotFoundError,
  UnauthorizedError,
  UnavailableError,
  UntrustedError,
} from 'cloud-environs'
import { describe, expect, it } from 'vitest'
import { failure } from '../../src/durable/dbos/failures.ts'

const PLACE = { host: 'db.example', port: 5432, database: 'environs' }

const coded = (code: string, message = 'what the driver says of user canary-user') =>
  Object.assign(new Error(message), { code })

describe('what PostgreSQL and its driver throw', () => {
  it.each([
    ['a wrong password', coded('28P01'), UnauthorizedError, 'refuses the user'],
    [
      'no password',
      new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string'),
      UnauthorizedError,
      'asks for a password',
    ],
    [
      'another certificate',
      coded('ERR_TLS_CERT_ALTNAME_INVALID', "Host: db.example. is not in the cert's altnames"),
      UntrustedError,
      'does not prove who it is',
    ],
    ['an unknown authority', coded('SELF_SIGNED_CERT_IN_CHAIN'), UntrustedError, 'does not prove who it is'],
    [
      'no TLS',
      new Error('The server does not support SSL connections'),
      UntrustedError,
      'does not prove who it is',
    ],
    ['no such database', coded('3D000'), NotFoundError, 'there is no database "environs"'],
    ['a role without rights', coded('42501'), ForbiddenError, 'does not allow'],
    ['a full disk', coded('53100'), UnavailableError, 'has no room left'],
    ['too many connections', coded('53300'), UnavailableError, 'has no connection left'],
    [
      'the same, as the engine says it',
      Object.assign(new Error('Failed to initialize'), { error: coded('53300') }),
      UnavailableError,
      'has no connection left',
    ],
    ['nobody there', coded('ECONNREFUSED'), UnavailableError, 'cannot be reached (ECONNREFUSED)'],
    ['a shutdown', coded('57P01'), UnavailableError, 'cannot be reached (57P01)'],
  ])('is told in the contract’s words: %s', (_, thrown, type, says) => {
    const told = failure(thrown, PLACE)
    expect(told).toBeInstanceOf(type)
    expect((told as EnvironsError).message).toContain(says)
    expect((told as EnvironsError).message).toContain('db.example:5432')
    expect((told as EnvironsError).hint).toMatch(/./)
    if (type === UnauthorizedError) expect((told as EnvironsError).cause).toBeUndefined()
  })

  it('is left alone when it is nothing of the kind', () => {
    const own = new EnvironsError('own')
    expect(failure(own, PLACE)).toBe(own)
    const other = new TypeError('other')
    expect(failure(other, PLACE)).toBe(other)
  })
})
