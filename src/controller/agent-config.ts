/** What a controller agent is told: the file `agent.conf`, of mode 0600, JSON. */

import * as z from 'zod'
import type { CloudSpec } from '../cloud/spec.ts'
import { Secret } from '../cloud/secret.ts'
import { NotValidError } from '../environ/errors.ts'

const secret = z.string().transform((value) => new Secret(value))

/** Attributes of the credential come as texts; only their provider knows which may be shown. */
const credential = z
  .object({ authType: z.string(), attributes: z.record(z.string(), secret) })
  .transform(({ authType, attributes }) => ({ authType, attributes }))

const cloud = z.object({
  type: z.string(),
  name: z.string(),
  region: z.string().optional(),
  endpoint: z.string().optional(),
  identityEndpoint: z.string().optional(),
  storageEndpoint: z.string().optional(),
  credential: credential.optional(),
  caCertificates: z.array(z.string()).optional(),
  skipTlsVerify: z.boolean().optional(),
})

const schema = z.object({
  controllerName: z.string(),
  controllerUuid: z.guid(),
  modelUuid: z.guid(),
  apiPort: z.int().min(1).max(65_535),
  /** PEM. */
  serverCert: z.string(),
  serverKey: secret,
  /** See `hashPassword`. */
  adminPasswordHash: z.string(),
  cloud: cloud.transform((spec) => spec as CloudSpec),
  modelConfig: z.record(z.string(), z.unknown()),
})

/** See `agent-config.ts`. */
export type AgentConfig = z.output<typeof schema>

/** @throws NotValidError naming the member that is wrong */
export function parseAgentConfig(text: string, path: string): AgentConfig {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    // The parser quotes what it stumbles over, which may be a secret.
    throw new NotValidError(`${path} is no JSON`, { resource: path })
  }
  const result = schema.safeParse(document)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new NotValidError(`${path}: ${issue?.path.join('.')}: ${issue?.message}`, { resource: path })
}
