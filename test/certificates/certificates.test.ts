/** A controller's certificates, judged by OpenSSL and by a handshake. */

import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, createServer } from 'node:tls'
import { inspect, promisify } from 'node:util'
import { NotValidError, Secret, UntrustedError } from 'cloud-environs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkAuthority, newAuthority, newServerCertificate } from '../../src/certificates/index.ts'
import { connectController } from '../../src/controller/index.ts'
import { systemDialer } from '../../src/runtime/host/dialer.ts'

const run = promisify(execFile)
const now = Date.now()
const NAMES = ['juju-apiserver', 'localhost', '10.0.0.5', 'fd00::5']

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'environs-certificates-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

async function file(name: string, text: string): Promise<string> {
  const path = join(directory, name)
  await writeFile(path, text)
  return path
}

/** An authority that somebody made with OpenSSL. */
async function brought(...kind: string[]): Promise<{ cert: string; key: Secret }> {
  const [key, cert] = [join(directory, 'brought.key'), join(directory, 'brought.pem')]
  const files = ['-keyout', key, '-out', cert]
  await run('openssl', [
    'req',
    '-x509',
    '-newkey',
    ...kind,
    '-nodes',
    '-subj',
    '/CN=mine',
    '-days',
    '9',
    ...files,
  ])
  return { cert: await readFile(cert, 'utf8'), key: new Secret(await readFile(key, 'utf8')) }
}

/** What OpenSSL reads in a certificate. */
const read = async (cert: string): Promise<string> =>
  (await run('openssl', ['x509', '-noout', '-text', '-in', await file(`${Math.random()}.pem`, cert)])).stdout

describe('an authority', () => {
  it('may sign servers and nothing else, for ten years', async () => {
    const text = await read((await newAuthority({ name: 'juju-ca', now })).cert)
    expect(text).toMatch(/CA:TRUE, pathlen:0/)
    expect(text).toMatch(/Certificate Sign, CRL Sign/)
    expect(text).toMatch(/id-ecPublicKey[\s\S]*prime256v1/)
    const [, until = ''] = /Not After : (.*)/.exec(text) ?? []
    expect(Date.parse(until) - now).toBeGreaterThan(3649 * 86_400_000)
  })

  it('signs certificates that OpenSSL verifies for each of their names, and for no other', async () => {
    const authority = await newAuthority({ name: 'juju-ca', now })
    const { cert } = await newServerCertificate(authority, { names: NAMES, now })
    const [ca, leaf] = [await file('ca.pem', authority.cert), await file('leaf.pem', cert)]
    const verified = (...args: string[]) =>
      run('openssl', ['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile', ca, ...args, leaf]).then(
        () => true,
        () => false,
      )
    expect(await verified('-verify_hostname', 'juju-apiserver')).toBe(true)
    expect(await verified('-verify_ip', '10.0.0.5')).toBe(true)
    expect(await verified('-verify_ip', 'fd00::5')).toBe(true)
    expect(await verified('-verify_hostname', 'elsewhere')).toBe(false)
    expect(await verified('-verify_ip', '10.0.0.6')).toBe(false)
    const serials = [authority.cert, cert].map(
      async (pem) => /Serial Number:\s*(\S+)/.exec(await read(pem))?.[1],
    )
    expect(new Set(await Promise.all(serials)).size).toBe(2)
  })

  it.each([
    ['an RSA', ['rsa:2048']],
    ['an ECDSA P-384', ['ec', '-pkeyopt', 'ec_paramgen_curve:secp384r1']],
  ])('that a user brings may have %s key; what it signs does not outlive it', async (_, kind) => {
    const authority = await brought(...kind)
    checkAuthority(authority, Date.now() + 1_000)
    const { cert } = await newServerCertificate(authority, { names: NAMES, now })
    const [ca, leaf] = [await file('brought-ca.pem', authority.cert), await file('brought-leaf.pem', cert)]
    const { stdout } = await run('openssl', ['verify', '-CAfile', ca, leaf])
    expect(stdout).toContain('OK')
    const end = async (pem: string) => /Not After : (.*)/.exec(await read(pem))?.[1]
    expect(await end(cert)).toBe(await end(authority.cert))
  })

  it('never shows a private key, which OpenSSL can read', async () => {
    const authority = await newAuthority({ name: 'juju-ca', now })
    const server = await newServerCertificate(authority, { names: NAMES, now })
    for (const { key } of [authority, server]) {
      const { stdout } = await run('openssl', [
        'pkey',
        '-noout',
        '-text',
        '-in',
        await file('a.key', key.reveal()),
      ])
      expect(stdout).toContain('prime256v1')
    }
    expect(inspect([authority, server], { depth: 9 })).not.toContain('PRIVATE KEY')
    expect(JSON.stringify([authority, server])).not.toContain('PRIVATE KEY')
  })

  it('signs for a server, in use from yesterday on, and for nothing else', async () => {
    const authority = await newAuthority({ name: 'juju-ca', now })
    const text = await read((await newServerCertificate(authority, { names: NAMES, now })).cert)
    expect(text).toMatch(/Issuer:.*CN = ?juju-ca/)
    expect(text).toMatch(/CA:FALSE/)
    expect(text).toMatch(/Key Usage: critical\s+Digital Signature\n/)
    expect(text).toMatch(/Extended Key Usage:\s+TLS Web Server Authentication\n/)
    expect(text).toMatch(/DNS:juju-apiserver, DNS:localhost, IP Address:10\.0\.0\.5, IP Address:FD00/)
    // Clocks of machines differ.
    const [, from = ''] = /Not Before: (.*)/.exec(text) ?? []
    expect(now - Date.parse(from)).toBeGreaterThan(86_000_000)
  })
})

