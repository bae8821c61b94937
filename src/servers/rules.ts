/** What holds for every server before anything of it is made. */

import {
  type InstanceType,
  supportsImageCatalog,
  supportsInstanceTypes,
  supportsOwnership,
} from '../environ/capabilities.ts'
import type { Environ } from '../environ/environ.ts'
import { NotFoundError, NotSupportedError, NotValidError } from '../environ/errors.ts'
import { canonicalCidr } from '../environ/ingress.ts'
import type { CallOptions } from '../environ/options.ts'
import type { CatalogImage, ResourceScope } from '../environ/server-hosting.ts'
import { RESERVED_TAG_PREFIX } from '../environ/tags.ts'
import type { ServerSpec } from './server.ts'

/** The environ, which has the capability. @throws NotSupportedError naming it */
export function capable<T extends Environ>(
  environ: Environ,
  guard: (environ: Environ) => environ is T,
  capability: string,
): T {
  if (guard(environ)) return environ
  const type = environ.config().type
  throw new NotSupportedError(`the provider "${type}" lacks the capability "${capability}"`, {
    resource: `capability ${capability}`,
    hint: 'use a cloud whose provider has it',
  })
}

/** A flavor by its id, once for each architecture that it is for; empty when it is retired, or was never there. */
export async function findFlavor(
  environ: Environ,
  id: string,
  options?: CallOptions,
): Promise<readonly InstanceType[]> {
  const types = await capable(environ, supportsInstanceTypes, 'instanceTypes').instanceTypes(options)
  return types.filter((type) => type.id === id)
}

/** @throws NotFoundError when there is no such flavor */
export async function requireFlavor(
  environ: Environ,
  id: string,
  options?: CallOptions,
): Promise<readonly InstanceType[]> {
  const flavor = await findFlavor(environ, id, options)
  if (flavor.length > 0) return flavor
  throw new NotFoundError(`flavor ${id} not found`, {
    resource: `flavor ${id}`,
    hint: 'choose one that the cloud still offers',
  })
}

/** Words for machines that are no hardware of their own. */
const VIRTUAL = [
  'kvm',
  'qemu',
  'hvm',
  'xen',
  'lxc',
  'lxd',
  'vmware',
  'hyperv',
  'parallels',
  'virtualized',
  'virtual-machine',
]

/** What of a kind an image or a flavor is; `undefined` for words that nobody here knows. */
function machineKind(virtType: string): 'virtual' | 'metal' | 'any' | undefined {
  const word = virtType.toLowerCase()
  if (VIRTUAL.includes(word)) return 'virtual'
  if (word === 'baremetal') return 'metal'
  return word === 'any' ? 'any' : undefined
}

/** Why a flavor cannot boot an image; `undefined` when nothing speaks against it. What is not told allows it. */
function whyUnfit(image: CatalogImage, flavor: InstanceType): string | undefined {
  const { arch, minDisk = 0, minMem = 0, virtType } = image
  if (arch !== undefined && flavor.arch !== '' && arch !== flavor.arch) {
    return `it is for ${arch}, and the flavor is ${flavor.arch}`
  }
  if (flavor.rootDisk > 0 && minDisk > flavor.rootDisk) {
    return `it needs a disk of ${minDisk} MiB, and the flavor has ${flavor.rootDisk} MiB`
  }
  if (minMem > flavor.mem) return `it needs ${minMem} MiB of memory, and the flavor has ${flavor.mem} MiB`
  if (virtType === undefined) return undefined
  const kind = machineKind(virtType)
  if (kind === undefined) return `its virtualisation "${virtType}" is not known`
  const offered = flavor.virtType === undefined ? 'any' : machineKind(flavor.virtType)
  if (kind === 'any' || offered === 'any' || kind === offered) return undefined
  return `it is for ${virtType}, and the flavor is ${flavor.virtType}`
}

/**
 * An image that a server can be made of.
 * @throws NotFoundError, NotValidError when it is not ready or does not suit the flavor
 */
export async function checkImage(
  environ: Environ,
  id: string,
  flavor: readonly InstanceType[],
  options?: CallOptions,
): Promise<void> {
  const image = await capable(environ, supportsImageCatalog, 'imageCatalog').imageCatalog.require(id, options)
  const resource = `image ${id}`
  if (image.state !== 'ready') {
    throw new NotValidError(`image "${image.name}" (${id}) is not ready: it is ${image.state}`, {
      resource,
      hint: image.state === 'pending' ? 'wait until its data is all there' : 'choose another one',
    })
  }
  const suiting = flavor.find(({ arch }) => arch === image.arch) ?? flavor[0]
  const why = suiting && whyUnfit(image, suiting)
  if (why === undefined) return
  throw new NotValidError(`image "${image.name}" (${id}) does not suit flavor "${suiting?.name}": ${why}`, {
    resource,
    hint: 'choose another image or another flavor',
  })
}

/** @throws NotFoundError for a group that is not there, NotValidError for one of another network */
async function checkSecurityGroups(
  environ: Environ,
  ids: readonly string[],
  network: string,
  { project }: ResourceScope,
  options?: CallOptions,
): Promise<void> {
  if (ids.length === 0) return
  const { ownership } = capable(environ, supportsOwnership, 'ownership')
  for (const group of await Promise.all(ids.map((id) => ownership.securityGroup(id, options)))) {
    if (group.project === project && (group.networkId ?? network) === network) continue
    throw new NotValidError(`security group "${group.name}" (${group.id}) is not for network ${network}`, {
      resource: `security group ${group.id}`,
      hint: 'choose groups of the network that the server is on',
    })
  }
}

/** @throws NotValidError for a tag that is none, or is not a user's */
export function checkTags(tags: Readonly<Record<string, string>>): void {
  for (const key of Object.keys(tags)) {
    if (key !== '' && !key.startsWith(RESERVED_TAG_PREFIX)) continue
    throw new NotValidError(`tag "${key}" is reserved or empty`, {
      resource: `tag "${key}"`,
      hint: `tags have a name, which does not begin with "${RESERVED_TAG_PREFIX}"`,
    })
  }
}

/** What is kept of a spec besides image, flavor and user data. */
export interface CheckedSpec {
  readonly publicIp: boolean
  readonly securityGroups: readonly string[]
  readonly allowedSourceAddresses: readonly string[]
  readonly tags: Readonly<Record<string, string>>
}

/** Checks what is neither image nor user data, and fills in what is left out. @throws NotFoundError, NotValidError */
export async function checkSpec(
  environ: Environ,
  spec: ServerSpec,
  network: string,
  scope: ResourceScope,
  options?: CallOptions,
): Promise<CheckedSpec> {
  const { publicIp = false, tags = {} } = spec
  const allowedSourceAddresses = [...new Set((spec.allowedSourceAddresses ?? []).map(canonicalCidr))]
  const securityGroups = [...new Set(spec.securityGroups)]
  checkTags(tags)
  await checkSecurityGroups(environ, securityGroups, network, scope, options)
  return { publicIp, securityGroups, allowedSourceAddresses, tags }
}
