import { type CatalogImage, type ImageCatalog, NotFoundError } from 'cloud-environs/provider'
import type { MemoryCloud, MemoryImage } from './cloud.ts'

/** An image by its id, snapshots included. @throws NotFoundError */
export function imageById(cloud: MemoryCloud, id: string): MemoryImage {
  const found = [...cloud.images, ...cloud.snapshots()].find((image) => image.id === id)
  if (found) return found
  throw new NotFoundError(`image ${id} not found`, {
    resource: `image ${id}`,
    hint: `choose one of: ${cloud.images.map((image) => image.id).join(', ')}`,
  })
}

/** The images of the cloud. */
export class MemoryImages implements ImageCatalog {
  readonly #cloud: MemoryCloud

  constructor(cloud: MemoryCloud) {
    this.#cloud = cloud
  }

  async require(id: string): Promise<CatalogImage> {
    const {
      name = id,
      state = 'ready',
      tags = {},
      arch,
      minDisk,
      minMem,
      virtType,
    } = imageById(this.#cloud, id)
    return {
      id,
      name,
      state,
      tags,
      arch,
      ...(minDisk === undefined ? {} : { minDisk }),
      ...(minMem === undefined ? {} : { minMem }),
      ...(virtType === undefined ? {} : { virtType }),
    }
  }

  async publish(id: string): Promise<void> {
    const image = imageById(this.#cloud, id)
    if (this.#cloud.snapshots().includes(image)) this.#cloud.setSnapshot({ ...image, public: true })
  }
}
