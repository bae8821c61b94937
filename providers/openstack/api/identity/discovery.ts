/** Finds Keystone's v3 below the URL that people configure. */

import { EnvironsError, NotSupportedError } from 'cloud-environs'
import { z } from 'zod'
import { lazy } from '../service/lazy.ts'
import type { Transport } from '../transport/transport.ts'

/** Where Keystone v3 is. */
export interface IdentityEndpoint {
  /** Ends in `/v3`, or whatever stands for it. */
  readonly url: string
  /** `3.14`, when the cloud said so. */
  readonly version?: string | undefined
}

const documentSchema = lazy(() => {
  const version = z.object({
    id: z.string(),
    status: z.string().default('stable'),
    links: z.array(z.object({ rel: z.string(), href: z.string() })).default([]),
  })
  const versions = z.union([z.array(version), z.object({ values: z.array(version) })])
  return z.union([z.object({ versions }), z.object({ version })])
})

/**
 * The v3 endpoint for an auth URL. One that ends in `/v3` is taken as it is, without a request; others are asked for the
 * versions they have. @throws NotSupportedError when there is only v2.0; UnavailableError
 */
export async function discoverIdentity(
  transport: Transport,
  authUrl: string,
  options: { readonly signal?: AbortSignal | undefined; readonly deadline: number },
): Promise<IdentityEndpoint> {
  const given = authUrl.replace(/\/+$/, '')
  if (isV3(given)) return { url: given }
  // An old configuration may name v2.0 on a cloud that long has v3.
  const root = given.replace(/\/v2\.0$/, '')
  const document = await versionDocument(transport, root, options)
  // Some clouds show the document to nobody; the conventional place is worth a try then.
  if (!document) return { url: `${root}/v3` }
  const versions =
    'version' in document
      ? [document.version]
      : Array.isArray(document.versions)
        ? document.versions
        : document.versions.values
  const v3 = versions.find(({ id, status }) => id.startsWith('v3') && status.toLowerCase() !== 'deprecated')
  if (!v3) {
    throw new NotSupportedError(
      `the identity service at ${root} offers only ${versions.map(({ id }) => id).join(', ') || 'nothing'}; v3 is needed`,
      { operation: 'authenticate', hint: 'check the auth URL; clouds without Keystone v3 are not supported' },
    )
  }
  return {
    url: v3Url(root, v3.links.find(({ rel }) => rel === 'self')?.href, 'version' in document),
    version: v3.id.slice(1),
  }
}

async function versionDocument(
  transport: Transport,
  url: string,
  options: { readonly signal?: AbortSignal | undefined; readonly deadline: number },
) {
  try {
    const { json } = await transport.request({
      method: 'GET',
      url: `${url}/`,
      // The list of versions comes as "300 Multiple Choices".
      expect: [300],
      operation: 'find the version of',
      resource: 'the identity service',
      service: 'identity',
      ...options,
    })
    return documentSchema().safeParse(json).data
  } catch (error) {
    if (error instanceof EnvironsError && error.status !== undefined && error.status < 500) return undefined
    throw error
  }
}

/**
 * Links are only trusted for their path: behind a proxy they often name a host, a scheme or a prefix that cannot be
 * reached from here.
 */
function v3Url(root: string, href: string | undefined, isOwnDocument: boolean): string {
  const asked = new URL(root)
  const path = href === undefined ? '' : new URL(href, `${root}/`).pathname.replace(/\/+$/, '')
  const prefix = asked.pathname.replace(/\/+$/, '')
  if (isV3(path) && path.startsWith(prefix)) return asked.origin + path
  return isOwnDocument ? root : `${root}/v3`
}

function isV3(url: string): boolean {
  return url.endsWith('/v3')
}
