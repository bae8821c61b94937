import {
  type Constraints,
  constraintsFromDocument,
  constraintsToDocument,
  formatConstraints,
  NotValidError,
  parseConstraints,
  wantedSpaces,
} from 'cloud-environs'
import { ARCHITECTURES } from 'cloud-environs/provider'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { parse, stringify } from 'yaml'

describe('reading constraints', () => {
  test.each<[string, Constraints]>([
    ['', {}],
    ['  \t\n ', {}],
    ['arch=amd64', { arch: 'amd64' }],
    ['container=lxd', { container: 'lxd' }],
    ['container=none', { container: 'none' }],
    ['cores=4', { cores: 4 }],
    ['cpu-cores=4', { cores: 4 }],
    ['cpu-power=250', { cpuPower: 250 }],
    ['instance-role=auto', { instanceRole: 'auto' }],
    ['instance-type=m1.small', { instanceType: 'm1.small' }],
    ['mem=2048', { mem: 2048 }],
    ['root-disk=20G', { rootDisk: 20_480 }],
    ['root-disk-source=volume', { rootDiskSource: 'volume' }],
    ['tags=a,b', { tags: ['a', 'b'] }],
    ['spaces=db,^dmz', { spaces: ['db', '^dmz'] }],
    ['virt-type=kvm', { virtType: 'kvm' }],
    ['zones=az1,az2', { zones: ['az1', 'az2'] }],
    ['allocate-public-ip=true', { allocatePublicIp: true }],
    ['allocate-public-ip=false', { allocatePublicIp: false }],
    ['image-id=4f6c=x', { imageId: '4f6c=x' }],
    ['arch=arm64  mem=4G\n zones=az1', { arch: 'arm64', mem: 4096, zones: ['az1'] }],
  ])('%j', (text, constraints) => {
    expect(parseConstraints(text)).toEqual(constraints)
  })

  it('joins several texts', () => {
    expect(parseConstraints('mem=1G', 'cores=2 arch=amd64')).toEqual({ mem: 1024, cores: 2, arch: 'amd64' })
  })

  test.each([
    ['1', 1],
    ['1M', 1],
    ['1G', 1024],
    ['1T', 1024 ** 2],
    ['1P', 1024 ** 3],
    ['1.5G', 1536],
    ['0.1M', 1],
    ['2.0001M', 3],
    ['0.0001G', 1],
    ['0', 0],
    ['0G', 0],
  ])('the size %s is %d MiB, rounded up', (text, mem) => {
    expect(parseConstraints(`mem=${text}`)).toEqual({ mem })
  })

  test.each<[string, Constraints]>([
    ['instance-type=two\\ words mem=1', { instanceType: 'two words', mem: 1 }],
    ['zones=az\\ 1,az\\ 2', { zones: ['az 1', 'az 2'] }],
    ['instance-type=a\\b', { instanceType: 'a\\b' }],
    ['instance-type=a\\\\ mem=1', { instanceType: 'a\\', mem: 1 }],
    ['instance-type=a\\', { instanceType: 'a\\' }],
  ])('a backslash keeps what stands behind it: %s', (text, constraints) => {
    expect(parseConstraints(text)).toEqual(constraints)
  })

  test.each<[string, Constraints]>([
    ['arch=', { arch: '' }],
    ['mem=', { mem: 0 }],
    ['cores=', { cores: 0 }],
    ['zones=', { zones: [] }],
    ['instance-type=', { instanceType: '' }],
    ['spaces=', { spaces: [] }],
    ['allocate-public-ip=', { allocatePublicIp: false }],
  ])('an empty value is one that cancels: %s', (text, constraints) => {
    expect(parseConstraints(text)).toEqual(constraints)
  })

  test.each([
    ['mem', 'malformed constraint "mem"'],
    ['=4G', 'malformed constraint "=4G"'],
    ['memory=4G', 'unknown constraint "memory"'],
    ['Mem=4G', 'unknown constraint "Mem"'],
    ['mem=1G mem=2G', 'constraint "mem" is already set'],
    ['cores=1 cpu-cores=1', 'constraint "cores" is already set'],
    ['mem=-1', 'bad "mem" constraint: "-1"'],
    ['mem=4g', 'bad "mem" constraint: "4g"'],
    ['mem=4GB', 'bad "mem" constraint: "4GB"'],
    ['mem=4,5G', 'bad "mem" constraint: "4,5G"'],
    ['mem=lots', 'bad "mem" constraint: "lots"'],
    ['mem=1e3', 'bad "mem" constraint: "1e3"'],
    ['cores=1.5', 'bad "cores" constraint: "1.5"'],
    ['cores=-2', 'bad "cores" constraint: "-2"'],
    ['arch=x86', `bad "arch" constraint: "x86" is not one of ${ARCHITECTURES.join(', ')}`],
    ['container=docker', 'bad "container" constraint: "docker" is not one of none, lxd, kvm'],
    ['mem=99999999P', 'bad "mem" constraint'],
    ['zones=az1,,az2', 'bad "zones" constraint: "az1,,az2" is not a list without empty items'],
    ['tags=,', 'bad "tags" constraint'],
    ['spaces=Db', 'bad "spaces" constraint: "Db"'],
    ['spaces=^', 'bad "spaces" constraint: "^"'],
    ['spaces=^^db', 'bad "spaces" constraint'],
    ['spaces=db,-dmz', 'bad "spaces" constraint'],
    ['allocate-public-ip=yes', 'bad "allocate-public-ip" constraint: "yes"'],
  ])('%s is refused', (text, message) => {
    expect(() => parseConstraints(text)).toThrow(NotValidError)
    expect(() => parseConstraints(text)).toThrow(message)
  })

  test.each([
    ['root_disk=4G', 'root-disk'],
    ['core=4', 'cores'],
    ['zone=az1', 'zones'],
    ['Mem=4G', 'mem'],
    ['instancetype=m1.small', 'instance-type'],
  ])('%s is probably meant to be %s', (text, name) => {
    expect(() => parseConstraints(text)).toThrow(`; did you mean "${name}"?`)
  })

  it('lists the constraints that there are when one is unknown', () => {
    expect(() => parseConstraints('disk=4G')).toThrow(
      expect.objectContaining({
        message: 'unknown constraint "disk"',
        hint: expect.stringContaining('mem, root-disk, root-disk-source') as string,
      }),
    )
  })
})

