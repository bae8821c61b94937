import type { InstanceType } from 'cloud-environs/provider'
import type { Flavor } from './api/index.ts'

const MIB_PER_GIB = 1024

/** Values of the constraint `virt-type`. */
export const VIRT_TYPES = ['kvm', 'lxd'] as const

/** How flavors are to be taken. */
export interface FlavorUse {
  /** The root disk is a volume, so that the flavor's own says nothing. */
  readonly bootsFromVolume?: boolean
  /** What all of them run as: Nova's flavors do not say. */
  readonly virtType?: string | undefined
}

/**
 * A flavor as an instance type of each of these architectures: Nova's flavors have none of their own. Flavors without
 * a root disk come last, since most clouds let only volumes boot on them.
 */
export const instanceTypes = (
  flavors: readonly Flavor[],
  arches: Iterable<string>,
  { bootsFromVolume = false, virtType }: FlavorUse = {},
): readonly InstanceType[] =>
  [...arches].flatMap((arch) =>
    flavors.map(({ id, name, ram, vcpus, disk }) => ({
      id,
      name,
      arch,
      cpuCores: vcpus,
      mem: ram,
      rootDisk: bootsFromVolume ? 0 : disk * MIB_PER_GIB,
      cost: disk === 0 && !bootsFromVolume ? 1 : 0,
      ...(virtType ? { virtType } : {}),
    })),
  )
