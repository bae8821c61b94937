/** Glance's images one by one, whoever made them. */

import {
  type CallOptions,
  type CatalogImage,
  findError,
  ForbiddenError,
  type ImageCatalog,
} from 'cloud-environs/provider'
import type { Image } from './api/index.ts'
import { archOf, imageState } from './images.ts'
import type { Scope } from './scope.ts'

const MIB_PER_GIB = 1024
const BYTES_PER_MIB = 1_048_576

/** Hypervisors by Nova's names, in the words of the constraint `virt-type`. */
const VIRT_TYPES: Readonly<Record<string, string>> = { qemu: 'kvm', lxc: 'lxd', ironic: 'baremetal' }

/** The images that the credential can see. */
export class GlanceImageCatalog implements ImageCatalog {
  readonly #scope: Scope

  constructor(scope: Scope) {
    this.#scope = scope
  }

  async require(id: string, { signal }: CallOptions = {}): Promise<CatalogImage> {
    return catalogImage(await this.#scope.connection.image.images.get(id, { signal }))
  }

  /**
   * Makes it public where the cloud lets the credential do so, which mostly is for administrators; else `community`,
   * with which everybody who knows its id can use it.
   */
  async publish(id: string, { signal }: CallOptions = {}): Promise<void> {
    const { images } = this.#scope.connection.image
    try {
      await images.update(id, { visibility: 'public' }, { signal })
    } catch (error) {
      if (!findError(error, ForbiddenError)) throw error
      await images.update(id, { visibility: 'community' }, { signal })
    }
  }
}

function catalogImage(image: Image): CatalogImage {
  const { id, name, minDisk, minRam, virtualSize = 0, properties } = image
  const { architecture, img_hv_type: hypervisor = properties['hypervisor_type'] } = properties
  const disk = Math.max(minDisk * MIB_PER_GIB, Math.ceil(virtualSize / BYTES_PER_MIB))
  return {
    id,
    name,
    state: imageState(image),
    ...(architecture ? { arch: archOf(architecture) } : {}),
    ...(disk > 0 ? { minDisk: disk } : {}),
    ...(minRam > 0 ? { minMem: minRam } : {}),
    ...(hypervisor ? { virtType: VIRT_TYPES[hypervisor] ?? hypervisor } : {}),
    tags: properties,
  }
}
