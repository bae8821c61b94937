import { type Constraints, type InstanceType, NotFoundError } from 'cloud-environs'
import { byCost, byName, matchingInstanceTypes } from 'cloud-environs/provider'
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

  it('say where none was found, for what, and what is in the way of each', () => {
    const constraints = { mem: 65_536, cores: 2, arch: 'amd64' }
    expect(() => matchingInstanceTypes(TYPES, constraints, 'north')).toThrow(
      expect.objectContaining({
        code: 'NOT_FOUND',
        message:
          'no instance types in north matching constraints "arch=amd64 cores=2 mem=65536M": ' +
          '4 types have too few cores: diskless, small-arm, small, tiny; ' +
          '5 types have too little memory: diskless, large, small-arm, small, tiny; ' +
          '1 type has another architecture: small-arm',
        hint: 'ask for less, or for one of these; "environs explain" tells of each',
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

  it('are named up to eight, the others counted', () => {
    const many = Array.from({ length: 30 }, (_, index) => type(`t${String(index).padStart(2, '0')}`))
    expect(() => matchingInstanceTypes(many, { mem: 9000 })).toThrow(
      '30 types have too little memory: t00, t01, t02, t03, t04, t05, t06, t07, and 22 more',
    )
  })
})

describe('the order of instance types', () => {
  const ordered = (order: typeof byCost, ...types: readonly InstanceType[]) =>
    types.toSorted(order).map(({ name }) => name)

  it('by cost looks at memory, CPU power, cores and disk of those that cost the same', () => {
    const types = [
      type('it-6', { cost: 2, mem: 1, cpuCores: 1 }),
      type('it-5', { cost: 1, cpuCores: 2, rootDisk: 9000 }),
      type('it-4', { cost: 1, cpuCores: 2, rootDisk: 8000 }),
      type('it-3', { cost: 1, cpuPower: 10, cpuCores: 1 }),
      type('it-2', { cost: 1, mem: 1024, cpuPower: 90, cpuCores: 8 }),
      type('it-1', { cost: 0, mem: 65_536, cpuCores: 16 }),
    ]
    expect(ordered(byCost, ...types)).toEqual(['it-1', 'it-2', 'it-4', 'it-5', 'it-3', 'it-6'])
  })

  it('by name keeps families together, and is by cost in each', () => {
    const types = [
      type('c5.xlarge', { cost: 4 }),
      type('c5.2xlarge', { cost: 8 }),
      type('a1,big', { cost: 9 }),
      type('c5.large', { cost: 2 }),
      type('a1-small', { cost: 1 }),
      type('b2', { cost: 5 }),
    ]
    expect(ordered(byName, ...types)).toEqual([
      'a1-small',
      'a1,big',
      'b2',
      'c5.large',
      'c5.xlarge',
      'c5.2xlarge',
    ])
  })

  it('does not hang on the order that a cloud lists them in', () => {
    const types = ['b.2', 'a.1', 'b.1', 'a.2'].map((name) => type(name))
    for (const order of [byCost, byName]) {
      expect(ordered(order, ...types)).toEqual(ordered(order, ...types.toReversed()))
    }
  })
})
