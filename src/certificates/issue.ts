import 'reflect-metadata'
import { createPrivateKey, randomBytes, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import * as x509 from '@peculiar/x509'
import { Secret } from '../cloud/secret.ts'
import type { CertificateAuthority, CertificateAuthorityParams, ServerCertificateParams } from './index.ts'

x509.cryptoProvider.set(webcrypto)

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** Clocks of machines differ. */
const SKEW_MS = 24 * 3_600_000
/** Juju's: 10 years, for both. */
const VALID_MS = 10 * 365 * 24 * 3_600_000

const validity = (now: number) => ({ notBefore: new Date(now - SKEW_MS), notAfter: new Date(now + VALID_MS) })

/** Positive, and of 127 random bits. */
function serialNumber(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x01
  return bytes.toString('hex')
}

const newKeys = async (): Promise<webcrypto.CryptoKeyPair> =>
  await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])

const CURVES: Readonly<Record<string, string>> = {
  prime256v1: 'P-256',
  secp384r1: 'P-384',
  secp521r1: 'P-521',
}

/** A user's authority may have another kind of key than ours. */
async function signingKeyOf(pem: Secret) {
  const key = createPrivateKey(pem.reveal())
  const curve = CURVES[key.asymmetricKeyDetails?.namedCurve ?? '']
  const algorithm = curve
    ? { ...ALGORITHM, namedCurve: curve }
    : { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  const der = key.export({ type: 'pkcs8', format: 'der' })
  const signingKey = await webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign'])
  return { signingKey, signingAlgorithm: algorithm }
}

async function privatePem(key: webcrypto.CryptoKey): Promise<Secret> {
  const der = await webcrypto.subtle.exportKey('pkcs8', key)
  return new Secret(x509.PemConverter.encode(der, 'PRIVATE KEY'))
}

/** See `newAuthority` in the room's door. */
export async function newAuthority({ name, now }: CertificateAuthorityParams): Promise<CertificateAuthority> {
  const keys = await newKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ CN: [name] }, { O: ['cloud-environs'] }],
    ...validity(now),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { cert: certificate.toString('pem'), key: await privatePem(keys.privateKey) }
}

/** See `newServerCertificate` in the room's door. */
export async function newServerCertificate(
  authority: CertificateAuthority,
  { names, now }: ServerCertificateParams,
): Promise<CertificateAuthority> {
  const issuer = new x509.X509Certificate(authority.cert)
  const keys = await newKeys()
  const { notBefore, notAfter } = validity(now)
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [{ CN: [names[0] ?? ''] }],
    issuer: issuer.subject,
    notBefore,
    // Not longer than whoever signs it: a user's authority may end soon.
    notAfter: new Date(Math.min(notAfter.getTime(), issuer.notAfter.getTime())),
    publicKey: keys.publicKey,
    ...(await signingKeyOf(authority.key)),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) ? 'ip' : 'dns', value })),
      ),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { cert: certificate.toString('pem'), key: await privatePem(keys.privateKey) }
}
