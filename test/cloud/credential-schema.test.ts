import { inspect } from 'node:util'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type CredentialSchemas,
  credentialText,
  finalizeCredential,
  NotSupportedError,
  NotValidError,
  removeSecrets,
  Secret,
} from 'cloud-environs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const SCHEMAS: CredentialSchemas = {
  userpass: [
    { name: 'username', description: 'user' },
    { name: 'password', description: 'password', hidden: true },
    { name: 'algorithm', description: 'choice', optional: true, options: ['rsa', 'ed25519'] },
    { name: 'pin', description: 'secret choice', optional: true, hidden: true, options: ['1234'] },
  ],
  key: [{ name: 'key', description: 'key', hidden: true, fileAttr: 'key-file' }],
  jsonfile: [{ name: 'file', description: 'path', filePath: true }],
  certificate: [{ name: 'cert', description: 'certificate', expandFilePath: true }],
  empty: [],
}

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'environs-test-'))
  await writeFile(join(directory, 'key'), 'the key\n')
  await writeFile(join(directory, 'empty'), '')
})
afterAll(() => rm(directory, { recursive: true }))

const finalize = (authType: string, attributes: Record<string, string | Secret>) =>
  finalizeCredential({ authType, attributes }, SCHEMAS)

describe('finalising a credential', () => {
  it('makes secrets of what is hidden, and texts of all else', async () => {
    const { attributes } = await finalize('userpass', {
      username: new Secret('demo'),
      password: 'correct horse',
      algorithm: 'rsa',
    })
    expect(attributes).toEqual({ username: 'demo', password: expect.any(Secret) as Secret, algorithm: 'rsa' })
    expect(inspect(attributes)).not.toContain('horse')
  })

  it('reads the file that stands for an attribute', async () => {
    const final = await finalize('key', { 'key-file': join(directory, 'key') })
    expect(credentialText(final, 'key')).toBe('the key\n')
    expect(final.attributes).not.toHaveProperty('key-file')
    expect(final.attributes['key']).toBeInstanceOf(Secret)
  })

  it('makes the path of a file absolute', async () => {
    const relative = join('..', '..', '..', '..', '..', '..', '..', '..', directory, 'key')
    expect((await finalize('jsonfile', { file: relative })).attributes).toEqual({
      file: join(directory, 'key'),
    })
    await expect(finalize('jsonfile', { file: directory })).rejects.toThrow(`there is no file ${directory}`)
  })

  it('takes a certificate, or the path of one', async () => {
    const pem = '-----BEGIN CERTIFICATE-----\n'
    expect((await finalize('certificate', { cert: pem })).attributes).toEqual({ cert: pem })
    const { attributes } = await finalize('certificate', { cert: join(directory, 'key') })
    expect(attributes).toEqual({ cert: 'the key\n' })
  })

  it('refuses an auth type without a schema', async () => {
    const finalizing = finalize('userpas', {})
    await expect(finalizing).rejects.toBeInstanceOf(NotSupportedError)
    await expect(finalizing).rejects.toThrow('auth type "userpas" is not supported; did you mean "userpass"?')
    await expect(finalize('constructor', {})).rejects.toBeInstanceOf(NotSupportedError)
  })

  it.each<[string, string, Record<string, string>, RegExp]>([
    ['a missing attribute', 'userpass', { username: 'demo' }, /"password": it is missing/],
    [
      'an unknown one',
      'userpass',
      { username: 'demo', pasword: 'hunter2' },
      /"pasword": it is unknown; did you mean "password"/,
    ],
    ['any when there are none', 'empty', { username: 'demo' }, /"username": it is unknown/],
    [
      'both an attribute and its file',
      'key',
      { key: 'hunter2', 'key-file': '/x' },
      /"key-file" is given too/,
    ],
    ['neither of them', 'key', {}, /"key": it is missing/],
    ['a file that is not there', 'key', { 'key-file': '/nowhere' }, /\/nowhere cannot be read \(ENOENT\)/],
    [
      'a value that is no choice',
      'userpass',
      { username: 'a', password: 'b', algorithm: 'dsa' },
      /"algorithm": "dsa" is not one of its values/,
    ],
    [
      'a secret that is no choice',
      'userpass',
      { username: 'a', password: 'b', pin: 'hunter2' },
      /"pin": that value is not one of its values/,
    ],
  ])('refuses %s', async (_, authType, attributes, message) => {
    const error: unknown = await finalize(authType, attributes).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(NotValidError)
    expect((error as Error).message).toMatch(message)
    expect(inspect(error, { depth: 9 })).not.toContain('hunter2')
  })

  it('refuses an empty file', async () => {
    await expect(finalize('key', { 'key-file': join(directory, 'empty') })).rejects.toThrow('is empty')
  })
})

describe('showing a credential', () => {
  it('leaves out what is hidden', () => {
    const credential = { authType: 'userpass', attributes: { username: 'demo', password: new Secret('x') } }
    expect(removeSecrets(credential, SCHEMAS)).toEqual({
      authType: 'userpass',
      attributes: { username: 'demo' },
    })
  })
})
