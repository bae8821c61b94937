import { Secret } from 'cloud-environs'
import { describe, expect, it } from 'vitest'
import { checkPassword, hashPassword } from '../../src/controller/password.ts'

describe('what is kept of a password', () => {
  it('tells the password from any other, and does not hold it', async () => {
    const password = new Secret('correct horse')
    const [hash, another] = await Promise.all([hashPassword(password), hashPassword(password)])
    expect(hash).not.toBe(another)
    expect(hash).toMatch(/^scrypt\$65536\$8\$1\$[\w+/=]+\$[\w+/=]+$/)
    expect(hash).not.toContain('correct')
    expect(await checkPassword('correct horse', hash)).toBe(true)
    expect(await checkPassword('correct horsE', hash)).toBe(false)
  })

  it.each([
    ['nothing', ''],
    ['another kind of hash', '$2b$10$abcdefghijklmnopqrstuv'],
    ['no key', 'scrypt$1024$8$1$AAAA$'],
    ['costs that no machine can pay', 'scrypt$1073741824$8$1$AAAA$AAAA'],
    ['costs that are none', 'scrypt$x$y$z$AAAA$AAAA'],
  ])('lets nobody in when it is %s', async (_, hash) => {
    expect(await checkPassword('', hash)).toBe(false)
  })
})
