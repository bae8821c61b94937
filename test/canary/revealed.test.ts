import { Secret } from 'cloud-environs'
import { expect, test } from 'vitest'
import { leaksIn } from './revealed.ts'

test('what was taken out of a secret is found in a text, in every form', () => {
  const value = `c4n4ry-${crypto.randomUUID()}"\n`
  expect(leaksIn(value)).toEqual([])
  expect(new Secret(value).reveal()).toBe(value)
  for (const text of [value, JSON.stringify({ value }), encodeURIComponent(value)]) {
    expect(leaksIn(`before ${text} after`)).toHaveLength(1)
  }
  expect(leaksIn(String(new Secret(value)))).toEqual([])
  expect(leaksIn(`before ${value} after`).join()).not.toContain('c4n4ry')
})
