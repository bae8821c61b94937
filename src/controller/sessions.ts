import { createHash, randomBytes } from 'node:crypto'
import { ADMIN_USER } from '../environ/constants.ts'
import { RateLimitedError, UnauthorizedError } from '../environ/errors.ts'
import type { Clock } from '../environ/services.ts'
import type { LoginAnswer, LoginRequest } from './api.ts'
import { checkPassword } from './password.ts'

/** How long a token is good: 1 hour. */
const TOKEN_MS = 3_600_000

/** Wrong passwords within {@link FAILURES_MS} after which nobody is let in. */
const MAX_FAILURES = 5
const FAILURES_MS = 60_000

const digest = (token: string): string => createHash('sha256').update(token).digest('base64')

/** Logins of `admin@local` to one controller. Tokens are kept as digests, in memory. */
export class Sessions {
  readonly #passwordHash: string
  readonly #clock: Clock
  readonly #expiries = new Map<string, number>()
  #failures: readonly number[] = []
  /** Passwords are checked one after the other: each check takes 64 MiB. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(passwordHash: string, clock: Clock) {
    this.#passwordHash = passwordHash
    this.#clock = clock
  }

  /** @throws UnauthorizedError for another user or a wrong password; RateLimitedError after five of them in a minute */
  async login(request: LoginRequest): Promise<LoginAnswer> {
    const checked = this.#last.then(() => this.#check(request))
    this.#last = checked.catch(() => undefined)
    await checked
    const now = this.#clock.now()
    for (const [key, expiry] of this.#expiries) if (expiry <= now) this.#expiries.delete(key)
    const token = randomBytes(32).toString('base64url')
    this.#expiries.set(digest(token), now + TOKEN_MS)
    return { token, expires: new Date(now + TOKEN_MS).toISOString() }
  }

  /** @throws UnauthorizedError when the token is none, or too old */
  check(token: string | undefined): void {
    const expiry = token === undefined ? undefined : this.#expiries.get(digest(token))
    if (expiry !== undefined && expiry > this.#clock.now()) return
    throw new UnauthorizedError('not logged in, or no longer', { hint: 'log in first' })
  }

  async #check({ user, password }: LoginRequest): Promise<void> {
    const now = this.#clock.now()
    this.#failures = this.#failures.filter((at) => at > now - FAILURES_MS)
    if (this.#failures.length >= MAX_FAILURES) {
      throw new RateLimitedError('too many wrong passwords', { hint: 'try again in a minute' })
    }
    const right = await checkPassword(password, this.#passwordHash)
    if (right && user === ADMIN_USER) return
    this.#failures = [...this.#failures, now]
    throw new UnauthorizedError('the user or the password is wrong', { operation: 'login' })
  }
}
