import * as z from 'zod'
import { RESERVED_TAG_PREFIX } from '../environ/tags.ts'
import { isBase } from './base.ts'

/** Names of models and controllers: lower-case letters, digits and hyphens, not at either end. */
export const NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

const DEFAULT_BASE = 'ubuntu@24.04'

const bool = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')], {
  error: 'is neither true nor false',
})

/** `a=1 b=2`, or a map. */
const resourceTags = z
  .union(
    [
      z.record(z.string(), z.string()),
      z
        .string()
        .regex(/^\s*(?:[^=\s]+=\S*(?:\s+|$))*$/)
        .transform((text) =>
          Object.fromEntries(
            text
              .split(/\s+/)
              .filter(Boolean)
              .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
          ),
        ),
    ],
    { error: 'is neither a map of texts nor key=value pairs separated by spaces' },
  )
  .refine((tags) => Object.keys(tags).every((key) => !key.startsWith(RESERVED_TAG_PREFIX)), {
    message: `tags may not start with "${RESERVED_TAG_PREFIX}", which is reserved`,
  })

/** The attributes that every model has; a provider's own pass through. */
export const modelAttributes = z.looseObject({
  name: z.string().regex(NAME, 'is not a valid name: use lower-case letters, digits and hyphens'),
  type: z.string().min(1),
  uuid: z.string().regex(UUID, 'is not a UUID'),
  'firewall-mode': z.enum(['instance', 'global', 'none']).default('instance'),
  'authorized-keys': z.string().default(''),
  'default-base': z.string().refine(isBase, 'is not a base such as ubuntu@24.04').default(DEFAULT_BASE),
  'resource-tags': resourceTags.default({}),
  'ssl-hostname-verification': bool.default(true),
})

/** Attributes that stay as they were when the model was made. */
export const IMMUTABLE = ['name', 'type', 'uuid', 'firewall-mode'] as const
