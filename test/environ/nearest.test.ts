import { describe, expect, test } from 'vitest'
import { didYouMean, nearest } from '../../src/environ/nearest.ts'

const NAMES = ['endpoint', 'identity-endpoint', 'regions', 'region-config', 'type', 'ca-certificates']

describe('what was probably meant', () => {
  test.each([
    ['endpont', 'endpoint'],
    ['endopint', 'endpoint'],
    ['Endpoint', 'endpoint'],
    ['identity_endpoint', 'identity-endpoint'],
    ['region', 'regions'],
    ['regions-config', 'region-config'],
    ['tpye', 'type'],
    ['colour', undefined],
    ['x', undefined],
    ['', undefined],
    ['endpoint'.repeat(20), undefined],
  ])('by %j is %j', (name, meant) => {
    expect(nearest(name, NAMES)).toBe(meant)
  })

  test('is told, or nothing is', () => {
    expect(didYouMean('endpont', NAMES)).toBe('; did you mean "endpoint"?')
    expect(didYouMean('colour', NAMES)).toBe('')
    expect(didYouMean('colour', [])).toBe('')
  })
})
