/** The rules of the choice: what keeps an image, an instance type, or the two together, from being taken. */

import type { Constraints } from '../constraints/value.ts'
import type { InstanceType } from '../environ/capabilities.ts'
import type { ImageMetadata } from '../environ/images.ts'
import type { Base } from '../environ/instance-config.ts'
import type { ImageObstacle, InstanceTypeObstacle, PairObstacle } from '../environ/instance-spec.ts'

/** Of an image alone. */
export function imageObstacles(
  image: ImageMetadata,
  base: Base,
  { arch, imageId }: Constraints,
): readonly ImageObstacle[] {
  const obstacles: ImageObstacle[] = []
  if (image.os !== base.os || image.version !== base.version) {
    const [wanted, has] = [base, image].map(({ os, version }) => `${os}@${version}`) as [string, string]
    obstacles.push({ kind: 'base', wanted, has })
  }
  if (arch && image.arch !== arch) obstacles.push({ kind: 'image-arch', wanted: arch, has: image.arch })
  if (imageId && image.id !== imageId) obstacles.push({ kind: 'image-id', wanted: imageId, has: image.id })
  return obstacles
}

/** What is wanted of an instance type. */
export interface TypeWish {
  readonly constraints: Constraints
  /** What is wanted when nobody says how much. */
  readonly defaults: Pick<Constraints, 'cores' | 'mem'>
  /** Those that there are images of; a constraint is one. None: any. */
  readonly arches: readonly string[]
}

/** Of an instance type alone. A root disk of 0 grows with the image; CPU power counts where a type tells it. */
export function typeObstacles(type: InstanceType, wish: TypeWish): readonly InstanceTypeObstacle[] {
  const { constraints, defaults, arches } = wish
  const { instanceType, tags = [], virtType } = constraints
  const obstacles: InstanceTypeObstacle[] = []
  if (arches.length > 0 && !arches.includes(type.arch))
    obstacles.push({ kind: 'arch', wanted: arches, has: type.arch })
  if (instanceType && type.name !== instanceType)
    obstacles.push({ kind: 'instance-type', wanted: instanceType, has: type.name })
  const amounts = [
    ['cores', constraints.cores, type.cpuCores, defaults.cores],
    ['cpu-power', constraints.cpuPower, type.cpuPower, undefined],
    ['mem', constraints.mem, type.mem, defaults.mem],
    ['root-disk', constraints.rootDisk, type.rootDisk || undefined, undefined],
  ] as const
  for (const [kind, asked, has, byDefault] of amounts) {
    const wanted = asked || byDefault
    if (wanted && has !== undefined && has < wanted)
      obstacles.push({ kind, wanted, has, ...(asked ? {} : { byDefault: true }) })
  }
  const missing = tags.filter((tag) => !type.tags?.includes(tag))
  if (missing.length > 0) obstacles.push({ kind: 'tags', missing })
  if (virtType && type.virtType !== virtType) {
    const has = type.virtType === undefined ? {} : { has: type.virtType }
    obstacles.push({ kind: 'virt-type', wanted: virtType, ...has })
  }
  return obstacles
}

/** Of an image on an instance type. An image that does not tell its virtualisation may run as any. */
export function pairObstacles(
  image: ImageMetadata,
  type: InstanceType,
  { rootDisk }: Constraints,
): readonly PairObstacle[] {
  if (image.arch !== type.arch) return [{ kind: 'pair-arch', wanted: type.arch, has: image.arch }]
  const obstacles: PairObstacle[] = []
  const { minMem = 0, minDisk = 0, virtType } = image
  const disk = type.rootDisk || rootDisk
  if (minMem > type.mem) obstacles.push({ kind: 'image-mem', wanted: minMem, has: type.mem })
  if (disk && minDisk > disk) obstacles.push({ kind: 'image-disk', wanted: minDisk, has: disk })
  if (type.virtType && virtType && virtType !== type.virtType)
    obstacles.push({ kind: 'image-virt-type', wanted: type.virtType, has: virtType })
  return obstacles
}

/** Whether the image says that it runs as the type does, or has not to. Such pairs go before the others. */
export const matchesExactly = (image: ImageMetadata, type: InstanceType): boolean =>
  !type.virtType || image.virtType === type.virtType
