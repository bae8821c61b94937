import { randomBytes } from 'node:crypto'
import { isList, isObject, isText, type JsonObject, objectAt } from '../json.ts'
import type { Router } from '../router.ts'
import { micro } from '../time.ts'
import { keepRules, ruleView } from './access-rules.ts'
import { body, type Handler, list, selfOrAdmin } from './call.ts'
import { expecting, keystoneError, notPermitted } from './errors.ts'
import { type ApplicationCredential, hexId, type Identity, type Role, type Token } from './identity.ts'

/** /users/{id}/application_credentials. */
export function applicationCredentialRoutes(router: Router<Handler>, identity: Identity): void {
  const path = '/users/:user/application_credentials'
  const ofUser = (userId: string | undefined) =>
    [...identity.credentials.values()].filter((each) => each.userId === userId)
  router
    .add('GET', path, (call) => {
      selfOrAdmin(call, 'identity:list_application_credentials')
      const views = ofUser(call.parameters.user).map((each) => credentialView(each, call.incoming.origin))
      return list(call, 'application_credentials', views)
    })
    .add('POST', path, (call) => {
      const action = 'identity:create_application_credential'
      // Not even an admin makes one for somebody else.
      if (call.parameters.user !== call.token.user.id) throw notPermitted(action)
      const credential = createCredential(identity, call.token, body(call.incoming))
      const view = {
        ...credentialView(credential, call.incoming.origin),
        // What nobody asked for is null here, and only here.
        unrestricted: credential.unrestricted || null,
        secret: credential.secret,
      }
      return { status: 201, body: { application_credential: view } }
    })
    .add('GET', `${path}/:id`, (call) => {
      selfOrAdmin(call, 'identity:get_application_credential')
      const found = findCredential(identity, call.parameters.user ?? '', call.parameters.id ?? '')
      return { status: 200, body: { application_credential: credentialView(found, call.incoming.origin) } }
    })
    .add('DELETE', `${path}/:id`, (call) => {
      selfOrAdmin(call, 'identity:delete_application_credential')
      mayManage(call.token)
      const found = findCredential(identity, call.parameters.user ?? '', call.parameters.id ?? '')
      identity.dropCredential(found.id)
      return { status: 204 }
    })
}

function credentialView(credential: ApplicationCredential, origin: string): JsonObject {
  return {
    id: credential.id,
    name: credential.name,
    description: credential.description,
    user_id: credential.userId,
    project_id: credential.projectId,
    system: null,
    expires_at: credential.expiresAt === null ? null : micro(credential.expiresAt),
    unrestricted: credential.unrestricted,
    roles: credential.roles.map((role) => ({
      ...role,
      domain_id: null,
      description: null,
      options: { immutable: true },
    })),
    ...(credential.accessRules.length > 0 && { access_rules: credential.accessRules.map(ruleView) }),
    links: { self: `${origin}/identity/v3/application_credentials/${credential.id}` },
  }
}

function createCredential(identity: Identity, token: Token, body: unknown): ApplicationCredential {
  mayManage(token)
  const given = objectAt(body, 'application_credential')
  if (!given) throw expecting('application_credential', 'request body')
  if (!isText(given.name) || given.name === '') throw keystoneError(400, "'name' is a required property")
  if (!token.project) throw notPermitted('identity:create_application_credential')
  const twin = [...identity.credentials.values()].some(
    (each) => each.userId === token.user.id && each.name === given.name,
  )
  if (twin) {
    throw keystoneError(
      409,
      `Conflict occurred attempting to store application_credential - Duplicate entry found with name ${given.name}.`,
    )
  }
  const credential: ApplicationCredential = {
    id: hexId(),
    name: given.name,
    description: isText(given.description) ? given.description : null,
    userId: token.user.id,
    projectId: token.project.id,
    secret: isText(given.secret) ? given.secret : randomBytes(64).toString('base64url'),
    expiresAt: expiry(given.expires_at),
    unrestricted: given.unrestricted === true,
    roles: roles(identity, token, given.roles),
    accessRules: keepRules(identity, token.user.id, given.access_rules),
  }
  identity.credentials.set(credential.id, credential)
  return credential
}

/** The credential of that user; Keystone's 404 when there is none. */
function findCredential(identity: Identity, userId: string, id: string): ApplicationCredential {
  const credential = identity.credentials.get(id)
  if (credential?.userId !== userId) throw keystoneError(404, `Could not find Application Credential: ${id}.`)
  return credential
}

/** A restricted credential makes and removes no others. */
export function mayManage(token: Token): void {
  if (token.applicationCredential && !token.applicationCredential.unrestricted) {
    throw notPermitted(
      "Using method 'application_credential' is not allowed for managing additional application credentials.",
    )
  }
}

function expiry(given: unknown): number | null {
  if (given === undefined || given === null) return null
  const text = isText(given) ? given : ''
  const moment = Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`)
  if (Number.isNaN(moment)) {
    throw keystoneError(
      400,
      'Timestamp not in expected format. The server could not comply with the request since it is either malformed or otherwise incorrect. The client is assumed to be in error.',
    )
  }
  if (moment <= Date.now()) {
    throw keystoneError(
      400,
      "The 'expires_at' must not be before now. The server could not comply with the request since it is either malformed or otherwise incorrect. The client is assumed to be in error.",
    )
  }
  return moment
}

function roles(identity: Identity, token: Token, given: unknown): readonly Role[] {
  if (!isList(given) || given.length === 0) return token.roles
  return given.map((item) => {
    const wanted = isObject(item) ? item : {}
    const is = ({ id, name }: Role) => id === wanted.id || name === wanted.name
    const role = token.roles.find(is)
    if (role) return role
    if (![...identity.roles.values()].some(is)) {
      throw keystoneError(404, `Role ${String(wanted.name ?? wanted.id)} is not defined`)
    }
    throw keystoneError(
      400,
      'Invalid application credential: Cannot create an application credential with unassigned role',
    )
  })
}