describe('a handshake pinned to an authority', () => {
  it('takes its certificate, and no other authority’s', async () => {
    const authority = await newAuthority({ name: 'juju-ca', now })
    const stranger = await newAuthority({ name: 'juju-ca', now })
    const { cert, key } = await newServerCertificate(authority, { names: NAMES, now })
    const server = createServer({ cert, key: key.reveal() }, (socket) => socket.end('hello'))
    server.on('tlsClientError', () => undefined)
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    const heard = (ca: string) =>
      new Promise<string>((resolve, reject) => {
        const socket = connect({ port, host: '127.0.0.1', ca, servername: 'juju-apiserver' })
        socket.once('data', (data: Buffer) => resolve(data.toString())).once('error', reject)
      })
    try {
      expect(await heard(authority.cert)).toBe('hello')
      await expect(heard(stranger.cert)).rejects.toMatchObject({
        code: expect.stringMatching(/CERT|SIGNATURE/),
      })
      const uuid = crypto.randomUUID()
      const info = { addresses: [`127.0.0.1:${port}`], controllerUuid: uuid, modelUuid: uuid }
      const refused = connectController({ ...info, caCert: stranger.cert }, { dialer: systemDialer })
      await expect(refused).rejects.toBeInstanceOf(UntrustedError)
      await expect(refused).rejects.toThrow(/^the certificate at 127\.0\.0\.1:\d+ is not this controller's: /)
    } finally {
      server.close()
    }
  })
})

describe('an authority that a user brings is refused', () => {
  it('when it cannot be used', async () => {
    const one = await newAuthority({ name: 'one', now })
    const other = await newAuthority({ name: 'other', now })
    const server = await newServerCertificate(one, { names: NAMES, now })
    const [weak, strange] = [await brought('rsa:1024'), await brought('ed25519')]
    const locked = await file('locked.key', one.key.reveal())
    const { stdout: sealed } = await run('openssl', ['pkey', '-aes256', '-passout', 'pass:x', '-in', locked])
    const later = now + 11 * 365 * 86_400_000
    const earlier = now - 10 * 86_400_000
    const cases: [cert: string, key: Secret, at: number, message: string][] = [
      ['', one.key, now, 'ca-cert cannot be read'],
      [one.cert, new Secret(''), now, 'ca-private-key cannot be read'],
      [one.cert, new Secret(sealed), now, 'ca-private-key cannot be read'],
      [weak.cert, weak.key, now, 'ca-private-key cannot be used'],
      [strange.cert, strange.key, now, 'ca-private-key cannot be used'],
      [one.cert, other.key, now, 'do not belong together'],
      [server.cert, server.key, now, 'ca-cert is no authority'],
      [one.cert, one.key, later, 'ca-cert expired on'],
      [one.cert, one.key, earlier, 'ca-cert is valid from'],
    ]
    for (const [cert, key, at, message] of cases) {
      expect(() => checkAuthority({ cert, key }, at)).toThrow(NotValidError)
      expect(() => checkAuthority({ cert, key }, at)).toThrow(message)
    }
    expect(() => checkAuthority(one, now)).not.toThrow()
  })
})
