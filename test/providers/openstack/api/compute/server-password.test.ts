import { constants, generateKeyPairSync, publicEncrypt } from 'node:crypto'
import { inspect } from 'node:util'
import { NotValidError, Secret } from 'cloud-environs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CloudDouble, failure } from '../cloud-double.ts'

let cloud: CloudDouble
beforeEach(async () => {
  cloud = await CloudDouble.start()
})
afterEach(() => cloud[Symbol.asyncDispose]())

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
})
const encrypted = publicEncrypt(
  { key: publicKey, padding: constants.RSA_PKCS1_PADDING },
  Buffer.from('pässword!'),
).toString('base64')

const getPassword = (password: string, key: string | Secret | undefined = privateKey) => {
  cloud.handler = ({ path }) => (path.endsWith('/os-server-password') ? { json: { password } } : undefined)
  return cloud.connect().compute.servers.getPassword('s', { privateKey: key })
}

test.each([
  ['a text', privateKey],
  ['a secret', new Secret(privateKey)],
])('the password of a guest is decrypted with a key given as %s, and prints as stars', async (_, key) => {
  const found = await getPassword(encrypted, key)
  expect(found?.password?.reveal()).toBe('pässword!')
  expect(found?.encrypted).toBe(encrypted)
  expect(inspect(found) + JSON.stringify(found)).not.toContain('pässword!')
})

test('a guest that told none has none', async () => {
  expect(await getPassword('')).toBeUndefined()
})

const other = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
}).privateKey

test.each([
  ['of another pair', encrypted, other],
  ['which is none', encrypted, 'ssh-ed25519 AAAA'],
  ['that is right, and a text that is cut off', encrypted.slice(0, 20), privateKey],
])('a key %s is refused, and said nothing of', async (_, text, key) => {
  const error = await failure(getPassword(text, key))
  expect(error).toBeInstanceOf(NotValidError)
  expect(inspect(error, { depth: 5 })).not.toContain(key.split('\n')[1] ?? key)
})
