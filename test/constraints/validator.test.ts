import { type Constraints, constraintsValidator, isWanted, NotValidError } from 'cloud-environs'
import { describe, expect, it, test } from 'vitest'

const validator = constraintsValidator({
  conflicts: [[['instanceType'], ['mem', 'cores', 'rootDisk']]],
  unsupported: ['tags', 'cpuPower'],
  vocabularies: { arch: ['amd64', 'arm64'], zones: ['az1', 'az2'], virtType: [] },
})

describe('validating', () => {
  test.each<[Constraints, readonly string[]]>([
    [{}, []],
    [{ mem: 1024, cores: 2 }, []],
    [{ instanceType: 'small', tags: [], cpuPower: 0 }, []],
    [{ tags: ['a'], cpuPower: 3, mem: 1 }, ['cpu-power', 'tags']],
    [{ arch: '', zones: [], virtType: '' }, []],
    [{ arch: 'arm64', zones: ['az2', 'az1'] }, []],
    [{ instanceType: 'small', mem: 0, cores: 0 }, []],
  ])('%j leaves %j ignored', (constraints, ignored) => {
    expect(validator.validate(constraints)).toEqual(ignored)
  })

  test.each<[Constraints, string, string]>([
    [{ arch: 's390x' }, 'invalid constraint value: arch=s390x', 'valid values are: amd64, arm64'],
    [{ zones: ['az1', 'other'] }, 'invalid constraint value: zones=other', 'valid values are: az1, az2'],
    [
      { zones: ['az3'] },
      'invalid constraint value: zones=az3',
      'did you mean "az1"? valid values are: az1, az2',
    ],
    [{ virtType: 'kvm' }, 'invalid constraint value: virt-type=kvm', 'this cloud offers no value for it'],
    [
      { instanceType: 'small', mem: 1 },
      'ambiguous constraints: "instance-type" overlaps with "mem"',
      'give only one of the two',
    ],
    // A bad value is told before a conflict.
    [
      { instanceType: 'small', mem: 1, arch: 'x' },
      'invalid constraint value: arch=x',
      'valid values are: amd64, arm64',
    ],
  ])('%j is refused', (constraints, message, hint) => {
    expect(() => validator.validate(constraints)).toThrow(NotValidError)
    expect(() => validator.validate(constraints)).toThrow(expect.objectContaining({ message, hint }))
  })

  it('finds a conflict from either side', () => {
    const mirrored = constraintsValidator({ conflicts: [[['mem'], ['instanceType']]] })
    expect(() => mirrored.validate({ instanceType: 'small', mem: 1 })).toThrow('ambiguous constraints')
  })

  it('lets values decide whether there is a conflict', () => {
    const resolving = constraintsValidator({
      conflicts: [
        [['instanceType'], ['rootDisk'], ({ rootDiskSource }) => rootDiskSource === 'volume'],
        [['instanceType'], ['mem']],
      ],
    })
    const both: Constraints = { instanceType: 'small', rootDisk: 1 }
    expect(() => resolving.validate(both)).toThrow('"instance-type" overlaps with "root-disk"')
    expect(() => resolving.validate({ ...both, rootDiskSource: 'local' })).toThrow('ambiguous constraints')
    expect(resolving.validate({ ...both, rootDiskSource: 'volume' })).toEqual([])
    expect(() => resolving.validate({ ...both, rootDiskSource: 'volume', mem: 1 })).toThrow('"mem"')

    const chosen = { instanceType: 'small' }
    expect(resolving.merge({ rootDisk: 1, mem: 1 }, chosen)).toEqual(chosen)
    const volume: Constraints = { rootDisk: 1, rootDiskSource: 'volume' }
    expect(resolving.merge({ ...volume, mem: 1 }, chosen)).toEqual({ ...volume, ...chosen })
    // What the constraints say of the source counts, whatever the fallback's was.
    expect(resolving.merge(volume, { ...chosen, rootDiskSource: 'local' })).toEqual({
      ...chosen,
      rootDiskSource: 'local',
    })
  })

  it('takes further values when a vocabulary is widened, and the validator stays as it was', () => {
    const wider = validator.widened({ arch: ['riscv64', 'amd64'], virtType: ['kvm'], cores: ['1'] })
    expect(wider.validate({ arch: 'riscv64', virtType: 'kvm', cores: 2 })).toEqual([])
    expect(() => wider.validate({ arch: 's390x' })).toThrow(
      expect.objectContaining({ hint: 'valid values are: amd64, arm64, riscv64' }),
    )
    expect(() => wider.validate({ zones: ['other'] })).toThrow('zones=other')
    expect(() => wider.validate({ instanceType: 't', mem: 1 })).toThrow('ambiguous')
    expect(() => validator.validate({ arch: 'riscv64' })).toThrow('arch=riscv64')
  })

  it('without rules takes everything', () => {
    expect(
      constraintsValidator({}).validate({ arch: 'any', tags: ['a'], instanceType: 't', mem: 1 }),
    ).toEqual([])
  })
})

describe('merging', () => {
  test.each<[string, Constraints, Constraints, Constraints]>([
    ['takes what only one has', { arch: 'amd64' }, { mem: 1024 }, { arch: 'amd64', mem: 1024 }],
    [
      'prefers the constraints to the fallback',
      { mem: 1024, cores: 1 },
      { mem: 2048 },
      { mem: 2048, cores: 1 },
    ],
    [
      'drops a fallback that conflicts',
      { mem: 1024, cores: 1, arch: 'amd64' },
      { instanceType: 't' },
      { instanceType: 't', arch: 'amd64' },
    ],
    ['drops it from the other side too', { instanceType: 't' }, { cores: 2 }, { cores: 2 }],
    [
      'lets an empty value cancel a fallback',
      { mem: 1024, zones: ['az1'] },
      { mem: 0, zones: [] },
      { mem: 0, zones: [] },
    ],
    [
      'lets what only cancels drop nothing',
      { mem: 1024 },
      { instanceType: '' },
      { mem: 1024, instanceType: '' },
    ],
    ['of nothing is nothing', {}, {}, {}],
  ])('%s', (_, fallback, constraints, merged) => {
    expect(validator.merge(fallback, constraints)).toEqual(merged)
  })

  it('refuses either when it is wrong on its own', () => {
    expect(() => validator.merge({ arch: 'x' }, { arch: 'amd64' })).toThrow(NotValidError)
    expect(() => validator.merge({}, { instanceType: 't', mem: 1 })).toThrow(NotValidError)
  })
})

test.each<[Constraints[keyof Constraints], boolean]>([
  [undefined, false],
  ['', false],
  [0, false],
  [[], false],
  ['kvm', true],
  [1, true],
  [['a'], true],
  [true, true],
  [false, true],
])('%j asks for something: %s', (value, wanted) => {
  expect(isWanted(value)).toBe(wanted)
})