describe('writing constraints', () => {
  it('has one order, and units for sizes', () => {
    const text =
      'arch=amd64 container=lxd cores=2 cpu-power=3 instance-role=r instance-type=t mem=4096M root-disk=1M ' +
      'root-disk-source=volume tags=a,b spaces=s,^t virt-type=kvm zones=az1 allocate-public-ip=true image-id=i'
    const shuffled = text.split(' ').reverse().join(' ')
    expect(formatConstraints(parseConstraints(shuffled))).toBe(text)
  })

  it('writes what cancels as an empty value, and nothing for what is not set', () => {
    expect(formatConstraints({ mem: 0, cores: 0, arch: '', zones: [] })).toBe('arch= cores= mem= zones=')
    expect(formatConstraints({})).toBe('')
  })
})

/** Constraints of every kind of value, those that cancel included. */
function anyConstraints(): fc.Arbitrary<Constraints> {
  const text = fc.oneof(fc.string(), fc.constantFrom('a b', '\\', ' \\ ', 'a\\\nb', 'x=y', '\t', 'null', '1'))
  const item = text.map((value) => value.replaceAll(',', '')).filter((value) => value !== '')
  const number = fc.oneof(fc.nat(), fc.constantFrom(0, 1024 ** 2, 999_999_999_999))
  const list = fc.array(item, { maxLength: 3 })
  return fc.record(
    {
      arch: fc.constantFrom(...ARCHITECTURES, ''),
      container: fc.constantFrom('none', 'lxd', 'kvm', ''),
      cores: number,
      cpuPower: number,
      mem: number,
      rootDisk: number,
      rootDiskSource: text,
      instanceRole: text,
      instanceType: text,
      tags: list,
      spaces: fc.array(fc.stringMatching(/^\^?[a-z0-9]+(-[a-z0-9]+){0,2}$/), { maxLength: 3 }),
      virtType: text,
      zones: list,
      allocatePublicIp: fc.boolean(),
      imageId: text,
    },
    { requiredKeys: [], noNullPrototype: true },
  )
}

