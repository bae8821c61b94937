import { z } from 'zod'
import { readAgentVersion } from './version.ts'

const MANIFEST = z.object({
  version: z.string().refine((text) => readAgentVersion(text) !== undefined),
  os: z.string(),
  arch: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  size: z.int().positive(),
})

/** What a manifest says; `undefined` when it is none. */
export function parseManifest(text: string): z.infer<typeof MANIFEST> | undefined {
  try {
    return MANIFEST.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
