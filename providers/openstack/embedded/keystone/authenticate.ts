import { isList, isObject, isText, type JsonObject, objectAt } from '../json.ts'
import { expecting, keystoneError, unauthorized } from './errors.ts'
import type { ApplicationCredential, Identity, Project, Token, User } from './identity.ts'

export const DOMAIN = { id: 'default', name: 'Default' }

/** POST /v3/auth/tokens: who asks, and for which scope. Throws Keystone's refusals. */
export function authenticate(identity: Identity, authUrl: string, body: unknown): Token {
  const auth = objectAt(body, 'auth')
  if (!auth) throw expecting('auth', 'request body')
  const methods = objectAt(auth, 'identity')?.methods
  if (!isObject(auth.identity)) throw keystoneError(400, "'identity' is a required property")
  if (!isList(methods) || methods.length === 0) throw keystoneError(400, "'methods' is a required property")
  for (const method of methods) {
    if (!isText(method) || !isObject(auth.identity[method])) throw expecting(String(method), 'identity')
  }
  const [method, ...others] = methods
  if (others.length > 0) throw unauthorized(authUrl)
  if (method === 'password') return byPassword(identity, authUrl, auth)
  if (method === 'token') return byToken(identity, authUrl, auth)
  if (method === 'application_credential') return byCredential(identity, authUrl, auth)
  throw unauthorized(authUrl)
}

function byPassword(identity: Identity, authUrl: string, auth: JsonObject): Token {
  const given = objectAt(objectAt(auth.identity, 'password'), 'user')
  if (!given) throw expecting('user', 'password')
  if (!isText(given.password)) throw expecting('password', 'user')
  const user = findUser(identity, given)
  if (!user || user.password !== given.password) throw unauthorized(authUrl)
  const scope = projectOf(identity, authUrl, auth.scope, user)
  return identity.issue({ methods: ['password'], user, ...scope })
}

function byToken(identity: Identity, authUrl: string, auth: JsonObject): Token {
  const id = objectAt(auth.identity, 'token')?.id
  if (!isText(id)) throw expecting('id', 'token')
  const parent = identity.token(id)
  if (!parent) throw keystoneError(404, 'Could not recognize Fernet token')
  // Rescoping would widen what the credential was made for.
  if (parent.applicationCredential) throw unauthorized(authUrl)
  const scope = projectOf(identity, authUrl, auth.scope, parent.user)
  const methods = ['token', ...parent.methods.filter((method) => method !== 'token')]
  return identity.issue({ methods, user: parent.user, parent, ...scope })
}

function byCredential(identity: Identity, authUrl: string, auth: JsonObject): Token {
  if (auth.scope !== undefined) {
    throw unauthorized(
      authUrl,
      'Error authenticating with application credential: Application credentials cannot request a scope.',
    )
  }
  const given = objectAt(auth.identity, 'application_credential') ?? {}
  const credential = findCredential(identity, authUrl, given)
  const expired = credential.expiresAt !== null && credential.expiresAt <= Date.now()
  const user = identity.users.get(credential.userId)
  const project = identity.projects.get(credential.projectId)
  if (credential.secret !== given.secret || expired || !user || !project) throw unauthorized(authUrl)
  return identity.issue({
    methods: ['application_credential'],
    user,
    project,
    roles: credential.roles,
    applicationCredential: credential,
  })
}

function findCredential(identity: Identity, authUrl: string, given: JsonObject): ApplicationCredential {
  if (isText(given.id) && given.id !== '') {
    const credential = identity.credentials.get(given.id)
    if (!credential) throw keystoneError(404, `Could not find Application Credential: ${given.id}.`)
    return credential
  }
  if (!isText(given.name)) throw expecting('name or ID', 'application credential')
  if (!isObject(given.user)) throw expecting('user', 'application credential')
  const user = findUser(identity, given.user)
  const credential = [...identity.credentials.values()].find(
    (each) => each.userId === user?.id && each.name === given.name,
  )
  if (!credential) throw unauthorized(authUrl)
  return credential
}

function findUser(identity: Identity, given: JsonObject): User | undefined {
  if (isText(given.id)) return identity.users.get(given.id)
  if (!isText(given.name)) throw expecting('id or name', 'user')
  return inDefaultDomain(given.domain, 'user') ? identity.userNamed(given.name) : undefined
}

function inDefaultDomain(domain: unknown, target: string): boolean {
  if (!isObject(domain)) throw expecting('domain', target)
  if (domain.id === undefined && domain.name === undefined) throw expecting('id or name', 'domain')
  return domain.id === DOMAIN.id || domain.name === DOMAIN.name
}

/** The project that was asked for; the user's default one when no scope was named; none for `unscoped`. */
function projectOf(
  identity: Identity,
  authUrl: string,
  scope: unknown,
  user: User,
): { project: Project | undefined; roles: Token['roles'] } {
  const project = requestedProject(identity, authUrl, scope, user)
  if (!project) return { project: undefined, roles: [] }
  const roles = user.roles.get(project.id)
  if (!roles) throw unauthorized(authUrl)
  return { project, roles }
}

function requestedProject(
  identity: Identity,
  authUrl: string,
  scope: unknown,
  user: User,
): Project | undefined {
  if (scope === undefined) {
    return user.defaultProjectId === undefined ? undefined : identity.projects.get(user.defaultProjectId)
  }
  if (scope === 'unscoped' || (isObject(scope) && 'unscoped' in scope)) return undefined
  const wanted = objectAt(scope, 'project')
  // No role is ever granted on the system, a domain or a trust here.
  if (!wanted) throw unauthorized(authUrl)
  const project = isText(wanted.id)
    ? identity.projects.get(wanted.id)
    : isText(wanted.name) && inDefaultDomain(wanted.domain, 'project')
      ? identity.projectNamed(wanted.name)
      : undefined
  if (!project) throw unauthorized(authUrl)
  return project
}
