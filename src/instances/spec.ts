import type { Constraints } from '../constraints/value.ts'
import type { InstanceType } from '../environ/capabilities.ts'
import { NotFoundError } from '../environ/errors.ts'
import type { ImageMetadata } from '../environ/images.ts'
import type { Base } from '../environ/instance-config.ts'
import { matchingInstanceTypes } from './match.ts'

/** What an instance is to be started from. */
export interface InstanceSpec {
  readonly instanceType: InstanceType
  readonly image: ImageMetadata
}

/** What {@link findInstanceSpec} looks for. */
export interface InstanceConstraint {
  readonly base: Base
  readonly constraints: Constraints
  /** For messages. */
  readonly region?: string
}

const ANY_ARCH = 'any architecture'

function fitness(
  image: ImageMetadata,
  type: InstanceType,
  rootDisk: number | undefined,
): 'exact' | 'partial' | undefined {
  if (image.arch !== type.arch) return undefined
  if (image.minMem !== undefined && image.minMem > type.mem) return undefined
  const disk = type.rootDisk === 0 ? rootDisk : type.rootDisk
  if (disk !== undefined && image.minDisk !== undefined && image.minDisk > disk) return undefined
  if (!type.virtType || image.virtType === type.virtType) return 'exact'
  return image.virtType ? undefined : 'partial'
}

/**
 * The cheapest instance type with an image for it (Juju: `FindInstanceSpec`): exact matches of virtualisation before
 * partial ones, then by architecture, then the order of the types (by cost), then the order of the images.
 * @throws NotFoundError saying whether it is the image, the instance type or their combination that is missing
 */
export function findInstanceSpec(
  images: readonly ImageMetadata[],
  wanted: InstanceConstraint,
  types: readonly InstanceType[],
): InstanceSpec {
  const { base, constraints, region = '' } = wanted
  const where = region && ` in ${region}`
  const name = `${base.os}@${base.version}`
  const candidates = images.filter(
    (image) =>
      image.os === base.os &&
      image.version === base.version &&
      (!constraints.arch || image.arch === constraints.arch) &&
      (!constraints.imageId || image.id === constraints.imageId),
  )
  if (candidates.length === 0) {
    const known = [...new Set(images.map((image) => `${image.os}@${image.version} ${image.arch}`))].sort()
    throw new NotFoundError(`no "${name}" images${where} with arch ${constraints.arch ?? ANY_ARCH}`, {
      resource: 'image',
      hint:
        known.length > 0
          ? `choose a base and architecture among: ${known.join(', ')}`
          : 'upload an image with os_distro, os_version and architecture set',
    })
  }
  const arches = new Set(candidates.map((image) => image.arch))
  const runnable = types.filter((type) => arches.has(type.arch))
  const matching = matchingInstanceTypes(runnable.length > 0 ? runnable : types, constraints, region)
  const pairs = matching.flatMap((instanceType) =>
    candidates.flatMap((image) => {
      const fit = fitness(image, instanceType, constraints.rootDisk)
      return fit ? [{ instanceType, image, fit }] : []
    }),
  )
  const exact = pairs.filter(({ fit }) => fit === 'exact')
  const [best] = (exact.length > 0 ? exact : pairs).sort((a, b) =>
    a.image.arch < b.image.arch ? -1 : a.image.arch > b.image.arch ? 1 : 0,
  )
  if (best) return { instanceType: best.instanceType, image: best.image }
  throw new NotFoundError(
    `no "${name}" images${where} matching instance types ${[...new Set(matching.map((type) => type.name))].join(', ')}`,
    { resource: 'image', hint: 'ask for more memory or a larger root disk, or for another base' },
  )
}
