/** Passwords of servers: set by the caller, made up by the cloud, or told by the guest. */

import { constants, privateDecrypt } from 'node:crypto'
import { NotValidError, Secret } from 'cloud-environs'
import { z } from 'zod'
import { lazy } from '../service/lazy.ts'
import type { CallOptions } from '../service/options.ts'
import { fieldOf, readOne } from '../service/read.ts'
import type { HttpAnswer } from '../transport/request.ts'
import type { Operations } from './server-operation.ts'

/** The password that a guest made and told the cloud, encrypted for the key pair of the server. */
export interface ServerPassword {
  /** Base64. */
  readonly encrypted: string
  /** When the private key was given. */
  readonly password?: Secret | undefined
}

/** How to read the password of a guest. */
export interface GetPasswordOptions extends CallOptions {
  /** The private half of the server's RSA key pair, PEM, not encrypted. It stays here. */
  readonly privateKey?: string | Secret | undefined
}

/** Calls about passwords. */
export interface ServerPasswords {
  /** Has the agent in the guest set the password of its administrator: `ACTIVE`, `PASSWORD`, `ACTIVE`. */
  changePassword(id: string, password: string | Secret, options?: CallOptions): Promise<void>
  /** What the guest told the cloud; `undefined` until it did. @throws NotValidError for a key that does not fit */
  getPassword(id: string, options?: GetPasswordOptions): Promise<ServerPassword | undefined>
  /** Removes it from the cloud; the guest keeps it. */
  clearPassword(id: string, options?: CallOptions): Promise<void>
}

const encryptedSchema = lazy(() => z.string().nullish())

/** See {@link ServerPasswords}. */
export const serverPasswords: Operations<ServerPasswords> = {
  changePassword: {
    inputs: 1,
    operation: 'change the password of',
    body: ([password]) => ({ changePassword: { adminPass: revealed(password) } }),
  },
  getPassword: {
    method: 'GET',
    path: '/os-server-password',
    operation: 'get the password of',
    read: ({ json }, { args: [{ privateKey }], resource }) => {
      const encrypted = readOne(json, 'password', encryptedSchema(), `the password of ${resource}`)
      if (!encrypted) return undefined
      const password = privateKey === undefined ? undefined : decryptPassword(encrypted, privateKey, resource)
      return { encrypted, password }
    },
  },
  clearPassword: { method: 'DELETE', path: '/os-server-password', operation: 'clear the password of' },
}

/** The `adminPass` of an answer, which only clouds with that setting have. */
export function readPassword({ json }: HttpAnswer): Secret | undefined {
  return passwordOf(json)
}

/** {@link readPassword} of a server, which has it among its fields. */
export function passwordOf(value: unknown): Secret | undefined {
  const password = fieldOf(value, 'adminPass')
  return typeof password === 'string' && password !== '' ? new Secret(password) : undefined
}

/** The text of a password, for a body. */
export function revealed(password: string | Secret | undefined): string | undefined {
  return password instanceof Secret ? password.reveal() : password
}

function decryptPassword(encrypted: string, privateKey: string | Secret, resource: string): Secret {
  let block: Buffer
  try {
    // Node 20 has no PKCS#1 v1.5 padding for private keys, and newer ones answer noise for a key that does not fit.
    const key = { key: revealed(privateKey) ?? '', padding: constants.RSA_NO_PADDING }
    block = privateDecrypt(key, Buffer.from(encrypted, 'base64'))
  } catch (cause) {
    throw doesNotFit(resource, cause)
  }
  // 0, 2, at least eight random bytes without a zero, 0, the text (RFC 8017, 7.2.2).
  const end = block.indexOf(0, 2)
  if (block[0] !== 0 || block[1] !== 2 || end < 10) throw doesNotFit(resource)
  return new Secret(block.subarray(end + 1).toString('utf8'))
}

function doesNotFit(resource: string, cause?: unknown): NotValidError {
  return new NotValidError(`the private key does not decrypt the password of ${resource}`, {
    operation: 'get the password of',
    resource,
    hint: "give the private key of the server's own key pair: RSA, PEM, without a passphrase",
    ...(cause === undefined ? {} : { cause }),
  })
}
