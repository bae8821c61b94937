import {
  type AgentBinary,
  type Base,
  type Constraints,
  explainInstanceSpec,
  findInstanceSpec,
  type ImageMetadata,
  type InstanceConstraint,
  type InstanceSpec,
  type InstanceSpecExplanation,
  type InstanceType,
  NotFoundError,
  withAgentFor,
} from 'cloud-environs/provider'
import type { Flavor } from './api/index.ts'
import { instanceTypes } from './flavors.ts'
import { listImages } from './images.ts'
import { bootsFromVolume } from './root-disk.ts'
import type { Scope } from './scope.ts'

/** What a machine is wanted to be. */
export interface MachineWish {
  readonly base: Base
  readonly constraints: Constraints
  /** Images to choose from. None: those of the cloud's own image service. */
  readonly images?: readonly ImageMetadata[] | undefined
  /** Agents that may run on it: no other architecture will do. */
  readonly tools?: readonly AgentBinary[] | undefined
}

const flavors = ({ connection, coalescer }: Scope, signal?: AbortSignal): Promise<readonly Flavor[]> =>
  coalescer.share('flavors', signal, (signal) => connection.compute.flavors.all({}, { signal }))

/** Names of the flavors, sorted. */
export const flavorNames = async (scope: Scope, signal?: AbortSignal): Promise<readonly string[]> =>
  (await flavors(scope, signal)).map(({ name }) => name).sort()

/** The images of the image service that can be used. */
export const cloudImages = (
  { connection, coalescer }: Scope,
  signal?: AbortSignal,
): Promise<readonly ImageMetadata[]> =>
  coalescer.share('images', signal, (signal) => listImages(connection, signal))

/** What the cloud offers, for every architecture that it has images of. */
export async function offeredInstanceTypes(
  scope: Scope,
  signal?: AbortSignal,
): Promise<readonly InstanceType[]> {
  const [offered, images] = await Promise.all([flavors(scope, signal), cloudImages(scope, signal)])
  return instanceTypes(offered, new Set(images.map(({ arch }) => arch)))
}

/** @throws NotFoundError listing the images there are, when the one that is asked for is none of them */
function checkImage({ imageId }: Constraints, images: readonly ImageMetadata[]): void {
  if (!imageId || images.some(({ id }) => id === imageId)) return
  const known = images.map(({ id, os, version, arch }) => `${id} (${os}@${version} ${arch})`)
  throw new NotFoundError(`image "${imageId}" not found among those that tell what they are`, {
    resource: `image "${imageId}"`,
    hint: `use one of: ${known.join(', ') || 'none'}; or set os_distro, os_version and architecture of the image`,
  })
}

/** What there is to choose from, and by what. */
type Choice = readonly [
  images: readonly ImageMetadata[],
  wanted: InstanceConstraint,
  types: readonly InstanceType[],
]

async function choiceFor(scope: Scope, wish: MachineWish, signal?: AbortSignal): Promise<Choice> {
  const [offered, all] = await Promise.all([
    flavors(scope, signal),
    wish.images ?? cloudImages(scope, signal),
  ])
  const images = withAgentFor(all, wish.tools)
  const { base, constraints } = wish
  const volume = bootsFromVolume(constraints)
  const use = { bootsFromVolume: volume, virtType: constraints.virtType }
  const types = instanceTypes(offered, new Set(images.map(({ arch }) => arch)), use)
  // Flavors have no tags, and the validator says that these are ignored.
  const { rootDisk, tags: _, ...others } = constraints
  // A volume is made as large as it has to be.
  const wanted = volume || rootDisk === undefined ? others : { ...others, rootDisk }
  return [images, { base, constraints: wanted, region: scope.region }, types]
}

/**
 * The flavor and the image for a machine.
 * @throws NotFoundError saying whether it is the image or the flavor that is missing
 */
export async function chooseInstanceSpec(
  scope: Scope,
  wish: MachineWish,
  signal?: AbortSignal,
): Promise<InstanceSpec> {
  const [images, wanted, types] = await choiceFor(scope, wish, signal)
  checkImage(wanted.constraints, images)
  return findInstanceSpec(images, wanted, types)
}

/** What {@link chooseInstanceSpec} makes of each flavor and image. */
export async function explainChoice(
  scope: Scope,
  wish: MachineWish,
  signal?: AbortSignal,
): Promise<InstanceSpecExplanation> {
  return explainInstanceSpec(...(await choiceFor(scope, wish, signal)))
}
