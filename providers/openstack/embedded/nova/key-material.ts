import { createHash, generateKeyPair, X509Certificate } from 'node:crypto'
import { promisify } from 'node:util'
import { novaError } from './errors.ts'

const generate = promisify(generateKeyPair)

/** The fingerprint that Nova shows of a public key, or of a certificate. */
export function fingerprintOf(type: string, publicKey: string): string {
  return type === 'x509' ? certificateFingerprint(publicKey) : keyFingerprint(publicKey)
}

function certificateFingerprint(certificate: string): string {
  try {
    return new X509Certificate(certificate).fingerprint.toLowerCase()
  } catch {
    throw novaError(
      400,
      'Keypair data is invalid: failed to generate X509 fingerprint. Error message: invalid',
    )
  }
}

/** The MD5 of the key's blob, which has to say its own type. */
function keyFingerprint(publicKey: string): string {
  const [type = '', data = ''] = publicKey.trim().split(/\s+/)
  const blob = Buffer.from(data, 'base64')
  const length = blob.length >= 4 ? blob.readUInt32BE(0) : 0
  if (type === '' || blob.subarray(4, 4 + length).toString('latin1') !== type) {
    throw novaError(400, 'Keypair data is invalid: failed to generate fingerprint')
  }
  return createHash('md5')
    .update(blob)
    .digest('hex')
    .replace(/..(?=.)/g, '$&:')
}

/** An RSA key, as Nova makes them for those who send none. */
export async function newKey(): Promise<{ publicKey: string; privateKey: string }> {
  const pair = await generate('rsa', { modulusLength: 2048 })
  const { e = '', n = '' } = pair.publicKey.export({ format: 'jwk' })
  const parts = [Buffer.from('ssh-rsa'), mpint(e), mpint(n)]
  const blob = Buffer.concat(parts.flatMap((part) => [uint32(part.length), part]))
  return {
    publicKey: `ssh-rsa ${blob.toString('base64')} Generated-by-Nova`,
    privateKey: String(pair.privateKey.export({ format: 'pem', type: 'pkcs1' })),
  }
}

function mpint(digits: string): Buffer {
  const number = Buffer.from(digits, 'base64url')
  return (number[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.of(0), number]) : number
}

function uint32(value: number): Buffer {
  const buffer = Buffer.alloc(4)
  buffer.writeUInt32BE(value)
  return buffer
}
