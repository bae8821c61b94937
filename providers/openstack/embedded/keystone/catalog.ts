import { createHash } from 'node:crypto'
import type { JsonObject } from '../json.ts'
import { microZulu } from '../time.ts'
import { DOMAIN } from './authenticate.ts'
import type { Token } from './identity.ts'

/** A region and the path in front of its services: empty for the first one. */
export interface RegionPath {
  readonly name: string
  readonly path: string
}

/** Services of a region. Endpoints `ofProject` end in the project's id. */
const SERVICES = [
  { type: 'compute', name: 'nova', path: '/compute/v2.1' },
  { type: 'network', name: 'neutron', path: '/network' },
  { type: 'image', name: 'glance', path: '/image' },
  { type: 'block-storage', name: 'cinder', path: '/volume/v3', ofProject: true },
  // The same service under the name that older clients look for.
  { type: 'volumev3', name: 'cinderv3', path: '/volume/v3', ofProject: true },
] as const

const INTERFACES = ['public', 'internal', 'admin'] as const

/** Ids in the catalog stay the same for a cloud's life. */
function stableId(...parts: string[]): string {
  return createHash('md5').update(parts.join('/')).digest('hex')
}

export function serviceList(): { id: string; type: string; name: string }[] {
  return [...SERVICES, { type: 'identity', name: 'keystone' }].map(({ type, name }) => ({
    id: stableId('service', type),
    type,
    name,
  }))
}

/** Without a project, all endpoints are those that need none. */
export function catalog(origin: string, regions: readonly RegionPath[], projectId?: string): JsonObject[] {
  const paths = new Map<string, string>(
    SERVICES.map((service) => {
      const { type, path } = service
      return [type, projectId !== undefined && 'ofProject' in service ? `${path}/${projectId}` : path]
    }),
  )
  return serviceList().map((service) => ({
    ...service,
    endpoints: regions.flatMap((region) => {
      const path = paths.get(service.type)
      const url = path === undefined ? `${origin}/identity/v3` : `${origin}${region.path}${path}`
      return INTERFACES.map((endpoint) => ({
        id: stableId('endpoint', service.type, region.name, endpoint),
        interface: endpoint,
        region: region.name,
        region_id: region.name,
        url,
      }))
    }),
  }))
}

/** The body of a token, without its id. */
export function tokenView(token: Token, origin: string, regions: readonly RegionPath[]): JsonObject {
  const { user, project, applicationCredential: credential } = token
  return {
    methods: token.methods,
    user: { domain: DOMAIN, id: user.id, name: user.name, password_expires_at: null },
    audit_ids: token.auditIds,
    expires_at: microZulu(token.expiresAt),
    issued_at: microZulu(token.issuedAt),
    ...(project && {
      project: { domain: DOMAIN, id: project.id, name: project.name },
      is_domain: false,
      roles: token.roles,
      catalog: catalog(origin, regions, project.id),
    }),
    ...(credential && {
      application_credential: {
        id: credential.id,
        name: credential.name,
        restricted: !credential.unrestricted,
      },
    }),
  }
}
