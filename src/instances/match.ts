import { formatConstraints } from '../constraints/text.ts'
import { type Constraints, isWanted } from '../constraints/value.ts'
import type { InstanceType } from '../environ/capabilities.ts'
import { NotFoundError } from '../environ/errors.ts'

/** Memory, in MiB, that is asked for when nobody says how much (Juju: `minMemoryHeuristic`). */
const DEFAULT_MEM = 2048

const fits = (wanted: number | undefined, offered: number): boolean => !wanted || offered >= wanted

/** Whether an instance type has all that is asked for; a root disk of 0 grows with the image. */
function matchesInstanceType(type: InstanceType, wanted: Constraints): boolean {
  return (
    (!wanted.arch || type.arch === wanted.arch) &&
    (!wanted.instanceType || type.name === wanted.instanceType) &&
    fits(wanted.cores, type.cpuCores) &&
    (type.cpuPower === undefined || fits(wanted.cpuPower, type.cpuPower)) &&
    fits(wanted.mem, type.mem) &&
    (type.rootDisk === 0 || fits(wanted.rootDisk, type.rootDisk)) &&
    (wanted.tags ?? []).every((tag) => type.tags?.includes(tag)) &&
    (!wanted.virtType || type.virtType === wanted.virtType)
  )
}

/** Cheapest first; equals by memory, CPU power, cores and disk, then by name so that the order is always the same. */
function byCost(a: InstanceType, b: InstanceType): number {
  return (
    a.cost - b.cost ||
    a.mem - b.mem ||
    (a.cpuPower ?? 0) - (b.cpuPower ?? 0) ||
    a.cpuCores - b.cpuCores ||
    a.rootDisk - b.rootDisk ||
    (a.name < b.name ? -1 : 1)
  )
}

/**
 * The instance types that satisfy the constraints, cheapest first (Juju: `MatchingInstanceTypes`). When neither memory
 * nor an instance type is asked for, 2 GiB and one core are; if nothing is that large, the largest that fits is taken.
 * @throws NotFoundError naming the region and the constraints
 */
export function matchingInstanceTypes(
  types: readonly InstanceType[],
  constraints: Constraints,
  region = '',
): readonly InstanceType[] {
  const defaults: Constraints = {
    ...(isWanted(constraints.cores) ? {} : { cores: 1 }),
    ...(isWanted(constraints.mem) ? {} : { mem: DEFAULT_MEM }),
  }
  const wanted = constraints.instanceType ? constraints : { ...constraints, ...defaults }
  const matching = types.filter((type) => matchesInstanceType(type, wanted)).sort(byCost)
  if (matching.length > 0) return matching
  if (!isWanted(constraints.mem)) {
    const [largest] = types
      .filter((type) => matchesInstanceType(type, constraints))
      .sort((a, b) => b.mem - a.mem || byCost(a, b))
    if (largest) return [largest]
  }
  const names = [...new Set(types.map(({ name }) => name))].sort()
  throw new NotFoundError(
    `no instance types${region && ` in ${region}`} matching constraints "${formatConstraints(constraints)}"`,
    {
      resource: 'instance type',
      hint:
        names.length > 0
          ? `ask for less; this cloud offers: ${names.join(', ')}`
          : 'this cloud offers no instance types to this project',
    },
  )
}
