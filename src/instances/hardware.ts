import { type AttributeSet, formatAttributes, parseAttributes } from '../constraints/attributes.ts'
import type { HardwareCharacteristics } from '../environ/instance.ts'

const HARDWARE: AttributeSet<HardwareCharacteristics> = {
  noun: 'hardware characteristic',
  keys: [
    { name: 'arch', field: 'arch', kind: 'text' },
    { name: 'cores', field: 'cpuCores', kind: 'count', aliases: ['cpu-cores'] },
    { name: 'cpu-power', field: 'cpuPower', kind: 'count' },
    { name: 'mem', field: 'mem', kind: 'size' },
    { name: 'root-disk', field: 'rootDisk', kind: 'size' },
    { name: 'root-disk-source', field: 'rootDiskSource', kind: 'text' },
    { name: 'tags', field: 'tags', kind: 'list' },
    { name: 'instance-type', field: 'instanceType', kind: 'text' },
    { name: 'availability-zone', field: 'availabilityZone', kind: 'text' },
    { name: 'virt-type', field: 'virtType', kind: 'text' },
  ],
}

/** `arch=amd64 cores=1 mem=2048M`, as far as it is known (Juju: `HardwareCharacteristics.String`). */
export const formatHardware = (hardware: HardwareCharacteristics): string =>
  formatAttributes(HARDWARE, hardware)

/**
 * Reads what {@link formatHardware} writes (Juju: `instance.ParseHardware`).
 * @throws NotValidError for an unknown, repeated or malformed characteristic
 */
export const parseHardware = (...texts: readonly string[]): HardwareCharacteristics =>
  parseAttributes(HARDWARE, texts)
