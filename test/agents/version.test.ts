import {
  type AgentVersion,
  compareAgentVersions,
  formatAgentVersion,
  isDevelopmentVersion,
  NotValidError,
  parseAgentVersion,
  preferredStreams,
} from 'cloud-environs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const small = fc.nat({ max: 3 })
const version: fc.Arbitrary<AgentVersion> = fc.record({
  major: small,
  minor: small,
  tag: fc.constantFrom('', 'alpha', 'beta', 'rc'),
  patch: small,
  build: small,
})
const compare = (a: string, b: string): number =>
  Math.sign(compareAgentVersions(parseAgentVersion(a), parseAgentVersion(b)))

describe('a version', () => {
  it.each([
    ['3.6.1', { major: 3, minor: 6, tag: '', patch: 1, build: 0 }],
    ['3.6-beta1', { major: 3, minor: 6, tag: 'beta', patch: 1, build: 0 }],
    ['3.6.1.2', { major: 3, minor: 6, tag: '', patch: 1, build: 2 }],
    ['4.0-rc2.17', { major: 4, minor: 0, tag: 'rc', patch: 2, build: 17 }],
  ])('%s is read', (text, expected) => {
    expect(parseAgentVersion(text)).toEqual(expected)
  })

  it.each([
    '',
    '3',
    '3.6',
    '3.6.',
    'v3.6.1',
    '3.6.1-beta1',
    '3.6-BETA1',
    '3.6-beta',
    '3.6.1.2.3',
    '3.6.1\n',
    ' 3.6.1',
  ])('%j is none', (text) => {
    expect(() => parseAgentVersion(text)).toThrow(NotValidError)
  })

  it('is the same after it was written and read', () => {
    fc.assert(
      fc.property(version, (v) => {
        expect(parseAgentVersion(formatAgentVersion(v))).toEqual(v)
      }),
    )
  })

  it('is read or refused, whatever the text', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[0-9.a-z-]{0,12}$/))
    fc.assert(
      fc.property(text, (any) => {
        try {
          expect(parseAgentVersion(formatAgentVersion(parseAgentVersion(any)))).toEqual(
            parseAgentVersion(any),
          )
        } catch (error) {
          expect(error).toBeInstanceOf(NotValidError)
        }
      }),
    )
  })
})

describe('the order of versions', () => {
  it('puts tags before releases, numbers before text, builds behind what they build', () => {
    const inOrder = [
      '3.5.9',
      '3.6-alpha2',
      '3.6-beta1',
      '3.6-beta2',
      '3.6-beta10',
      '3.6-rc1',
      '3.6.0',
      '3.6.0.1',
      '3.6.1',
      '3.10.0',
      '4.0-alpha1',
    ]
    const parsed = inOrder.toReversed().map(parseAgentVersion)
    expect(parsed.sort(compareAgentVersions).map(formatAgentVersion)).toEqual(inOrder)
  })

  it('is total: antisymmetric, transitive, and equal only for the same version', () => {
    fc.assert(
      fc.property(version, version, version, (...three) => {
        const [a, b, c] = three.map(formatAgentVersion).sort(compare) as [string, string, string]
        expect(compare(a, b)).toBe(-compare(b, a) + 0)
        expect(compare(a, b) + compare(b, c)).toBeLessThanOrEqual(0)
        expect(compare(a, c)).toBeLessThanOrEqual(0)
        expect(compare(a, c) === 0).toBe(a === c)
      }),
    )
  })
})

describe('the streams to ask', () => {
  const devel = ['devel', 'proposed', 'released']
  it.each([
    ['3.6.1', {}, ['released']],
    ['3.6-beta1', {}, devel],
    ['3.6.1.2', {}, devel],
    ['3.6.1', { forceDevel: true }, devel],
    ['3.6.1', { configured: 'released' }, ['released']],
    ['3.6-beta1', { configured: 'released' }, devel],
    ['3.6-beta1', { configured: 'proposed' }, ['proposed', 'released']],
    ['3.6.1', { configured: 'testing' }, ['testing', ...devel]],
    ['3.6.1', { configured: 'mine', forceDevel: true }, ['mine']],
  ])('for %s and %j are %j', (text, preference, expected) => {
    expect(preferredStreams(text, preference)).toEqual(expected)
  })

  it('are asked for a version only', () => {
    expect(() => preferredStreams('newest')).toThrow(NotValidError)
    expect(isDevelopmentVersion(parseAgentVersion('3.6.1'))).toBe(false)
  })
})
