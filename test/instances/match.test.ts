import { type Constraints, type InstanceType, NotFoundError } from 'cloud-environs'
import { matchingInstanceTypes } from 'cloud-environs/provider'
import { describe, expect, it, test } from 'vitest'

const type = (name: string, over: Partial<InstanceType> = {}): InstanceType => ({
  id: `id-${name}`,
  name,
  arch: 'amd64',
  cpuCores: 1,
  mem: 2048,
  rootDisk: 20_480,
  cost: over.mem ?? 2048,
  ...over,
})

const TYPES = [
  type('large', { mem: 8192, cpuCores: 4 }),
  type('tiny', { mem: 512 }),
  type('small', { mem: 2048 }),
  type('small-arm', { mem: 2048, arch: 'arm64', cost: 1000 }),
  type('diskless', { mem: 4096, rootDisk: 0 }),
]

const names = (constraints: Constraints, types: readonly InstanceType[] = TYPES) =>
  matchingInstanceTypes(types, constraints).map(({ name }) => name)

describe('the instance types for constraints', () => {
  test.each<[Constraints, readonly string[]]>([
    // Nobody said how much memory: 2 GiB.
    [{}, ['small-arm', 'small', 'diskless', 'large']],
    [{ mem: 0 }, ['small-arm', 'small', 'diskless', 'large']],
    [{ mem: 1 }, ['tiny', 'small-arm', 'small', 'diskless', 'large']],
    [{ mem: 2049 }, ['diskless', 'large']],
    [{ cores: 2 }, ['large']],
    [{ arch: 'arm64' }, ['small-arm']],
    [{ instanceType: 'tiny' }, ['tiny']],
    [{ instanceType: 'tiny', arch: 'amd64' }, ['tiny']],
    // A root disk of 0 grows with what is asked for.
    [{ rootDisk: 40_960 }, ['diskless']],
    [{ rootDisk: 20_480, mem: 4000 }, ['diskless', 'large']],
  ])('%j are %j, cheapest first', (constraints, expected) => {
    expect(names(constraints)).toEqual(expected)
  })

  it('must have each tag, the virtualisation, and the CPU power when theirs is known', () => {
    const types = [
      type('plain'),
      type('fast', { cpuPower: 300, cost: 3000 }),
      type('slow', { cpuPower: 100, cost: 1 }),
      type('tagged', { tags: ['gpu', 'nvme'], virtType: 'kvm', cost: 5000 }),
    ]
    expect(names({ cpuPower: 200 }, types)).toEqual(['plain', 'fast', 'tagged'])
    expect(names({ tags: ['gpu'] }, types)).toEqual(['tagged'])
    expect(() => names({ tags: ['gpu', 'fpga'] }, types)).toThrow(NotFoundError)
    expect(names({ virtType: 'kvm' }, types)).toEqual(['tagged'])
  })

  it('are the largest that fits when none has 2 GiB and nobody asked for memory', () => {
    const types = [
      type('a', { mem: 512 }),
      type('b', { mem: 1024, cost: 9 }),
      type('c', { mem: 1024, cost: 5 }),
    ]
    expect(names({}, types)).toEqual(['c'])
    expect(names({ arch: 'amd64' }, types)).toEqual(['c'])
    expect(() => names({ mem: 2048 }, types)).toThrow(NotFoundError)
    expect(() => names({ cores: 2 }, types)).toThrow(NotFoundError)
  })

  it('are ordered the same way whatever order the cloud lists them in', () => {
    const types = ['d', 'b', 'c', 'a'].map((name) => type(name))
    expect(names({}, types)).toEqual(['a', 'b', 'c', 'd'])
    expect(names({}, types.toReversed())).toEqual(['a', 'b', 'c', 'd'])
  })

  it('of equal cost are ordered by memory, CPU power, cores and disk', () => {
    const types = [
      type('disk', { cost: 1, rootDisk: 30_000 }),
      type('cores', { cost: 1, cpuCores: 2 }),
      type('power', { cost: 1, cpuPower: 10 }),
      type('mem', { cost: 1, mem: 4096 }),
      type('least', { cost: 1 }),
    ]
    expect(names({}, types)).toEqual(['least', 'disk', 'cores', 'power', 'mem'])
  })

  it('say where none was found, for what, and what there is', () => {
    const constraints = { mem: 65_536, arch: 'amd64' }
    expect(() => matchingInstanceTypes(TYPES, constraints, 'north')).toThrow(
      expect.objectContaining({
        code: 'NOT_FOUND',
        message: 'no instance types in north matching constraints "arch=amd64 mem=65536M"',
        hint: 'ask for less; this cloud offers: diskless, large, small, small-arm, tiny',
      }),
    )
    expect(() => matchingInstanceTypes([], {})).toThrow(
      expect.objectContaining({
        message: 'no instance types matching constraints ""',
        hint: 'this cloud offers no instance types to this project',
      }),
    )
    expect(() => matchingInstanceTypes(TYPES, { instanceType: 'm1.huge' })).toThrow('instance-type=m1.huge')
  })
})
