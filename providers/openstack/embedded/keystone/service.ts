import { isText, type JsonObject } from '../json.ts'
import { type Incoming, Refusal, type Reply, type Service } from '../message.ts'
import { Router } from '../router.ts'
import { accessRuleRoutes } from './access-rules.ts'
import { applicationCredentialRoutes } from './application-credentials.ts'
import { authenticate, DOMAIN } from './authenticate.ts'
import { admin, body, type Call, type Handler, list } from './call.ts'
import { catalog, type RegionPath, serviceList, tokenView } from './catalog.ts'
import { ec2CredentialRoutes } from './ec2-credentials.ts'
import { keystoneError, unauthorized } from './errors.ts'
import type { Identity, Project, Role, Token, User } from './identity.ts'

/** Keystone v3. */
export class KeystoneService implements Service {
  readonly prefix = '/identity'
  readonly maxBody = 114_688
  readonly #identity: Identity
  readonly #regions: readonly RegionPath[]
  readonly #router: Router<Handler>

  constructor(identity: Identity, regions: readonly RegionPath[]) {
    this.#identity = identity
    this.#regions = regions
    this.#router = this.#routes()
  }

  handle(incoming: Incoming): Reply {
    const base = `${incoming.origin}/identity/v3`
    const path = incoming.path.replace(/\/+$/, '')
    if (path === '') return versions(base)
    if (path === '/v3') return { status: 200, headers: VARY, body: { version: version(base) } }
    if (!path.startsWith('/v3/')) return missing()
    if (path === '/v3/auth/tokens' && incoming.method === 'POST') return this.#login(incoming, base)
    const match = this.#router.match(incoming.method, path.slice(3))
    if (!match.found) return match.allowed.length > 0 ? methodNotAllowed(match.allowed) : missing()
    const token = this.#identity.token(header(incoming, 'x-auth-token'))
    if (!token) throw unauthorized(base)
    const reply = match.handle({ incoming, parameters: match.parameters, token, base })
    return { ...reply, headers: { ...VARY, ...reply.headers } }
  }

