/** What an instance is started from, and why that and nothing else. */

import type { Constraints } from '../constraints/value.ts'
import type { InstanceType } from './capabilities.ts'
import type { ImageMetadata } from './images.ts'
import type { Base } from './instance-config.ts'

/** What an instance is to be started from (Juju: `instances.InstanceSpec`). */
export interface InstanceSpec {
  readonly instanceType: InstanceType
  readonly image: ImageMetadata
}

/** What keeps an image from being taken, whatever the instance type. */
export interface ImageObstacle {
  readonly kind: 'base' | 'image-arch' | 'image-id'
  readonly wanted: string
  readonly has: string
}

/** What keeps an instance type from being taken, whatever the image. Sizes are in MiB. */
export type InstanceTypeObstacle =
  | {
      readonly kind: 'cores' | 'cpu-power' | 'mem' | 'root-disk'
      readonly wanted: number
      readonly has: number
      /** Nobody asked for it: so much is wanted when no one says how much. */
      readonly byDefault?: boolean
    }
  | { readonly kind: 'arch'; readonly wanted: readonly string[]; readonly has: string }
  | { readonly kind: 'instance-type'; readonly wanted: string; readonly has: string }
  | { readonly kind: 'tags'; readonly missing: readonly string[] }
  | { readonly kind: 'virt-type'; readonly wanted: string; readonly has?: string }

/** What keeps an image and an instance type from being taken together. Sizes are in MiB. */
export type PairObstacle =
  | { readonly kind: 'image-mem' | 'image-disk'; readonly wanted: number; readonly has: number }
  | { readonly kind: 'pair-arch' | 'image-virt-type'; readonly wanted: string; readonly has: string }

/** Why something cannot be taken. */
export type Obstacle = ImageObstacle | InstanceTypeObstacle | PairObstacle

/** What puts one candidate before another that would do as well, in this order. */
export type Precedence =
  | 'virt-type'
  | 'arch'
  | 'cost'
  | 'mem'
  | 'cpu-power'
  | 'cores'
  | 'root-disk'
  | 'name'
  | 'image'

/** What became of a candidate; `message` is a sentence about it. */
export type Verdict =
  | { readonly outcome: 'chosen'; readonly message: string }
  | { readonly outcome: 'passed-over'; readonly by: Precedence; readonly message: string }
  | { readonly outcome: 'rejected'; readonly obstacles: readonly Obstacle[]; readonly message: string }

/** An instance type and an image, and what became of them. Where the image came from is its `source`. */
export interface Candidate extends InstanceSpec {
  readonly verdict: Verdict
}

/** Why an instance type and an image are chosen, and the others are not. */
export interface InstanceSpecExplanation {
  readonly chosen?: InstanceSpec
  /** What a start would fail with, when nothing can be chosen. */
  readonly problem?: string
  /** Each instance type with each image, in the order of the choice: the chosen one first, the rejected ones last. */
  readonly candidates: readonly Candidate[]
}

/** What `explainInstanceSpec` looks at. */
export interface ExplainInstanceSpecParams {
  readonly base: Base
  readonly constraints: Constraints
  /** Images that may be used, best source first. None: the provider looks for itself. */
  readonly imageMetadata?: readonly ImageMetadata[]
}
