import { supportsOwnership } from '../environ/capabilities.ts'
import { AlreadyExistsError, EnvironsError } from '../environ/errors.ts'
import type { CallOptions } from '../environ/options.ts'
import type { HostedServer, ResourceScope } from '../environ/server-hosting.ts'
import { Secret } from '../cloud/secret.ts'
import { actionOn, API_VERSION, hosting, type ServerServices, toServer } from './access.ts'
import { authorize } from './authorizer.ts'
import { capable, checkImage, checkSpec, requireFlavor } from './rules.ts'
import { checkServerName, serverId } from './server-id.ts'
import type { Server, ServerParams } from './server.ts'
import { LABELS, type NewRecord, type ServerRecord } from './server-store.ts'
import { identityKey, requireAuthority } from './ssh.ts'
import { checkUserData, composeUserData } from './user-data.ts'

/** See `ServerService.create`. The order of the rules is part of what it promises. */
export async function createServer(
  services: ServerServices,
  params: ServerParams,
  options: CallOptions = {},
): Promise<Server> {
  const { environ, store, authorizer, clock } = services
  const { name, network } = params
  const { ownership } = capable(environ, supportsOwnership, 'ownership')
  const scope = await ownership.resolveScope(network, options)
  await authorize(authorizer, actionOn('create', scope), options)
  checkServerName(name)
  await checkNameIsFree(services, params, options)
  const wanted = await checked(services, params, scope, options)
  const record = await store.servers.insert(wanted)
  try {
    const hosted = await make(services, record, options)
    const ready = await store.servers.replace({ ...record, state: 'ready' })
    return toServer(ready, hosted, clock.now())
  } catch (error) {
    await undo(services, record, error)
    throw options.signal?.aborted ? options.signal.reason : error
  }
}

async function checkNameIsFree(
  services: ServerServices,
  { name, network }: ServerParams,
  options: CallOptions,
): Promise<void> {
  const id = serverId(network, name)
  const resource = `server ${id}`
  if (await services.store.servers.get(id)) {
    throw new AlreadyExistsError(`network ${network} has a server "${name}" already`, {
      operation: 'create server',
      resource,
      hint: 'choose another name, or delete that server first',
    })
  }
  const [unknown] = await hosting(services).list({ ids: [id] }, options)
  if (!unknown) return
  throw new AlreadyExistsError(
    `the cloud has a server "${name}" on network ${network} that is not kept here`,
    {
      operation: 'create server',
      resource,
      hint: `see in which store it is kept; its instance is ${unknown.instanceId}`,
    },
  )
}

/** What is to be kept of the server. */
async function checked(
  services: ServerServices,
  params: ServerParams,
  scope: ResourceScope,
  options: CallOptions,
): Promise<NewRecord<ServerRecord>> {
  const { environ, random } = services
  const { name, network, ssh = { mode: 'none' } } = params
  checkUserData(params.userData, ssh.mode === 'ca')
  const authority = await requireAuthority(services, ssh, scope)
  const userData = composeUserData(params.userData, authority?.publicKey)
  await checkImage(environ, params.image, await requireFlavor(environ, params.flavor, options), options)
  return {
    id: serverId(network, name),
    name,
    attempt: random.uuid(),
    labels: {
      [LABELS.organization]: scope.organization,
      [LABELS.project]: scope.project,
      [LABELS.region]: scope.region,
      [LABELS.identity]: environ.config().uuid,
      [LABELS.network]: network,
      [LABELS.apiVersion]: String(API_VERSION),
    },
    state: 'creating',
    image: params.image,
    flavor: params.flavor,
    ...(userData ? { userData: new Secret(Buffer.from(userData).toString('base64')) } : {}),
    ...(await checkSpec(environ, params, network, scope, options)),
    ssh,
  }
}

async function make(
  services: ServerServices,
  record: ServerRecord,
  options: CallOptions,
): Promise<HostedServer> {
  const { id, name, labels, image, flavor, userData, publicIp, tags, ssh } = record
  const { securityGroups, allowedSourceAddresses } = record
  return await hosting(services).create(
    {
      id,
      name,
      networkId: labels[LABELS.network] ?? '',
      imageId: image,
      instanceTypeId: flavor,
      ...(userData ? { userData: Buffer.from(userData.reveal(), 'base64') } : {}),
      ...(ssh.mode === 'keypair' ? { sshPublicKey: (await identityKey(services)).publicKey } : {}),
      securityGroups,
      allowedSourceAddresses,
      publicIp,
      tags,
    },
    options,
  )
}

/** Removes what was made of a server. @throws EnvironsError when that fails, too: then it can be deleted later */
async function undo(services: ServerServices, record: ServerRecord, error: unknown): Promise<void> {
  const { servers } = services.store
  try {
    const kept = await servers.get(record.id)
    // Somebody has deleted it, and made another of the same name.
    if (kept && kept.attempt !== record.attempt) return
    await hosting(services).delete(record.id)
    await servers.remove(record.id)
  } catch (failure) {
    const why = error instanceof Error ? error.message : String(error)
    throw new EnvironsError(`server "${record.name}" could not be made, nor all of it removed: ${why}`, {
      operation: 'create server',
      resource: `server ${record.id}`,
      cause: new AggregateError([error, failure]),
      hint: 'delete it when the cloud answers again',
    })
  }
}