  #login(incoming: Incoming, base: string): Reply {
    const token = authenticate(this.#identity, base, body(incoming))
    return {
      status: 201,
      headers: { ...VARY, 'X-Subject-Token': token.id },
      body: { token: tokenView(token, incoming.origin, this.#regions) },
    }
  }

  #routes(): Router<Handler> {
    const identity = this.#identity
    const router = new Router<Handler>()
      .add('GET', '/auth/tokens', ({ incoming }) => {
        const subject = this.#subject(incoming)
        return {
          status: 200,
          headers: { 'X-Subject-Token': subject.id },
          body: { token: tokenView(subject, incoming.origin, this.#regions) },
        }
      })
      .add('DELETE', '/auth/tokens', ({ incoming }) => {
        identity.revoke(this.#subject(incoming).id)
        return { status: 204 }
      })
      .add('GET', '/auth/catalog', ({ incoming, token, base }) => {
        if (!token.project)
          throw keystoneError(403, 'You are not authorized to perform the requested action.')
        return {
          status: 200,
          body: {
            catalog: catalog(incoming.origin, this.#regions),
            links: { self: `${base}/auth/catalog` },
          },
        }
      })
      .add('GET', '/auth/projects', (call) => list(call, 'projects', this.#projectsOf(call.token.user, call)))
      .add('GET', '/auth/domains', (call) => list(call, 'domains', []))
      .add('GET', '/projects', (call) => {
        admin(call, 'identity:list_projects')
        return list(
          call,
          'projects',
          [...identity.projects.values()].map((each) => projectView(each, call)),
        )
      })
      .add('GET', '/projects/:id', (call) => {
        const project = identity.projects.get(call.parameters.id ?? '')
        if (!project) throw absent(call, 'project', 'identity:get_project')
        if (call.token.project?.id !== project.id) admin(call, 'identity:get_project')
        return { status: 200, body: { project: projectView(project, call) } }
      })
      .add('GET', '/users', (call) => {
        admin(call, 'identity:list_users')
        return list(
          call,
          'users',
          [...identity.users.values()].map((each) => userView(each, call)),
        )
      })
      .add('GET', '/users/:id', (call) => {
        const user = identity.users.get(call.parameters.id ?? '')
        if (!user) throw absent(call, 'user', 'identity:get_user')
        if (call.token.user.id !== user.id) admin(call, 'identity:get_user')
        return { status: 200, body: { user: userView(user, call) } }
      })
      .add('GET', '/users/:id/projects', (call) => {
        const user = identity.users.get(call.parameters.id ?? '')
        if (call.token.user.id !== user?.id) admin(call, 'identity:list_user_projects')
        if (!user) throw absent(call, 'user', 'identity:list_user_projects')
        return list(call, 'projects', this.#projectsOf(user, call))
      })
      .add('GET', '/domains', (call) => {
        admin(call, 'identity:list_domains')
        return list(call, 'domains', [domainView(call)])
      })
      .add('GET', '/domains/:id', (call) => {
        if (call.parameters.id !== DOMAIN.id) throw absent(call, 'domain', 'identity:get_domain')
        return { status: 200, body: { domain: domainView(call) } }
      })
      .add('GET', '/regions', (call) =>
        list(
          call,
          'regions',
          this.#regions.map(({ name }) => regionView(name, call)),
        ),
      )
      .add('GET', '/regions/:id', (call) => {
        const id = call.parameters.id ?? ''
        if (!this.#regions.some(({ name }) => name === id)) {
          throw keystoneError(404, `Could not find region: ${id}.`)
        }
        return { status: 200, body: { region: regionView(id, call) } }
      })
      .add('GET', '/services', (call) => {
        admin(call, 'identity:list_services')
        return list(
          call,
          'services',
          serviceList().map((each) => ({
            ...each,
            enabled: true,
            links: { self: `${call.base}/services/${each.id}` },
          })),
        )
      })
      .add('GET', '/endpoints', (call) => {
        admin(call, 'identity:list_endpoints')
        const entries = catalog(call.incoming.origin, this.#regions)
        const endpoints = entries.flatMap(({ id, endpoints: all }) =>
          (all as JsonObject[]).map((each) => ({ ...each, service_id: id, enabled: true })),
        )
        return list(call, 'endpoints', endpoints)
      })
      .add('GET', '/roles', (call) => {
        admin(call, 'identity:list_roles')
        return list(call, 'roles', [...identity.roles.values()].map(roleView))
      })
    applicationCredentialRoutes(router, identity)
    accessRuleRoutes(router, identity)
    ec2CredentialRoutes(router, identity)
    return router
  }

  #subject(incoming: Incoming): Token {
    const subject = this.#identity.token(header(incoming, 'x-subject-token'))
    if (!subject) throw keystoneError(404, 'Could not recognize Fernet token')
    return subject
  }

  #projectsOf(user: User, call: Call): JsonObject[] {
    const ids = [...user.roles.keys()]
    return ids.flatMap((id) => {
      const project = this.#identity.projects.get(id)
      return project ? [projectView(project, call)] : []
    })
  }
}

const VARY = { Vary: 'X-Auth-Token' }

function header(incoming: Incoming, name: string): string | undefined {
  const value = incoming.headers[name]
  return isText(value) ? value : undefined
}

function version(base: string): JsonObject {
  return {
    id: 'v3.14',
    status: 'stable',
    updated: '2020-04-07T00:00:00Z',
    links: [{ rel: 'self', href: `${base}/` }],
    'media-types': [{ base: 'application/json', type: 'application/vnd.openstack.identity-v3+json' }],
  }
}

function versions(base: string): Reply {
  return {
    status: 300,
    headers: { ...VARY, Location: `${base}/` },
    body: { versions: { values: [version(base)] } },
  }
}

function missing(): Reply {
  return {
    status: 404,
    headers: { 'Content-Type': 'text/html; charset=utf-8' },
    body: '<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n<p>The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.</p>\n',
  }
}

function methodNotAllowed(allowed: readonly string[]): Reply {
  return {
    status: 405,
    headers: { ...VARY, Allow: [...allowed, 'HEAD', 'OPTIONS'].join(', ') },
    body: { message: 'The method is not allowed for the requested URL.' },
  }
}

/** Whoever may not look is told that, not whether the thing is there. */
function absent(call: Call, kind: string, action: string): Refusal {
  try {
    admin(call, action)
  } catch (refusal) {
    if (refusal instanceof Refusal) return refusal
    throw refusal
  }
  return keystoneError(404, `Could not find ${kind}: ${call.parameters.id}.`)
}

function projectView(project: Project, { base }: Call): JsonObject {
  return {
    id: project.id,
    name: project.name,
    domain_id: DOMAIN.id,
    description: '',
    enabled: true,
    parent_id: DOMAIN.id,
    is_domain: false,
    tags: [],
    options: {},
    links: { self: `${base}/projects/${project.id}` },
  }
}

function userView(user: User, { base }: Call): JsonObject {
  return {
    id: user.id,
    name: user.name,
    domain_id: DOMAIN.id,
    enabled: true,
    ...(user.defaultProjectId !== undefined && { default_project_id: user.defaultProjectId }),
    password_expires_at: null,
    options: {},
    links: { self: `${base}/users/${user.id}` },
  }
}

function domainView({ base }: Call): JsonObject {
  return {
    ...DOMAIN,
    description: 'The default domain',
    enabled: true,
    tags: [],
    options: {},
    links: { self: `${base}/domains/${DOMAIN.id}` },
  }
}

function regionView(id: string, { base }: Call): JsonObject {
  return { id, description: '', parent_region_id: null, links: { self: `${base}/regions/${id}` } }
}

function roleView(role: Role): JsonObject {
  return { ...role, domain_id: null, description: null, options: { immutable: true } }
}
