import type { Constraints } from '../constraints/value.ts'
import type { InstanceType } from '../environ/capabilities.ts'
import { NotFoundError } from '../environ/errors.ts'
import type { ImageMetadata } from '../environ/images.ts'
import type { Base } from '../environ/instance-config.ts'
import type {
  Candidate,
  InstanceSpec,
  InstanceSpecExplanation,
  Obstacle,
  Precedence,
  Verdict,
} from '../environ/instance-spec.ts'
import { costPrecedence, fitting, type Judged, judgeInstanceTypes, noInstanceTypes } from './match.ts'
import { imageObstacles, matchesExactly, pairObstacles } from './obstacles.ts'
import { grouped, sentence } from './sentences.ts'

/** What {@link findInstanceSpec} looks for. */
export interface InstanceConstraint {
  readonly base: Base
  readonly constraints: Constraints
  /** For messages. */
  readonly region?: string
}

const ANY_ARCH = 'any architecture'

const unique = (texts: readonly string[]): readonly string[] => [...new Set(texts)]

/** The images in their order, the instance types by cost, and what keeps each from being taken. */
interface Judgement {
  readonly images: readonly Judged<ImageMetadata>[]
  readonly types: readonly Judged<InstanceType>[]
}

/**
 * An instance type that is offered for several architectures is judged for those that there are images of; one for
 * none of these is in the way of itself.
 */
function judge(
  images: readonly ImageMetadata[],
  { base, constraints }: InstanceConstraint,
  types: readonly InstanceType[],
): Judgement {
  const judged = images.map((it) => ({ it, obstacles: imageObstacles(it, base, constraints) }))
  const arches = unique(fitting(judged).map(({ it }) => it.arch)).toSorted()
  const runnable = new Set(types.filter(({ arch }) => arches.includes(arch)).map(({ id }) => id))
  const relevant = types.filter(({ id, arch }) => arches.includes(arch) || !runnable.has(id))
  return { images: judged, types: judgeInstanceTypes(relevant, constraints, arches) }
}

/** An image on an instance type. */
interface Pair extends InstanceSpec {
  readonly obstacles: readonly Obstacle[]
  /** 0: an exact match, 1: one in part, 2: none, 3: none with any instance type. */
  readonly rank: 0 | 1 | 2 | 3
}

/** Every image on every instance type, the best one first. */
function pairs({ images, types }: Judgement, constraints: Constraints): readonly Pair[] {
  const offered = new Set(types.map(({ it: { id, arch } }) => `${arch} ${id}`))
  const all = types.flatMap((type) =>
    images.flatMap((image): Pair | readonly Pair[] => {
      // The same type is there for the image's own architecture.
      if (image.it.arch !== type.it.arch && offered.has(`${image.it.arch} ${type.it.id}`)) return []
      if (image.obstacles.length > 0)
        return { instanceType: type.it, image: image.it, obstacles: image.obstacles, rank: 3 }
      const obstacles =
        type.obstacles.length > 0 ? type.obstacles : pairObstacles(image.it, type.it, constraints)
      const rank = obstacles.length > 0 ? 2 : matchesExactly(image.it, type.it) ? 0 : 1
      return { instanceType: type.it, image: image.it, obstacles, rank }
    }),
  )
  const arch = ({ image }: Pair): string => image.arch
  return all.sort((a, b) => a.rank - b.rank || (arch(a) < arch(b) ? -1 : arch(a) > arch(b) ? 1 : 0))
}

