import { format, inspect } from 'node:util'
import { type Credential, credentialText, Secret } from 'cloud-environs'
import { describe, expect, it, test } from 'vitest'

const VALUE = 'correct horse battery staple'
const secret = new Secret(VALUE)
/** As it is seen by code that takes it for text. */
const careless = secret as unknown as string
const nested = { name: 'demo', credentials: [{ password: secret }] }

describe('a secret', () => {
  test.each<[string, string]>([
    ['a template string', `password: ${careless}`],
    ['concatenation', `password: ${String(secret)}`],
    ['JSON', JSON.stringify(nested)],
    ['util.inspect', inspect(nested, { depth: 9, showHidden: true })],
    ['util.format', format('%s %o %O %j', secret, secret, secret, secret)],
    ['the message of an error', inspect(new Error(`cannot log in with ${careless}`, { cause: nested }))],
    ['a list', [careless, careless].join(' ')],
  ])('is not seen in %s', (_, text) => {
    expect(text).toContain('***')
    expect(text).not.toContain('horse')
  })

  it('has no field that enumerating shows', () => {
    expect(Object.entries(secret)).toEqual([])
    expect(Reflect.ownKeys(secret)).toEqual([])
  })

  it('is revealed when that is asked for', () => {
    expect(secret.reveal()).toBe(VALUE)
  })
})

test('the text of a credential attribute is given whether it is secret or not', () => {
  const credential: Credential = { authType: 'userpass', attributes: { username: 'demo', password: secret } }
  expect(credentialText(credential, 'username')).toBe('demo')
  expect(credentialText(credential, 'password')).toBe(VALUE)
  expect(credentialText(credential, 'domain')).toBeUndefined()
})
