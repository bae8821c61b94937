/** `servers.yaml`. */

import * as z from 'zod'
import { Secret } from '../cloud/secret.ts'

const secret = z.string().transform((value) => new Secret(value))
const texts = z.record(z.string(), z.string())
const kept = { id: z.string(), revision: z.int().positive() }

const server = z.object({
  ...kept,
  name: z.string(),
  attempt: z.string(),
  labels: texts,
  state: z.enum(['creating', 'ready', 'deleting']),
  image: z.string(),
  flavor: z.string(),
  userData: secret.optional(),
  publicIp: z.boolean(),
  securityGroups: z.array(z.string()),
  allowedSourceAddresses: z.array(z.string()),
  tags: texts,
  ssh: z.discriminatedUnion('mode', [
    z.object({ mode: z.literal('ca'), authorityId: z.string() }),
    z.object({ mode: z.literal('keypair') }),
    z.object({ mode: z.literal('none') }),
  ]),
  hint: z
    .object({
      phase: z.enum(['Queued', 'Pending', 'Building', 'Running', 'Stopping', 'Stopped']),
      since: z.number(),
    })
    .optional(),
})

const authority = z.object({
  ...kept,
  organization: z.string(),
  project: z.string(),
  publicKey: z.string(),
})

const key = z.object({ ...kept, publicKey: z.string(), privateKey: secret })

/** What each section of the file holds, by id. */
export const SECTIONS = {
  servers: z.record(z.string(), server).default({}),
  authorities: z.record(z.string(), authority).default({}),
  keys: z.record(z.string(), key).default({}),
}
