import { Refusal } from '../message.ts'

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
}

/** Keystone's error body. */
export function keystoneError(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Refusal {
  return new Refusal({
    status,
    headers: { Vary: 'X-Auth-Token', ...headers },
    body: { error: { code: status, message, title: TITLES[status] ?? 'Error' } },
  })
}

export function unauthorized(authUrl: string, message = UNAUTHORIZED): Refusal {
  return keystoneError(401, message, { 'WWW-Authenticate': `Keystone uri="${authUrl}"` })
}

const UNAUTHORIZED = 'The request you have made requires authentication.'

export function expecting(attribute: string, target: string): Refusal {
  return keystoneError(
    400,
    `Expecting to find ${attribute} in ${target}. The server could not comply with the request since it is either malformed or otherwise incorrect. The client is assumed to be in error.`,
  )
}

export function notPermitted(action: string): Refusal {
  return keystoneError(403, `You are not authorized to perform the requested action: ${action}.`)
}
