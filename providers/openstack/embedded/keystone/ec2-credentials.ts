import { createHash } from 'node:crypto'
import { isObject, isText, type JsonObject } from '../json.ts'
import type { Router } from '../router.ts'
import { mayManage } from './application-credentials.ts'
import { body, type Call, type Handler, list, selfOrAdmin } from './call.ts'
import { keystoneError } from './errors.ts'
import { type Ec2Credential, hexId, type Identity } from './identity.ts'

/** /users/{id}/credentials/OS-EC2. */
export function ec2CredentialRoutes(router: Router<Handler>, identity: Identity): void {
  const path = '/users/:user/credentials/OS-EC2'
  const find = ({ parameters }: Call): Ec2Credential => {
    const access = parameters.access ?? ''
    const found = identity.ec2Credentials.get(access)
    if (found && found.userId === parameters.user) return found
    // Keystone keeps them under the hash of the key, and says so.
    const id = createHash('sha256').update(access).digest('hex')
    throw keystoneError(404, `Could not find credential: ${id}.`)
  }
  router
    .add('GET', path, (call) => {
      selfOrAdmin(call, 'identity:ec2_list_credentials')
      const own = [...identity.ec2Credentials.values()].filter(
        ({ userId }) => userId === call.parameters.user,
      )
      return list(
        call,
        'credentials',
        own.map((each) => view(each, call)),
      )
    })
    .add('POST', path, (call) => {
      selfOrAdmin(call, 'identity:ec2_create_credential')
      mayManage(call.token)
      const given = body(call.incoming)
      const projectId = isObject(given) && isText(given.tenant_id) ? given.tenant_id : 'None'
      // Any project will do, also one in which the user has no role.
      if (!identity.projects.has(projectId)) {
        throw keystoneError(404, `Could not find project: ${projectId}.`)
      }
      const credential = { access: hexId(), secret: hexId(), userId: call.parameters.user ?? '', projectId }
      identity.ec2Credentials.set(credential.access, credential)
      return { status: 201, body: { credential: view(credential, call) } }
    })
    .add('GET', `${path}/:access`, (call) => {
      selfOrAdmin(call, 'identity:ec2_get_credential')
      return { status: 200, body: { credential: view(find(call), call) } }
    })
    .add('DELETE', `${path}/:access`, (call) => {
      selfOrAdmin(call, 'identity:ec2_delete_credential')
      identity.ec2Credentials.delete(find(call).access)
      return { status: 204 }
    })
}

function view({ access, secret, userId, projectId }: Ec2Credential, { base }: Call): JsonObject {
  const self = `${base}/users/${userId}/credentials/OS-EC2/${access}`
  return { user_id: userId, tenant_id: projectId, access, secret, trust_id: null, links: { self } }
}