/** What a start fails with. */
function nothingFits(
  { images, types }: Judgement,
  { base, constraints, region = '' }: InstanceConstraint,
): NotFoundError {
  const where = region && ` in ${region}`
  const wanted = `no "${base.os}@${base.version}" images${where}`
  const fittingImages = fitting(images)
  if (fittingImages.length === 0) {
    const rejected = images.map(({ it: { id, os, version, arch }, obstacles }) => ({
      id,
      name: `${os}@${version} ${arch}`,
      obstacles,
    }))
    return new NotFoundError(`${wanted} with arch ${constraints.arch || ANY_ARCH}${grouped(rejected)}`, {
      resource: 'image',
      hint:
        images.length > 0
          ? 'choose a base and an architecture that there is an image of'
          : 'upload an image with os_distro, os_version and architecture set',
    })
  }
  const matching = fitting(types)
  if (matching.length === 0) return noInstanceTypes(types, constraints, region)
  const rejected = pairs({ images: fittingImages, types: matching }, constraints).map(
    ({ instanceType: { id, name }, obstacles }) => ({ id, name, obstacles }),
  )
  const names = unique(matching.map(({ it }) => it.name))
  return new NotFoundError(`${wanted} matching instance types ${names.join(', ')}${grouped(rejected)}`, {
    resource: 'image',
    hint: 'ask for more memory or a larger root disk, or for another base',
  })
}

/**
 * The cheapest instance type with an image for it (Juju: `FindInstanceSpec`): exact matches of virtualisation before
 * partial ones, then by architecture, then the order of the types (by cost), then the order of the images.
 * @throws NotFoundError saying whether it is the image, the instance type or their combination that is missing, and why
 */
export function findInstanceSpec(
  images: readonly ImageMetadata[],
  wanted: InstanceConstraint,
  types: readonly InstanceType[],
): InstanceSpec {
  const judgement = judge(images, wanted, types)
  const able = { images: fitting(judgement.images), types: fitting(judgement.types) }
  const [best] = pairs(able, wanted.constraints)
  if (!best || best.rank > 1) throw nothingFits(judgement, wanted)
  return { instanceType: best.instanceType, image: best.image }
}

const REASONS: Readonly<Record<Precedence, string>> = {
  'virt-type': 'its image says that it runs as the instance type does',
  arch: 'its architecture has the first name',
  cost: 'it counts as cheaper',
  mem: 'it counts as no dearer and has less memory',
  'cpu-power': 'it counts as no dearer and has less CPU power',
  cores: 'it counts as no dearer and has fewer cores',
  'root-disk': 'it counts as no dearer and has a smaller root disk',
  name: 'it is no different but for its name, which is the first',
  image: 'its image is the first of the list',
}

function precedence(best: Pair, other: Pair): Precedence {
  if (best.rank !== other.rank) return 'virt-type'
  if (best.image.arch !== other.image.arch) return 'arch'
  return best.instanceType === other.instanceType
    ? 'image'
    : costPrecedence(best.instanceType, other.instanceType)
}

function verdict(best: Pair, pair: Pair): Verdict {
  if (pair.rank > 1) {
    const { obstacles } = pair
    return { outcome: 'rejected', obstacles, message: obstacles.map(sentence).join('; ') }
  }
  if (pair === best) return { outcome: 'chosen', message: 'the first of those that satisfy the constraints' }
  const by = precedence(best, pair)
  const { instanceType, image } = best
  return {
    outcome: 'passed-over',
    by,
    message: `${instanceType.name} with ${image.id} goes first: ${REASONS[by]}`,
  }
}

/** What {@link findInstanceSpec} makes of each image on each instance type, and why. Throws nothing. */
export function explainInstanceSpec(
  images: readonly ImageMetadata[],
  wanted: InstanceConstraint,
  types: readonly InstanceType[],
): InstanceSpecExplanation {
  const judgement = judge(images, wanted, types)
  const all = pairs(judgement, wanted.constraints)
  const [best] = all
  const candidates = best
    ? all.map((pair): Candidate => {
        const { instanceType, image } = pair
        return { instanceType, image, verdict: verdict(best, pair) }
      })
    : []
  if (!best || best.rank > 1) return { problem: nothingFits(judgement, wanted).message, candidates }
  return { chosen: { instanceType: best.instanceType, image: best.image }, candidates }
}
