/** Waits for images. */

import { EnvironsError, NotFoundError } from 'cloud-environs'
import type { Clock } from 'cloud-environs/provider'
import type { CallOptions, ListOptions } from '../service/options.ts'
import { type WaitOptions, Watcher } from '../service/watcher.ts'
import type { Image, ImageStatus } from './image.ts'

/** How to wait for a status; `timeoutMs` is 1,800,000 by default: images are large. */
export interface WaitForImageStatusOptions extends WaitOptions<Image> {
  /** Statuses that end the wait, default `active`. */
  readonly accept?: readonly ImageStatus[] | undefined
  /** Statuses that fail it, default `killed`, `deleted` and `pending_delete`; accepted ones win. */
  readonly reject?: readonly ImageStatus[] | undefined
}

/** An image came into a status that it was not to come into: `killed`, `deleted`, ... */
export class ImageStatusError extends EnvironsError {
  readonly image: Image

  constructor(image: Image) {
    super(`image ${image.id} is in status ${image.status}`, {
      operation: 'wait for',
      resource: `image ${image.id}`,
      hint: 'delete the image and make it again; the operator finds the reason in the logs of the image service',
    })
    this.image = image
  }
}

const TIMEOUT_MS = 1_800_000
const ENDS: readonly ImageStatus[] = ['killed', 'deleted', 'pending_delete']

interface Images {
  get(id: string, options: CallOptions): Promise<Image>
  list(query: object, options: ListOptions): AsyncIterable<Image>
}

/** Shared by all waits for images of one connection. */
export class ImageWatcher extends Watcher<Image> {
  constructor(images: Images, clock: Clock) {
    const watched = {
      resource: 'image',
      get: (id: string, options: CallOptions) => images.get(id, options),
      list: (options: ListOptions) => images.list({}, options),
      describe: ({ status }: Image) => status,
    }
    super(watched, clock)
  }

  /** See `Images.waitForStatus`. */
  waitForStatus(id: string, options: WaitForImageStatusOptions = {}): Promise<Image> {
    const { signal, timeoutMs = TIMEOUT_MS, accept = ['active'], reject = ENDS, onStatus } = options
    const goal = accept.join(' or ')
    const verdict = (image: Image | undefined): Image | undefined => {
      if (!image) {
        throw new NotFoundError(`image ${id} is gone, and was never ${goal}`, {
          operation: 'wait for',
          resource: `image ${id}`,
        })
      }
      onStatus?.(image)
      if (accept.includes(image.status)) return image
      if (reject.includes(image.status)) throw new ImageStatusError(image)
      return undefined
    }
    return this.until(id, verdict, { signal, timeoutMs, goal, atOnce: true })
  }
}