describe('constraints are read back as they were', () => {
  test.each<[string, (constraints: Constraints) => Constraints]>([
    ['text', (constraints) => parseConstraints(formatConstraints(constraints))],
    [
      'JSON',
      (constraints) =>
        constraintsFromDocument(JSON.parse(JSON.stringify(constraintsToDocument(constraints)))),
    ],
    ['YAML', (constraints) => constraintsFromDocument(parse(stringify(constraintsToDocument(constraints))))],
  ])('from %s', (_, again) => {
    fc.assert(
      fc.property(anyConstraints(), (value) => {
        expect(again(value)).toEqual(value)
      }),
      { numRuns: 300 },
    )
  })
})

describe('a document of constraints', () => {
  it('has the names that users write, and MiB', () => {
    const constraints = parseConstraints(
      'root-disk=20G cpu-cores=2 spaces=db,^dmz allocate-public-ip=true mem=',
    )
    const document = {
      cores: 2,
      mem: 0,
      'root-disk': 20_480,
      spaces: ['db', '^dmz'],
      'allocate-public-ip': true,
    }
    expect(constraintsToDocument(constraints)).toEqual(document)
    expect(constraintsFromDocument({ 'cpu-cores': 2 })).toEqual({ cores: 2 })
    expect(constraintsFromDocument({})).toEqual({})
  })

  test.each<[unknown, string]>([
    [null, 'the constraints are not a map'],
    ['mem=4G', 'the constraints are not a map'],
    [['mem'], 'the constraints are not a map'],
    [{ memory: 1 }, 'unknown constraint "memory"'],
    [{ rootDisk: 1 }, 'did you mean "root-disk"?'],
    [{ cores: 1, 'cpu-cores': 1 }, 'constraint "cores" is already set'],
    [{ mem: '4G' }, 'bad "mem" constraint: "4G"'],
    [{ mem: -1 }, 'bad "mem" constraint: -1'],
    [{ cores: 1.5 }, 'bad "cores" constraint: 1.5'],
    [{ cores: null }, 'bad "cores" constraint: null'],
    [{ arch: 'x86' }, 'bad "arch" constraint'],
    [{ 'instance-type': 4 }, 'bad "instance-type" constraint: 4 is not a text'],
    [{ zones: 'az1' }, 'bad "zones" constraint'],
    [{ zones: ['az1', 2] }, 'bad "zones" constraint'],
    [{ tags: ['a,b'] }, 'bad "tags" constraint'],
    [{ spaces: ['No'] }, 'bad "spaces" constraint'],
    [{ 'allocate-public-ip': 'true' }, 'bad "allocate-public-ip" constraint'],
  ])('%j is refused', (document, message) => {
    expect(() => constraintsFromDocument(document)).toThrow(NotValidError)
    expect(() => constraintsFromDocument(document)).toThrow(message)
  })
})

test('spaces are to be in, or to keep out of', () => {
  expect(wantedSpaces(parseConstraints('spaces=db,^dmz,internal,^storage'))).toEqual({
    include: ['db', 'internal'],
    exclude: ['dmz', 'storage'],
  })
  expect(wantedSpaces({})).toEqual({ include: [], exclude: [] })
})
