import type { CatalogImage, ImageMetadata } from 'cloud-environs/provider'
import type { Image, OpenStackConnection } from './api/index.ts'
import { archNamed, type NamedSystem, releaseNamed, systemNamed } from './image-names.ts'

/** Architectures as Glance's `architecture` property has them, in Juju's words. */
const ARCHES: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  amd64: 'amd64',
  aarch64: 'arm64',
  arm64: 'arm64',
  armv7l: 'armhf',
  i686: 'i386',
  ppc64le: 'ppc64el',
  riscv64: 'riscv64',
  s390x: 's390x',
}

const MIB_PER_GIB = 1024

/** Distributions that clouds call by other names, in ours. */
const DISTROS: Readonly<Record<string, string>> = {
  'centos-stream': 'centos',
  'red hat enterprise linux': 'rhel',
  'rocky linux': 'rocky',
  rockylinux: 'rocky',
  alma: 'almalinux',
}

/** Description of this source. */
const SOURCE = 'image service'

/**
 * The system in an image: what its properties say, with a codename for a version allowed; else what its name tells. A name
 * that contradicts `os_distro` tells nothing.
 */
function systemOf({ name, properties }: Image): NamedSystem | undefined {
  const { os_distro: distro = '', os_version: version = '' } = properties
  const os = DISTROS[distro.toLowerCase()] ?? distro.toLowerCase()
  if (os !== '' && version !== '') {
    const release = releaseNamed(version)
    return { os, version: release?.os === os ? release.version : version }
  }
  const named = systemNamed(name)
  return named && (os === '' || named.os === os) && (version === '' || named.version === version)
    ? named
    : undefined
}

/** What the cloud's image service tells of an image, or nothing when nobody knows what system is in it. */
function imageMetadata(image: Image): ImageMetadata | undefined {
  const { id, name, minDisk, minRam, properties } = image
  const system = systemOf(image)
  const arch = ARCHES[properties['architecture'] ?? archNamed(name) ?? 'x86_64']
  if (!system || arch === undefined) return undefined
  return { id, ...system, arch, minDisk: minDisk * MIB_PER_GIB, minMem: minRam, source: SOURCE }
}

const STATES: Readonly<Record<string, CatalogImage['state']>> = {
  active: 'ready',
  deactivated: 'failed',
  deleted: 'failed',
  killed: 'failed',
  pending_delete: 'failed',
}

/** Whether an image can be used; one that an administrator closed, or that is gone, never can. */
export const imageState = ({ status }: Image): CatalogImage['state'] => STATES[status] ?? 'pending'

/** Architecture as Glance's property has it, in Juju's words; a word that Juju has not is left as it is. */
export const archOf = (architecture: string): string => ARCHES[architecture] ?? architecture

/** Of a machine, whose disk it is a copy of: it has the properties of the image that the machine was started from. */
const isSnapshot = ({ properties: { image_type: type } }: Image): boolean =>
  type === 'snapshot' || type === 'backup'

/** Metadata of all images that can be used, newest first; what somebody made of a machine comes last. */
export async function listImages(
  connection: OpenStackConnection,
  signal: AbortSignal,
): Promise<readonly ImageMetadata[]> {
  const images = await connection.image.images.all({ status: 'active', sort: 'created_at:desc' }, { signal })
  const ordered = [...images.filter((image) => !isSnapshot(image)), ...images.filter(isSnapshot)]
  return ordered.map(imageMetadata).filter((image) => image !== undefined)
}
