import { formatConstraints } from '../constraints/text.ts'
import { type Constraints, isWanted } from '../constraints/value.ts'
import type { InstanceType } from '../environ/capabilities.ts'
import { NotFoundError } from '../environ/errors.ts'
import type { Obstacle, Precedence } from '../environ/instance-spec.ts'
import { typeObstacles } from './obstacles.ts'
import { grouped } from './sentences.ts'

/** Memory, in MiB, that is asked for when nobody says how much (Juju: `minMemoryHeuristic`). */
const DEFAULT_MEM = 2048

/** What the order by cost looks at, one after the other. */
const COSTS: readonly (readonly [Precedence, (type: InstanceType) => number])[] = [
  ['cost', ({ cost }) => cost],
  ['mem', ({ mem }) => mem],
  ['cpu-power', ({ cpuPower = 0 }) => cpuPower],
  ['cores', ({ cpuCores }) => cpuCores],
  ['root-disk', ({ rootDisk }) => rootDisk],
]

/** Cheapest first; equals by memory, CPU power, cores and disk, then by name so that the order is always the same. */
export function byCost(a: InstanceType, b: InstanceType): number {
  for (const [, of] of COSTS) {
    const difference = of(a) - of(b)
    if (difference !== 0) return difference
  }
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0
}

/** What puts `a` before `b` in the order by cost. */
export const costPrecedence = (a: InstanceType, b: InstanceType): Precedence =>
  COSTS.find(([, of]) => of(a) !== of(b))?.[0] ?? 'name'

/** By the name of the family, which ends at the first `-`, `,` or `.`; then by cost (Juju: `byName`). */
export function byName(a: InstanceType, b: InstanceType): number {
  const [familyA = '', familyB = ''] = [a, b].map(({ name }) => name.split(/[-,.]/, 1)[0])
  return familyA < familyB ? -1 : familyA > familyB ? 1 : byCost(a, b)
}

/** Something, and what keeps it from being taken. */
export interface Judged<T> {
  readonly it: T
  readonly obstacles: readonly Obstacle[]
}

/** Those without obstacles. */
export const fitting = <T>(judged: readonly Judged<T>[]): readonly Judged<T>[] =>
  judged.filter(({ obstacles }) => obstacles.length === 0)

/**
 * The instance types, cheapest first. When neither memory nor an instance type is asked for, 2 GiB and one core are; if
 * nothing is that large, the largest that satisfies the rest has no obstacle.
 */
export function judgeInstanceTypes(
  types: readonly InstanceType[],
  constraints: Constraints,
  arches: readonly string[],
): readonly Judged<InstanceType>[] {
  const defaults = constraints.instanceType ? {} : { cores: 1, mem: DEFAULT_MEM }
  const ordered = types.toSorted(byCost)
  const judged = ordered.map((it) => ({
    it,
    obstacles: typeObstacles(it, { constraints, defaults, arches }),
  }))
  if (fitting(judged).length > 0 || isWanted(constraints.mem)) return judged
  const [largest] = ordered
    .filter((it) => typeObstacles(it, { constraints, defaults: {}, arches }).length === 0)
    .sort((a, b) => b.mem - a.mem)
  return judged.map((type) => (type.it === largest ? { it: largest, obstacles: [] } : type))
}

/** Nothing fits, and why. */
export function noInstanceTypes(
  judged: readonly Judged<InstanceType>[],
  constraints: Constraints,
  region: string,
): NotFoundError {
  const rejected = judged
    .toSorted((a, b) => byName(a.it, b.it))
    .map(({ it: { id, name }, obstacles }) => ({ id, name, obstacles }))
  return new NotFoundError(
    `no instance types${region && ` in ${region}`} matching constraints "${formatConstraints(constraints)}"${grouped(rejected)}`,
    {
      resource: 'instance type',
      hint:
        judged.length > 0
          ? 'ask for less, or for one of these; "environs explain" tells of each'
          : 'this cloud offers no instance types to this project',
    },
  )
}

/**
 * The instance types that satisfy the constraints, cheapest first (Juju: `MatchingInstanceTypes`). When neither memory
 * nor an instance type is asked for, 2 GiB and one core are; if nothing is that large, the largest that fits is taken.
 * @throws NotFoundError naming the region, the constraints, and what is in the way
 */
export function matchingInstanceTypes(
  types: readonly InstanceType[],
  constraints: Constraints,
  region = '',
): readonly InstanceType[] {
  const arches = constraints.arch ? [constraints.arch] : []
  const judged = judgeInstanceTypes(types, constraints, arches)
  const matching = fitting(judged).map(({ it }) => it)
  if (matching.length > 0) return matching
  throw noInstanceTypes(judged, constraints, region)
}
