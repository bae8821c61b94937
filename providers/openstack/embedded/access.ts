import type { Incoming } from './message.ts'
import type { Identity, Project, Token, User } from './keystone/identity.ts'

/** Who makes a request, and for which project. */
export interface Access {
  readonly user: User
  /** Id of the project; `''` for an unscoped token, which owns nothing. */
  readonly projectId: string
  readonly project: Project | undefined
  readonly isAdmin: boolean
}

/** What keystonemiddleware hands to a service: the access of the request's token, if that is good. */
export function accessOf(identity: Identity, incoming: Incoming): Access | undefined {
  const id = incoming.headers['x-auth-token']
  const token: Token | undefined = identity.token(typeof id === 'string' ? id : undefined)
  if (!token) return undefined
  return {
    user: token.user,
    project: token.project,
    projectId: token.project?.id ?? '',
    isAdmin: token.roles.some(({ name }) => name === 'admin'),
  }
}

/** keystonemiddleware's challenge, the same from every service. */
export function challenge(incoming: Incoming): Readonly<Record<string, string>> {
  return { 'WWW-Authenticate': `Keystone uri="${incoming.origin}/identity/v3"` }
}

/** keystonemiddleware's body. */
export const UNAUTHORIZED_BODY = {
  error: { code: 401, title: 'Unauthorized', message: 'The request you have made requires authentication.' },
}
