import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import type { Secret } from '../cloud/secret.ts'
import { NotValidError } from '../environ/errors.ts'

/** A certificate and its key, both PEM. */
export interface CertificateAuthority {
  readonly cert: string
  readonly key: Secret
}

/** Who signs a controller's certificates. */
export interface CertificateAuthorityParams {
  /** Common name. */
  readonly name: string
  /** Milliseconds since the epoch; it is good for 10 years from then. */
  readonly now: number
}

/** What a server's certificate is for. */
export interface ServerCertificateParams {
  /** DNS names and IP addresses. */
  readonly names: readonly string[]
  readonly now: number
}

/** A self-signed authority with an ECDSA P-256 key, which may sign servers and no other authority. */
export async function newAuthority(params: CertificateAuthorityParams): Promise<CertificateAuthority> {
  return await (await import('./issue.ts')).newAuthority(params)
}

/** A server's certificate, signed by the authority. */
export async function newServerCertificate(
  authority: CertificateAuthority,
  params: ServerCertificateParams,
): Promise<CertificateAuthority> {
  return await (await import('./issue.ts')).newServerCertificate(authority, params)
}

const MIN_RSA_BITS = 2048
const CURVES: readonly unknown[] = ['prime256v1', 'secp384r1', 'secp521r1']

const invalid = (
  resource: 'ca-cert' | 'ca-private-key',
  problem: string,
  hint: string,
  cause?: unknown,
): NotValidError => new NotValidError(`${resource} ${problem}`, { resource, hint, cause })

function readCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch (cause) {
    throw invalid('ca-cert', 'cannot be read', 'give a certificate in PEM', cause)
  }
}

function readKey(pem: Secret): KeyObject {
  try {
    return createPrivateKey(pem.reveal())
  } catch {
    // The cause may repeat what it could not read.
    throw invalid('ca-private-key', 'cannot be read', 'give a private key in PEM, without a passphrase')
  }
}

function canSign({ asymmetricKeyType, asymmetricKeyDetails = {} }: KeyObject): boolean {
  const { modulusLength = 0, namedCurve } = asymmetricKeyDetails
  if (asymmetricKeyType === 'rsa') return modulusLength >= MIN_RSA_BITS
  return asymmetricKeyType === 'ec' && CURVES.includes(namedCurve)
}

/**
 * Checks an authority that a user brings.
 * @throws NotValidError when either cannot be read, they do not belong together, or the certificate is none of an
 *   authority, or not valid at `now`; or for a key that is neither RSA of 2,048 bits or more nor ECDSA
 */
export function checkAuthority({ cert, key }: CertificateAuthority, now: number): void {
  const certificate = readCertificate(cert)
  const privateKey = readKey(key)
  const { validFrom, validTo } = certificate
  if (!certificate.checkPrivateKey(privateKey)) {
    throw invalid('ca-cert', 'and ca-private-key do not belong together', 'give both of one authority')
  }
  if (!canSign(privateKey)) {
    throw invalid(
      'ca-private-key',
      'cannot be used',
      `give an RSA key of ${MIN_RSA_BITS} bits or more, or an ECDSA key`,
    )
  }
  if (!certificate.ca) throw invalid('ca-cert', 'is no authority', 'give a certificate with CA:TRUE')
  if (Date.parse(validTo) < now) {
    throw invalid('ca-cert', `expired on ${validTo}`, 'renew it, or leave it out to have one made')
  }
  if (Date.parse(validFrom) > now) {
    throw invalid('ca-cert', `is valid from ${validFrom} on`, 'wait until then, or see to the clock here')
  }
}
