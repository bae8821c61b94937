/** Controllers on loopback, and the authority that signs their certificates. */

import { randomBytes, scryptSync } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Server } from 'node:net'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { APIInfo } from 'cloud-environs'
import { newAuthority, newServerCertificate } from '../../src/certificates/index.ts'

export const CONTROLLER_UUID = '11111111-1111-4111-8111-111111111111'
export const MODEL_UUID = '22222222-2222-4222-8222-222222222222'

const now = Date.now()

export const authority = await newAuthority({ name: 'juju-ca', now })
/** The certificate of the controller, with its key. */
export const certificate = await newServerCertificate(authority, { names: ['juju-apiserver'], now })

/** One that another authority signed for the same names. */
export async function strangersCertificate(): Promise<typeof certificate> {
  const other = await newAuthority({ name: 'juju-ca', now })
  return await newServerCertificate(other, { names: ['juju-apiserver'], now })
}

/** A hash that is checked at once, unlike those of controllers. */
export function quickHash(password: string): string {
  const salt = randomBytes(8)
  const key = scryptSync(password, salt, 32, { N: 16, r: 8, p: 1 })
  return ['scrypt', 16, 8, 1, salt.toString('base64'), key.toString('base64')].join('$')
}

export const infoOf = (...addresses: readonly string[]): APIInfo => ({
  addresses,
  caCert: authority.cert,
  controllerUuid: CONTROLLER_UUID,
  modelUuid: MODEL_UUID,
})

/** Has a server listen on loopback; gives `host:port`. */
export async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A server at an address, until it is closed. */
export interface Stand extends AsyncDisposable {
  readonly address: string
}

/** Answers HTTPS as it is told, with the controller's certificate or another one. */
export async function stand(listener: RequestListener, { cert, key } = certificate): Promise<Stand> {
  const server = createServer({ cert, key: key.reveal() }, listener)
  return {
    address: await listening(server),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
