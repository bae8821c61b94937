/** Key pairs, as others read them. */

import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import ssh2, { type ParsedKey } from 'ssh2'
import { expect, it } from 'vitest'
import { newSshKeyPair } from '../../src/ssh/index.ts'

const parsed = (text: string): ParsedKey => {
  const key = ssh2.utils.parseKey(text)
  if (key instanceof Error) throw key
  return key
}

it('a key pair is in OpenSSH’s formats, and its halves belong together', () => {
  const { type, privateKey, publicKey, fingerprint } = newSshKeyPair('who')
  expect(type).toBe('ed25519')
  expect(privateKey.reveal()).toMatch(
    /^-----BEGIN OPENSSH PRIVATE KEY-----\n(\S{1,70}\n)+-----END OPENSSH PRIVATE KEY-----\n$/,
  )
  expect(publicKey).toMatch(/^ssh-ed25519 \S+ who$/)
  const [own, other] = [parsed(privateKey.reveal()), parsed(publicKey)]
  expect(own.comment).toBe('who')
  expect(own.getPublicSSH().equals(other.getPublicSSH())).toBe(true)
  expect(other.verify('text', own.sign('text'))).toBe(true)
  const hash = createHash('sha256').update(other.getPublicSSH()).digest('base64').replace('=', '')
  expect(fingerprint).toBe(`SHA256:${hash}`)
})

it('no two are the same, and none shows its private half', () => {
  const pairs = [newSshKeyPair(), newSshKeyPair()]
  expect(new Set(pairs.map(({ publicKey }) => publicKey)).size).toBe(2)
  expect(pairs[0]?.publicKey).toMatch(/^ssh-ed25519 \S+$/)
  expect(inspect(pairs, { depth: 9 })).not.toContain('PRIVATE')
})

it('a key pair whose public half begins with a zero is one, too', () => {
  const isOne = (publicKey: string) => Buffer.from(publicKey.split(' ')[1] ?? '', 'base64')[19] === 0
  let pair = newSshKeyPair()
  while (!isOne(pair.publicKey)) pair = newSshKeyPair()
  const [own, other] = [parsed(pair.privateKey.reveal()), parsed(pair.publicKey)]
  expect(other.verify('text', own.sign('text'))).toBe(true)
})
