import { formatHardware, type HardwareCharacteristics, NotValidError, parseHardware } from 'cloud-environs'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'

describe('hardware characteristics', () => {
  test.each<[HardwareCharacteristics, string]>([
    [{}, ''],
    [{ arch: 'amd64', cpuCores: 2, mem: 4096 }, 'arch=amd64 cores=2 mem=4096M'],
    [
      { virtType: 'kvm', availabilityZone: 'az 1', instanceType: 'm1.small', tags: ['a', 'b'], cpuPower: 3 },
      'cpu-power=3 tags=a,b instance-type=m1.small availability-zone=az\\ 1 virt-type=kvm',
    ],
    [{ rootDisk: 20_480, rootDiskSource: 'volume' }, 'root-disk=20480M root-disk-source=volume'],
  ])('%j are written %j', (hardware, text) => {
    expect(formatHardware(hardware)).toBe(text)
    expect(parseHardware(text)).toEqual(hardware)
  })

  it('are read with units and aliases, from several texts', () => {
    expect(parseHardware('mem=2G cpu-cores=2', 'arch=riscv64')).toEqual({
      mem: 2048,
      cpuCores: 2,
      arch: 'riscv64',
    })
  })

  test.each([
    ['mem', 'malformed hardware characteristic "mem"'],
    ['zones=a', 'unknown hardware characteristic "zones"'],
    ['core=1', 'did you mean "cores"?'],
    ['mem=1 mem=2', 'hardware characteristic "mem" is already set'],
    ['mem=x', 'bad "mem" hardware characteristic: "x"'],
  ])('%s is refused', (text, message) => {
    expect(() => parseHardware(text)).toThrow(NotValidError)
    expect(() => parseHardware(text)).toThrow(message)
  })

  it('are read back as they were', () => {
    const hardware = fc.record(
      {
        arch: fc.string(),
        cpuCores: fc.nat(),
        cpuPower: fc.nat(),
        mem: fc.nat(),
        rootDisk: fc.nat(),
        rootDiskSource: fc.string(),
        tags: fc.array(fc.stringMatching(/^[^,]+$/), { maxLength: 3 }),
        instanceType: fc.string(),
        availabilityZone: fc.string(),
        virtType: fc.string(),
      },
      { requiredKeys: [], noNullPrototype: true },
    )
    fc.assert(
      fc.property(hardware, (value) => {
        expect(parseHardware(formatHardware(value))).toEqual(value)
      }),
    )
  })
})
