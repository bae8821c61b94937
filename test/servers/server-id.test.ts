import { NotValidError } from 'cloud-environs'
import { expect, it, test } from 'vitest'
import { checkServerName, serverId, uuidOfName } from '../../src/servers/server-id.ts'

it('makes the UUIDs of RFC 9562', () => {
  // Its appendix A.4: the namespace of DNS names.
  expect(uuidOfName('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com')).toBe(
    '2ed6657d-e927-568b-95e1-2665a8aea6a2',
  )
})

it('rule 5: gives a name one id on a network, and others on others', () => {
  expect(serverId('n', 'web')).toBe(serverId('n', 'web'))
  expect(new Set([serverId('n', 'web'), serverId('m', 'web'), serverId('n', 'db')]).size).toBe(3)
})

test.each(['', '-a', 'a-', 'A', 'a.b', 'a_b', 'a'.repeat(64), 'a\n'])('%j is no name', (name) => {
  expect(() => checkServerName(name)).toThrow(NotValidError)
})

test.each(['a', '7', 'web-1', 'a'.repeat(63)])('%j is a name', (name) => {
  expect(() => checkServerName(name)).not.toThrow()
})
