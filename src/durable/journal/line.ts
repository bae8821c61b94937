/** What stands in the file of a job: a first line with all of it, then a line for each thing that happened. */

import * as z from 'zod'
import type { Json } from '../../provisioner/durable-runner.ts'

/** Stands in the first line. A file of a greater one was written by a newer version. */
export const FORMAT = 1

const at = z.number()
const task = z.string()
/** It was read as JSON. */
const json = z.custom<Json>((value) => value !== undefined)

export const firstLine = z.object({
  format: z.literal(FORMAT),
  at,
  job: z.object({
    id: z.string(),
    kind: z.enum(['bootstrap', 'start', 'stop', 'destroy']),
    controller: z.string(),
    cloud: z.string(),
    model: z.string(),
    priority: z.int().min(0).max(9),
    createdAt: z.number(),
  }),
  tasks: z.array(z.object({ id: z.string(), input: json })),
})

const outcome = z.discriminatedUnion('status', [
  z.object({ status: z.literal('succeeded'), result: json }),
  z.object({
    status: z.literal('failed'),
    error: z.object({
      name: z.string(),
      code: z.string().optional(),
      message: z.string(),
      hint: z.string().optional(),
    }),
  }),
  z.object({ status: z.literal('cancelled') }),
])

export const line = z.discriminatedUnion('is', [
  z.object({ is: z.literal('begun'), at, task }),
  /** Its job is paused, and its place is for others until it is begun again. */
  z.object({ is: z.literal('rest'), at, task }),
  z.object({ is: z.literal('step'), at, task, name: z.string(), result: json }),
  /** When one of the times ends that the task waits or has others wait; they are numbered from 1. */
  z.object({ is: z.literal('wait'), at, task, wait: z.int(), until: z.number() }),
  z.object({ is: z.literal('report'), at, task, message: z.string() }),
  z.object({ is: z.literal('outcome'), at, task, outcome }),
  z.object({ is: z.enum(['pause', 'resume', 'cancel']), at }),
])

export type FirstLine = z.infer<typeof firstLine>
export type Line = z.infer<typeof line>
