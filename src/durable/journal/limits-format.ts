/** `limits.yaml`. */

import * as z from 'zod'
import type { CloudLimit } from '../../provisioner/durable-runner.ts'

const count = z.int().min(1)

export const cloudLimit = z
  .object({
    cloud: z.string().min(1),
    kind: z.enum(['bootstrap', 'start', 'stop', 'destroy']),
    atOnce: count,
    atOncePerWorker: count,
    perSecond: z.number().positive().optional(),
  })
  .transform((limit) => limit as CloudLimit)

export const limitsDocument = z.object({ limits: z.array(cloudLimit).default([]) })
