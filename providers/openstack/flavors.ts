import type { InstanceType } from 'cloud-environs/provider'
import type { Flavor } from './api/index.ts'

const MIB_PER_GIB = 1024

/**
 * A flavor as an instance type of each of these architectures: Nova's flavors have none of their own. Flavors without
 * a root disk come last, since most clouds let only volumes boot on them.
 */
export const instanceTypes = (
  flavors: readonly Flavor[],
  arches: Iterable<string>,
): readonly InstanceType[] =>
  [...arches].flatMap((arch) =>
    flavors.map(({ id, name, ram, vcpus, disk }) => ({
      id,
      name,
      arch,
      cpuCores: vcpus,
      mem: ram,
      rootDisk: disk * MIB_PER_GIB,
      cost: disk === 0 ? 1 : 0,
    })),
  )
