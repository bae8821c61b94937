import { RateLimitedError, UnauthorizedError } from 'cloud-environs'
import { beforeEach, describe, expect, it } from 'vitest'
import { Sessions } from '../../src/controller/sessions.ts'
import { ManualClock } from '../environ/manual-clock.ts'
import { quickHash } from './controllers.ts'

const RIGHT = { user: 'admin@local', password: 'open sesame' }
const WRONG = { ...RIGHT, password: 'open barley' }
const MINUTE = 60_000

let clock: ManualClock
let sessions: Sessions
beforeEach(() => {
  clock = new ManualClock()
  sessions = new Sessions(quickHash(RIGHT.password), clock)
})

describe('a login', () => {
  it('gives a token that is good for an hour', async () => {
    const { token, expires } = await sessions.login(RIGHT)
    expect(Date.parse(expires)).toBe(60 * MINUTE)
    clock.advance(60 * MINUTE - 1)
    expect(() => sessions.check(token)).not.toThrow()
    clock.advance(1)
    expect(() => sessions.check(token)).toThrow(UnauthorizedError)
  })

  it('gives another token each time, and all of them are good', async () => {
    const both = await Promise.all([sessions.login(RIGHT), sessions.login(RIGHT)])
    const [first, second] = both.map(({ token }) => token)
    expect(first).not.toBe(second)
    for (const token of [first, second]) expect(() => sessions.check(token)).not.toThrow()
  })

  it.each([
    ['a wrong password', WRONG],
    ['another user', { ...RIGHT, user: 'root@local' }],
    ['no password', { ...RIGHT, password: '' }],
  ])('with %s is refused, in the same words', async (_, request) => {
    const refused = sessions.login(request)
    await expect(refused).rejects.toBeInstanceOf(UnauthorizedError)
    await expect(refused).rejects.toThrow(/^the user or the password is wrong$/)
  })

  it.each([undefined, '', 'guessed'])('is needed: the token %o is none', (token) => {
    expect(() => sessions.check(token)).toThrow(UnauthorizedError)
  })
})

describe('after five wrong passwords', () => {
  it('nobody is let in for a minute, not even with the right one', async () => {
    // All at once: nobody gets more tries by being quick.
    const tries = await Promise.allSettled(Array.from({ length: 6 }, () => sessions.login(WRONG)))
    const reasons: unknown[] = tries.map((each) => (each.status === 'rejected' ? each.reason : undefined))
    expect(reasons.filter((each) => each instanceof UnauthorizedError)).toHaveLength(5)
    expect(reasons.at(-1)).toBeInstanceOf(RateLimitedError)
    clock.advance(MINUTE - 1)
    await expect(sessions.login(RIGHT)).rejects.toBeInstanceOf(RateLimitedError)
    clock.advance(1)
    await expect(sessions.login(RIGHT)).resolves.toHaveProperty('token')
  })
})
