import { supportsOwnership, supportsPublicAddresses } from '../environ/capabilities.ts'
import { InvalidRequestError, NotValidError } from '../environ/errors.ts'
import type { CallOptions } from '../environ/options.ts'
import type { HostedServer, PublicAddresses } from '../environ/server-hosting.ts'
import { Secret } from '../cloud/secret.ts'
import {
  checkSettled,
  findHosted,
  hosting,
  ownRecord,
  requireHosted,
  type ServerServices,
  toServer,
} from './access.ts'
import { translating } from './failures.ts'
import { capable, checkImage, checkSpec, findFlavor } from './rules.ts'
import type { Server, ServerUpdate } from './server.ts'
import { LABELS, type ServerRecord } from './server-store.ts'
import { requireAuthority } from './ssh.ts'
import { composeUserData } from './user-data.ts'

/** See `ServerService.update`. */
export async function updateServer(
  services: ServerServices,
  id: string,
  update: ServerUpdate,
  options: CallOptions = {},
): Promise<Server> {
  const { environ, store, clock } = services
  const { ownership } = capable(environ, supportsOwnership, 'ownership')
  const { publicAddresses } = capable(environ, supportsPublicAddresses, 'publicAddresses')
  const record = await ownRecord(services, id, 'update', options)
  checkSettled(record, 'update')
  checkImmutable(record, update)
  const network = record.labels[LABELS.network] ?? ''
  const scope = await ownership.resolveScope(network, options)
  const hosted = await requireHosted(services, record, options)
  checkNoRebuild(record, hosted, update)
  const authority = await requireAuthority(services, record.ssh, scope)
  const userData = update.userData?.length
    ? composeUserData(update.userData, authority?.publicKey)
    : undefined
  const spec = await checkSpec(environ, update, network, scope, options)
  if (update.image !== record.image) {
    // A flavor that is retired goes on for those who have it; then there is nothing to compare with.
    await checkImage(environ, update.image, await findFlavor(environ, record.flavor, options), options)
  }
  const kept = userData ? new Secret(base64(userData)) : record.userData
  const wanted = await store.servers.replace({ ...record, ...spec, image: update.image, userData: kept })
  const done = await converge(services, publicAddresses, wanted, hosted, options)
  return toServer(done, await findHosted(services, done, options), clock.now())
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

function checkImmutable({ id, name, flavor, ssh }: ServerRecord, update: ServerUpdate): void {
  const authority = (of: ServerUpdate['ssh']): string | undefined =>
    of?.mode === 'ca' ? of.authorityId : of?.mode
  const fault =
    update.name !== undefined && update.name !== name
      ? 'name'
      : update.flavor !== flavor
        ? 'flavor'
        : update.ssh && authority(update.ssh) !== authority(ssh)
          ? 'SSH mode'
          : undefined
  if (fault === undefined) return
  throw new NotValidError(`the ${fault} of server "${name}" cannot be changed`, {
    operation: 'update',
    resource: `server ${id}`,
    hint: 'delete the server, and create another',
  })
}

/** A rebuild that was begun may be repeated, and nothing else be built meanwhile. */
function checkNoRebuild(
  { id, name, image }: ServerRecord,
  { imageId = image, status }: HostedServer,
  update: ServerUpdate,
): void {
  const pending = imageId !== image || status.state === 'building' || status.state === 'changing'
  if (!pending || update.image === image) return
  throw new InvalidRequestError(`server "${name}" is being built anew already`, {
    operation: 'update',
    resource: `server ${id}`,
    hint: `wait until it is built from image ${image}`,
  })
}

/** Gives the server what its record says; gives the record as it is then. */
async function converge(
  services: ServerServices,
  publicAddresses: PublicAddresses,
  record: ServerRecord,
  { imageId = record.image }: HostedServer,
  options: CallOptions,
): Promise<ServerRecord> {
  const { servers } = services.store
  const { id, image, userData, publicIp, securityGroups, allowedSourceAddresses } = record
  await translating('update', record, options.signal, async () => {
    await hosting(services).setNetworking(id, { securityGroups, allowedSourceAddresses }, options)
    await publicAddresses.ensurePublicIp(id, publicIp, options)
  })
  if (image === imageId) return record
  const given = userData ? { userData: Buffer.from(userData.reveal(), 'base64') } : {}
  try {
    await translating('rebuild', record, options.signal, () =>
      hosting(services).rebuild(id, { imageId: image, ...given }, options),
    )
    return record
  } catch (error) {
    const [hosted] = await hosting(services)
      .list({ ids: [id] })
      .catch(() => [])
    // Nothing was built: it keeps what it has, so that another image can be tried.
    if (hosted?.imageId === imageId)
      await servers.replace({ ...record, image: imageId }).catch(() => undefined)
    throw error
  }
}
