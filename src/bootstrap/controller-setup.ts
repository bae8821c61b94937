import { checkAuthority, newAuthority, newServerCertificate } from '../certificates/index.ts'
import type { CloudSpec } from '../cloud/spec.ts'
import { Secret } from '../cloud/secret.ts'
import { API_SERVER_NAME, agentConfigText, hashPassword } from '../controller/index.ts'
import { ADMIN_USER } from '../environ/constants.ts'
import { NotValidError } from '../environ/errors.ts'
import type { ControllerSetup, SshHostKey } from '../environ/instance-config.ts'
import type { Clock, RandomSource } from '../environ/services.ts'
import { newSshKeyPair } from '../ssh/index.ts'
import type { ControllerAccount, PendingBootstrap } from './account-store.ts'
import type { ControllerDetails } from './controller-store.ts'

/** Names in every controller's certificate, whatever its addresses are (Juju's). */
const NAMES = ['localhost', API_SERVER_NAME, 'anything']

const ADMIN_SECRET_BYTES = 16

/** What a user may bring instead of having it made. */
export interface ControllerSecrets {
  /** Password of `admin@local`. Default: 32 random hexadecimal digits. */
  readonly adminSecret?: Secret
  /** PEM; with `ca-cert` of the controller's configuration. Default: an authority of this controller's own. */
  readonly caPrivateKey?: Secret
}

/** Secrets of a controller that is to be made, with what others may know of them. */
export interface NewControllerSecrets {
  readonly account: Omit<ControllerAccount, 'pending'>
  readonly pending: Pick<PendingBootstrap, 'serverCert' | 'serverKey' | 'sshHostKeys'>
  /** PEM. */
  readonly caCert: string
  /** A line of `authorized_keys`. */
  readonly sshPublicKey: string
}

/** @throws NotValidError for a certificate authority that cannot be used */
export async function newControllerSecrets(
  given: ControllerSecrets & { readonly caCert?: string },
  { clock, random }: { readonly clock: Clock; readonly random: RandomSource },
): Promise<NewControllerSecrets> {
  const now = clock.now()
  const { caCert: cert, caPrivateKey: key } = given
  if ((cert === undefined) !== (key === undefined)) {
    throw new NotValidError(`${cert === undefined ? 'ca-cert' : 'ca-private-key'} is missing`, {
      resource: 'ca-cert',
      hint: 'give both, or neither to have an authority made',
    })
  }
  const brought = cert !== undefined && key !== undefined ? { cert, key } : undefined
  const authority = brought ?? (await newAuthority({ name: 'juju-ca', now }))
  checkAuthority(authority, now)
  const server = await newServerCertificate(authority, { names: NAMES, now })
  const host = newSshKeyPair('juju-host')
  const client = newSshKeyPair('juju-client-key')
  const hostKey: SshHostKey = { type: host.type, privateKey: host.privateKey, publicKey: host.publicKey }
  return {
    account: {
      user: ADMIN_USER,
      password: given.adminSecret ?? new Secret(random.hex(ADMIN_SECRET_BYTES)),
      sshPrivateKey: client.privateKey,
      caPrivateKey: authority.key,
    },
    pending: { serverCert: server.cert, serverKey: server.key, sshHostKeys: [hostKey] },
    caCert: authority.cert,
    sshPublicKey: client.publicKey,
  }
}

/** What the agent of a controller is told, from what is remembered of it. */
export async function controllerSetup(
  { name, uuid, controllerConfig, modelConfig }: ControllerDetails,
  cloud: CloudSpec,
  account: ControllerAccount,
  { serverCert, serverKey }: PendingBootstrap,
): Promise<ControllerSetup> {
  const { uuid: modelUuid, type: _, ...attributes } = modelConfig
  const text = agentConfigText({
    controllerName: name,
    controllerUuid: uuid,
    modelUuid,
    apiPort: controllerConfig['api-port'],
    serverCert,
    serverKey,
    adminPasswordHash: await hashPassword(account.password),
    cloud,
    modelConfig: attributes,
  })
  return { agentConfig: new Secret(text), sshPrivateKey: account.sshPrivateKey }
}
