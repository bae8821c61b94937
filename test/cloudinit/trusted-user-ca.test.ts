import { generateKeyPairSync } from 'node:crypto'
import { NotValidError } from 'cloud-environs'
import { describe, expect, it, test } from 'vitest'
import { contentOf, FULL, render } from './documents.ts'

const field = (bytes: string | Buffer): Buffer => {
  const content = Buffer.from(bytes)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(content.length)
  return Buffer.concat([length, content])
}

const line = (type: string, ...fields: readonly (string | Buffer)[]): string =>
  `${type} ${Buffer.concat([type, ...fields].map(field)).toString('base64')}`

const decoded = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64url')

const ED25519 = line(
  'ssh-ed25519',
  decoded(generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' }).x),
)
const { n, e } = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' })
const RSA = line('ssh-rsa', decoded(e), Buffer.concat([Buffer.alloc(1), decoded(n)]))

const FILE = '/etc/ssh/trusted_user_ca_keys'

describe('trusted user CA keys', () => {
  it('are told to sshd', async () => {
    const config = await render({ ...FULL, trustedUserCaKeys: [`${ED25519} of the staff\n`, RSA] })
    expect(contentOf(config, FILE)).toBe(`${ED25519} of the staff\n${RSA}\n`)
    expect(contentOf(config, '/etc/ssh/sshd_config.d/60-trusted-user-ca-keys.conf')).toBe(
      `TrustedUserCAKeys ${FILE}\n`,
    )
  })

  it('are left out when there are none', async () => {
    expect(JSON.stringify(await render({ ...FULL, trustedUserCaKeys: [] }))).not.toContain('sshd_config')
  })

  test.each([
    ['nothing', ''],
    ['a word', 'ssh-ed25519'],
    ['no base64', 'ssh-ed25519 !!!!'],
    ['no key', 'ssh-ed25519 AAAA'],
    ['another kind than it says', `ssh-rsa ${ED25519.split(' ')[1]}`],
    ['an unknown kind', line('ssh-dss', 'a', 'b', 'c', 'd')],
    ['a member of every object', line('constructor', 'a')],
    [
      'a key that is cut off',
      `ssh-ed25519 ${Buffer.from(ED25519.split(' ')[1] ?? '', 'base64')
        .subarray(0, -3)
        .toString('base64')}`,
    ],
    ['a key with more behind it', line('ssh-ed25519', 'a'.repeat(32), 'b')],
    ['options', `cert-authority ${ED25519}`],
    ['two lines', `${ED25519}\n${ED25519}`],
    ['a private key', '-----BEGIN OPENSSH PRIVATE KEY-----\nc4n4ry\n-----END OPENSSH PRIVATE KEY-----\n'],
  ])('may not be %s', async (_, key) => {
    const refused = render({ ...FULL, trustedUserCaKeys: [ED25519, key] })
    await expect(refused).rejects.toThrow(NotValidError)
    await expect(refused).rejects.toThrow(/^trusted user CA key 2 is not an OpenSSH public key$/)
  })
})
