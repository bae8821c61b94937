import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import type { Secret } from '../cloud/secret.ts'

/** OWASP's figures for scrypt: 64 MiB and some 0.1 s for each try. */
const COST = { N: 2 ** 16, r: 8, p: 1 } as const
const MEMORY = 128 * 1024 * 1024
const KEY_BYTES = 32

const derive = (password: string, salt: Buffer, { N, r, p }: typeof COST | Cost): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    scrypt(password, salt, KEY_BYTES, { N, r, p, maxmem: MEMORY }, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })

interface Cost {
  readonly N: number
  readonly r: number
  readonly p: number
}

/** `scrypt$N$r$p$salt$key`, salt and key in base64: what is kept of a password. */
export async function hashPassword(password: Secret): Promise<string> {
  const salt = randomBytes(16)
  const key = await derive(password.reveal(), salt, COST)
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64'), key.toString('base64')].join('$')
}

/** Whether a password is the one that was hashed; false for a text that is no hash. */
export async function checkPassword(password: string, hash: string): Promise<boolean> {
  const [kind, N, r, p, salt = '', key = ''] = hash.split('$')
  if (kind !== 'scrypt') return false
  const cost = { N: Number(N), r: Number(r), p: Number(p) }
  const expected = Buffer.from(key, 'base64')
  const actual = await derive(password, Buffer.from(salt, 'base64'), cost).catch(() => undefined)
  return actual !== undefined && actual.length === expected.length && timingSafeEqual(actual, expected)
}
