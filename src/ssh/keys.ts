import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto'
import { Secret } from '../cloud/secret.ts'

/** A key pair of a host or of a user. */
export interface SshKeyPair {
  readonly type: 'ed25519'
  /** OpenSSH's private key format, without a passphrase. */
  readonly privateKey: Secret
  /** A line of `authorized_keys`, or of `known_hosts` without the host. */
  readonly publicKey: string
  /** `SHA256:…`, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string
}

const TYPE = 'ssh-ed25519'
const BLOCK_BYTES = 8
const LINE_LENGTH = 70

/** A length and that many bytes, as all of SSH writes them. */
function field(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

/** OpenSSH's PROTOCOL.key, of one key and no cipher. */
function privateKeyFile(publicBlob: Buffer, publicHalf: Buffer, seed: Buffer, comment: string): string {
  // The same number twice: it tells whether a passphrase was right.
  const check = randomBytes(4)
  const key = Buffer.concat([
    check,
    check,
    field(TYPE),
    field(publicHalf),
    field(Buffer.concat([seed, publicHalf])),
    field(comment),
  ])
  const padding = Buffer.from(
    Array.from({ length: (BLOCK_BYTES - (key.length % BLOCK_BYTES)) % BLOCK_BYTES }, (_, i) => i + 1),
  )
  const file = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    field('none'),
    field('none'),
    field(''),
    Buffer.from([0, 0, 0, 1]),
    field(publicBlob),
    field(Buffer.concat([key, padding])),
  ])
  const lines = file.toString('base64').match(new RegExp(`.{1,${LINE_LENGTH}}`, 'g')) ?? []
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----', ''].join('\n')
}

/**
 * Makes an Ed25519 key pair. The SSH library could too, but drops zeros at the beginning of a public key: one pair in 256
 * would be useless.
 */
export function newSshKeyPair(comment = ''): SshKeyPair {
  const { d = '', x = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' })
  const [seed, publicHalf] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]
  const blob = Buffer.concat([field(TYPE), field(publicHalf)])
  return {
    type: 'ed25519',
    privateKey: new Secret(privateKeyFile(blob, publicHalf, seed, comment)),
    publicKey: `${TYPE} ${blob.toString('base64')} ${comment}`.trim(),
    fingerprint: fingerprintOf(blob),
  }
}

/** `SHA256:…` of a key as it goes over the wire. */
export const fingerprintOf = (blob: Buffer): string =>
  `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
