/** The end of servers, one by one or with the network that they are on. */

import { batch } from '../environ/batch.ts'
import { supportsOwnership } from '../environ/capabilities.ts'
import { ConflictError } from '../environ/errors.ts'
import type { CallOptions } from '../environ/options.ts'
import type { ServerId } from '../environ/server-hosting.ts'
import { hosting, isOfModel, ownRecord, type ServerServices } from './access.ts'
import { authorize } from './authorizer.ts'
import { translating } from './failures.ts'
import { capable } from './rules.ts'
import { LABELS, type ServerRecord, type ServerStore } from './server-store.ts'

/** See `ServerService.delete`. */
export async function deleteServer(
  services: ServerServices,
  id: ServerId,
  options: CallOptions = {},
): Promise<void> {
  await remove(services, await ownRecord(services, id, 'delete', options), options)
}

/** What is kept of it goes last: whoever is killed in between can find it again. */
async function remove(services: ServerServices, record: ServerRecord, options: CallOptions): Promise<void> {
  const { servers } = services.store
  if (record.state !== 'deleting') await servers.replace({ ...record, state: 'deleting' })
  await translating('delete', record, options.signal, () => hosting(services).delete(record.id, options))
  await servers.remove(record.id)
}

/** See `ServerService.deleteNetwork`. */
export async function deleteNetwork(
  services: ServerServices,
  network: string,
  options: CallOptions = {},
): Promise<void> {
  const { environ, store, authorizer } = services
  const { ownership } = capable(environ, supportsOwnership, 'ownership')
  const { organization, project } = await ownership.resolveScope(network, options)
  await authorize(authorizer, { verb: 'delete', resource: 'region:networks', organization, project }, options)
  const users = await ownership.networkUsers(network, options)
  const foreign = users.filter(({ serverId }) => serverId === undefined)
  if (foreign.length > 0) {
    const named = foreign.map(({ kind, name, id }) =>
      name === '' ? `${kind} ${id}` : `${kind} "${name}" (${id})`,
    )
    throw new ConflictError(`network ${network} is in use by ${named.join(', ')}`, {
      operation: 'delete network',
      resource: `network ${network}`,
      hint: 'remove what is not a server of this model first',
    })
  }
  const records = (await store.servers.all()).filter(
    (record) => isOfModel(record, environ) && record.labels[LABELS.network] === network,
  )
  const kept = new Set(records.map(({ id }) => id))
  const unknown = new Set(users.flatMap(({ serverId = '' }) => (kept.has(serverId) ? [] : [serverId])))
  const outcomes = await batch(
    [
      ...records.map((record) => () => remove(services, record, options)),
      ...[...unknown].map((id) => () => hosting(services).delete(id, options)),
    ],
    (removal) => removal(),
    options,
  )
  for (const outcome of outcomes) if (!outcome.ok) throw outcome.error
  await ownership.deleteNetwork(network, options)
}

/** Forgets what is kept of a model, once the cloud has nothing of it. */
export async function forgetModel({ servers, keys }: ServerStore, modelUuid: string): Promise<void> {
  for (const { id, labels } of await servers.all()) {
    if (labels[LABELS.identity] === modelUuid) await servers.remove(id)
  }
  await keys.remove(modelUuid)
}
