/** Snapshots of servers: images that Nova takes of them. */

import {
  type CallOptions,
  NotFoundError,
  NotValidError,
  RESERVED_TAG_PREFIX,
  type Snapshot,
  type SnapshotParams,
  type Snapshots,
  TAG_CONTROLLER,
  TAG_MODEL,
} from 'cloud-environs/provider'
import type { Image } from './api/index.ts'
import { imageState } from './images.ts'
import { modelServer } from './servers-of-model.ts'
import type { Scope } from './scope.ts'

/** Property of the image: what it was taken of. Nova's own (`instance_uuid`) is not there until its data is. */
const SOURCE = 'juju-snapshot-of'

/** The snapshots of one model's servers. */
export class ServerSnapshots implements Snapshots {
  readonly #scope: Scope

  constructor(scope: Scope) {
    this.#scope = scope
  }

  async create(
    id: string,
    { name, tags = {} }: SnapshotParams,
    { signal }: CallOptions = {},
  ): Promise<Snapshot> {
    const reserved = Object.keys(tags).find((key) => key.startsWith(RESERVED_TAG_PREFIX))
    if (reserved !== undefined) {
      throw new NotValidError(`tag "${reserved}" is reserved`, {
        hint: `tags may not begin with "${RESERVED_TAG_PREFIX}"`,
      })
    }
    const { metadata: of } = await modelServer(this.#scope, id, signal)
    const metadata = {
      ...tags,
      [TAG_MODEL]: of[TAG_MODEL] ?? '',
      [TAG_CONTROLLER]: of[TAG_CONTROLLER] ?? '',
      [SOURCE]: id,
    }
    const imageId = await this.#scope.connection.compute.servers.createImage(id, name, { metadata, signal })
    return { id: imageId, name, state: 'pending', tags: metadata, source: id }
  }

  async list(
    { source }: { readonly source?: string | undefined } = {},
    { signal }: CallOptions = {},
  ): Promise<readonly Snapshot[]> {
    const properties = {
      [TAG_MODEL]: this.#scope.config().uuid,
      ...(source === undefined ? {} : { [SOURCE]: source }),
    }
    const { identity, image } = this.#scope.connection
    const owner = (await identity.authenticate({ signal })).project?.id
    // A snapshot that was published is as much the model's as before.
    const images = await image.images.all(
      { visibility: 'all', owner, sort: 'created_at:desc', properties },
      { signal },
    )
    return images.map(toSnapshot)
  }

  async delete(snapshotId: string, { signal }: CallOptions = {}): Promise<void> {
    const ours = (await this.list({}, { signal })).some(({ id }) => id === snapshotId)
    if (ours) await this.#scope.connection.image.images.delete(snapshotId, { signal })
    else await this.#refuseForeign(snapshotId, signal)
  }

  async #refuseForeign(snapshotId: string, signal: AbortSignal | undefined): Promise<void> {
    const found = await this.#scope.connection.image.images.all({ id: snapshotId }, { signal })
    if (found.length === 0) return
    throw new NotFoundError(`image ${snapshotId} is no snapshot of this model`, {
      operation: 'delete snapshot',
      resource: `image ${snapshotId}`,
      hint: 'delete it with the tools of the cloud, if it is to go',
    })
  }
}

function toSnapshot(image: Image): Snapshot {
  const { id, name, properties } = image
  return { id, name, state: imageState(image), tags: properties, source: properties[SOURCE] ?? '' }
}
