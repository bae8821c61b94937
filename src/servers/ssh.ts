/** How users get into servers: authorities that sign certificates, and the key of a model. */

import {
  AlreadyExistsError,
  ConflictError,
  findError,
  NotFoundError,
  NotValidError,
} from '../environ/errors.ts'
import type { CallOptions } from '../environ/options.ts'
import type { ResourceScope, ServerId } from '../environ/server-hosting.ts'
import { trustedUserCaFile } from '../cloudinit/ssh-keys.ts'
import { newSshKeyPair } from '../ssh/keys.ts'
import { ownRecord, type ServerServices } from './access.ts'
import { authorityIdOf } from './server-id.ts'
import type { ServerSsh } from './server.ts'
import type { IdentityKey, SshAuthority } from './server-store.ts'

/**
 * Keeps an authority of a project. Twice is as good as once.
 * @throws NotValidError for what is no OpenSSH public key
 */
export async function addAuthority(
  { store }: ServerServices,
  { organization, project }: Pick<ResourceScope, 'organization' | 'project'>,
  publicKey: string,
): Promise<SshAuthority> {
  const key = trustedUserCaFile([publicKey]).trim()
  const id = authorityIdOf(organization, project, key)
  const known = await store.authorities.get(id)
  if (known) return known
  try {
    return await store.authorities.insert({ id, organization, project, publicKey: key })
  } catch (error) {
    const first = findError(error, AlreadyExistsError) && (await store.authorities.get(id))
    if (first) return first
    throw error
  }
}

/** Forgets an authority; one that is not there is no error. @throws ConflictError naming a server that has it */
export async function removeAuthority({ store }: ServerServices, id: string): Promise<void> {
  const user = (await store.servers.all()).find(({ ssh }) => ssh.mode === 'ca' && ssh.authorityId === id)
  if (user) {
    throw new ConflictError(`SSH authority ${id} is in use by server "${user.name}"`, {
      operation: 'remove SSH authority',
      resource: `SSH authority ${id}`,
      hint: 'delete the servers that trust it first',
    })
  }
  await store.authorities.remove(id)
}

/** The authority that a server is to trust. @throws NotFoundError, NotValidError for one of another project */
export async function requireAuthority(
  { store }: ServerServices,
  ssh: ServerSsh,
  { organization, project }: ResourceScope,
): Promise<SshAuthority | undefined> {
  if (ssh.mode !== 'ca') return undefined
  const resource = `SSH authority ${ssh.authorityId}`
  const authority = await store.authorities.get(ssh.authorityId)
  if (!authority) {
    throw new NotFoundError(`${resource} not found`, { resource, hint: 'add it to the project first' })
  }
  if (authority.organization === organization && authority.project === project) return authority
  throw new NotValidError(`${resource} is of another project than the network`, {
    resource,
    hint: `choose one of project ${project}`,
  })
}

/** The key of the environ's model, which is made when it is first asked for. */
export async function identityKey({ environ, store }: ServerServices): Promise<IdentityKey> {
  const id = environ.config().uuid
  const known = await store.keys.get(id)
  if (known) return known
  const { publicKey, privateKey } = newSshKeyPair(`servers of model ${environ.config().name}`)
  try {
    return await store.keys.insert({ id, publicKey, privateKey })
  } catch (error) {
    const first = findError(error, AlreadyExistsError) && (await store.keys.get(id))
    if (first) return first
    throw error
  }
}

/** The key that opens a server. @throws NotFoundError unless its SSH mode is `keypair` */
export async function sshKey(
  services: ServerServices,
  id: ServerId,
  options?: CallOptions,
): Promise<Pick<IdentityKey, 'publicKey' | 'privateKey'>> {
  const { name, ssh } = await ownRecord(services, id, 'read', options)
  const key =
    ssh.mode === 'keypair' ? await services.store.keys.get(services.environ.config().uuid) : undefined
  if (key) return { publicKey: key.publicKey, privateKey: key.privateKey }
  throw new NotFoundError(`server "${name}" has no SSH key`, {
    operation: 'SSH key',
    resource: `server ${id}`,
    hint: `its SSH mode is "${ssh.mode}"; only servers of mode "keypair" have one`,
  })
}
