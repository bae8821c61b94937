/** A token and what Keystone says with it. */

import type { Secret } from 'cloud-environs'
import { z } from 'zod'
import { lazy } from '../service/lazy.ts'
import type { CatalogService } from './catalog.ts'

/** A named thing of Keystone's. */
export interface Named {
  readonly id: string
  readonly name: string
}

/** A project that a token is for. */
export interface TokenProject extends Named {
  readonly domain?: Named | undefined
}

/** A token with the rights that it carries. */
export interface Token {
  readonly id: Secret
  /** Milliseconds since the epoch on our own clock, so that a difference between clocks does no harm. */
  readonly expiresAt: number
  /** From when on to get the next one. */
  readonly refreshAt: number
  readonly user: Named
  readonly project?: TokenProject | undefined
  readonly roles: readonly string[]
  readonly catalog: readonly CatalogService[]
}

const REFRESH_BEFORE_MS = 120_000

/** The body of the answer to `POST /v3/auth/tokens`. */
export const tokenSchema = lazy(() => {
  const named = z.object({ id: z.string(), name: z.string().default('') })
  const endpoint = z.object({
    url: z.string(),
    interface: z.string(),
    region: z.string().nullish(),
    region_id: z.string().nullish(),
  })
  const service = z.object({ type: z.string(), endpoints: z.array(endpoint).default([]) })
  return z.object({
    expires_at: z.string(),
    issued_at: z.string(),
    user: named,
    project: named.extend({ domain: named.optional() }).optional(),
    roles: z.array(named).default([]),
    catalog: z.array(service).default([]),
  })
})

/** Keystone's token as ours. A token that cannot be renewed is used to its end. */
export function toToken(
  wire: z.infer<ReturnType<typeof tokenSchema>>,
  id: Secret,
  now: number,
  renewable: boolean,
): Token {
  const lifetime = Date.parse(wire.expires_at) - Date.parse(wire.issued_at)
  // Half of a very short life, so that such a token is used at all.
  const margin = renewable ? Math.min(REFRESH_BEFORE_MS, lifetime / 2) : 0
  return {
    id,
    expiresAt: now + lifetime,
    refreshAt: now + lifetime - margin,
    user: wire.user,
    project: wire.project,
    roles: wire.roles.map(({ name }) => name),
    catalog: wire.catalog.map(({ type, endpoints }) => ({
      type,
      endpoints: endpoints.map((endpoint) => ({
        url: endpoint.url,
        interface: endpoint.interface,
        regions: [endpoint.region_id, endpoint.region].filter((region) => typeof region === 'string'),
      })),
    })),
  }
}
