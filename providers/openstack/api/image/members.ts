/** Projects that an image is shared with (https://docs.openstack.org/api-ref/image/v2/#sharing). */

import { z } from 'zod'
import { segment } from '../compute/path-segment.ts'
import { lazy } from '../service/lazy.ts'
import type { CallOptions } from '../service/options.ts'
import { readItems, readOne } from '../service/read.ts'
import type { ServiceClient, ServiceRequest } from '../service/service-client.ts'

/** A member decides: an image that it has not accepted is shown by its id, and not in its lists. */
export type ImageMemberStatus = 'pending' | 'accepted' | 'rejected'

/** A project that an image is shared with. */
export interface ImageMember {
  readonly imageId: string
  /** Id of the project. */
  readonly memberId: string
  readonly status: ImageMemberStatus
}

const memberSchema = lazy(() =>
  z
    .object({
      image_id: z.string(),
      member_id: z.string(),
      status: z.enum(['pending', 'accepted', 'rejected']),
    })
    .transform(
      (wire): ImageMember => ({ imageId: wire.image_id, memberId: wire.member_id, status: wire.status }),
    ),
)

/** `image.members`. Only images of the visibility `shared` have any. */
export class ImageMembers {
  readonly #client: ServiceClient

  constructor(client: ServiceClient) {
    this.#client = client
  }

  /** All of them for the owner; for others, only themselves. @throws ForbiddenError for an image that is not shared */
  async all(imageId: string, options: CallOptions = {}): Promise<ImageMember[]> {
    const json = await this.#ask('GET', imageId, '', { operation: 'list members of', ...options })
    return readItems(json, 'members', memberSchema(), this.#client.logger)
  }

  /** Shares the image with a project. @throws AlreadyExistsError when it is shared with it */
  async create(imageId: string, memberId: string, options: CallOptions = {}): Promise<ImageMember> {
    const json = { member: memberId }
    const answer = await this.#ask('POST', imageId, '', { json, operation: 'add a member to', ...options })
    return readOne(answer, undefined, memberSchema(), `member ${memberId} of image ${imageId}`)
  }

  /** Accepts or rejects the image; only the member itself may. */
  async update(
    imageId: string,
    memberId: string,
    status: ImageMemberStatus,
    options: CallOptions = {},
  ): Promise<ImageMember> {
    const operation = 'update a member of'
    const answer = await this.#ask('PUT', imageId, below(memberId), {
      json: { status },
      operation,
      ...options,
    })
    return readOne(answer, undefined, memberSchema(), `member ${memberId} of image ${imageId}`)
  }

  /** Whether the image was shared with the project: already gone is success. */
  async delete(imageId: string, memberId: string, options: CallOptions = {}): Promise<boolean> {
    const path = pathOf(imageId) + below(memberId)
    const resource = `member ${memberId} of image ${imageId}`
    return await this.#client.delete({ path, resource, ...options })
  }

  async #ask(
    method: ServiceRequest['method'],
    imageId: string,
    path: string,
    request: Omit<ServiceRequest, 'method' | 'path' | 'resource'>,
  ): Promise<unknown> {
    const resource = `image ${imageId}`
    const answer = await this.#client.request({ method, path: pathOf(imageId) + path, resource, ...request })
    return answer.json
  }
}

function pathOf(imageId: string): string {
  return `/images/${segment('the id of an image', imageId)}/members`
}

function below(memberId: string): string {
  return `/${segment('the id of a project', memberId)}`
}
