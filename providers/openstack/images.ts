import type { ImageMetadata } from 'cloud-environs/provider'
import type { Image, OpenStackConnection } from './api/index.ts'

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

/** What the cloud's image service tells of an image, or nothing when it does not say what system is in it. */
function imageMetadata({ id, minDisk, minRam, properties }: Image): ImageMetadata | undefined {
  const { os_distro: os, os_version: version, architecture } = properties
  const arch = ARCHES[architecture ?? 'x86_64']
  if (os === undefined || version === undefined || arch === undefined) return undefined
  return { id, os, version, arch, minDisk: minDisk * MIB_PER_GIB, minMem: minRam, source: 'image service' }
}

/** Metadata of all images that can be used, newest first. */
export async function listImages(
  connection: OpenStackConnection,
  signal: AbortSignal,
): Promise<readonly ImageMetadata[]> {
  const images = await connection.image.images.all({ status: 'active', sort: 'created_at:desc' }, { signal })
  return images.map(imageMetadata).filter((image) => image !== undefined)
}
