/** The servers that belong to a model or a controller: by tag, never by name alone. */

import { EnvironsError, findError, NotFoundError, TAG_CONTROLLER, TAG_MODEL } from 'cloud-environs/provider'
import type { Server } from './api/index.ts'
import { SERVER_PREFIX } from './names.ts'
import type { Scope } from './scope.ts'
import { isGone } from './server-status.ts'

/**
 * Every server of the project that Juju's names and tags mark as ours, in whatever state. Always a request of its own:
 * sharing one that is under way could miss a server that was made since.
 */
async function taggedServers({ connection }: Scope, signal?: AbortSignal): Promise<readonly Server[]> {
  const servers = await connection.compute.servers.all({ name: `^${SERVER_PREFIX}` }, { signal })
  return servers.filter((server) => !isGone(server))
}

/** The servers of a model. */
export const modelServers = async (scope: Scope, signal?: AbortSignal): Promise<readonly Server[]> =>
  (await taggedServers(scope, signal)).filter(({ metadata }) => metadata[TAG_MODEL] === scope.config().uuid)

/** One server of a model. @throws NotFoundError, for another model's too */
export async function modelServer(
  { connection, config }: Scope,
  id: string,
  signal?: AbortSignal,
): Promise<Server> {
  const resource = `server ${id}`
  const hint = 'list the instances of the model for what there is'
  let server: Server
  try {
    server = await connection.compute.servers.get(id, { signal })
  } catch (error) {
    if (!findError(error, NotFoundError)) throw error
    throw new NotFoundError(`${resource} not found`, { resource, hint, cause: error })
  }
  if (!isGone(server) && server.metadata[TAG_MODEL] === config().uuid) return server
  throw new NotFoundError(`${resource} is not of this model`, { resource, hint })
}

/** The servers of all models of a controller. */
export const controllerServers = async (
  scope: Scope,
  controllerUuid: string,
  signal?: AbortSignal,
): Promise<readonly Server[]> =>
  (await taggedServers(scope, signal)).filter(({ metadata }) => metadata[TAG_CONTROLLER] === controllerUuid)

/** How often a server that is still there is deleted again. */
const DELETE_ATTEMPTS = 5

/**
 * Deletes a server and waits until it is gone. A "not found" is not taken on trust: a proxy may have said it.
 * @throws TimeoutError when it does not go
 */
export async function deleteServer(
  { connection, watcher }: Scope,
  id: string,
  signal?: AbortSignal,
): Promise<void> {
  for (let attempt = 1; attempt <= DELETE_ATTEMPTS; attempt++) {
    const accepted = await connection.compute.servers.delete(id, { signal })
    const seen = await watcher.until(
      id,
      (server) => (isGone(server) ? 'gone' : accepted ? undefined : 'there'),
      { signal, goal: 'deleted' },
    )
    if (seen === 'gone') return
  }
  throw new EnvironsError(`server ${id} is there, but the cloud says "not found" when it is deleted`, {
    operation: 'stopInstances',
    resource: `server ${id}`,
    hint: "see with the cloud's own tools what it is",
  })
}

/**
 * Deletes servers and waits until they are gone. One that cannot be deleted does not keep the others.
 * @throws the first error when all others were seen to
 */
export async function deleteServers(
  scope: Scope,
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const outcomes = await Promise.allSettled(ids.map((id) => deleteServer(scope, id, signal)))
  signal?.throwIfAborted()
  const failed = outcomes
    .filter((outcome) => outcome.status === 'rejected')
    .map(({ reason }): unknown => reason)
  if (failed.length === 1) throw failed[0]
  if (failed.length > 1) {
    throw new EnvironsError(`${failed.length} of ${ids.length} servers could not be deleted`, {
      cause: new AggregateError(failed),
      operation: 'stopInstances',
      hint: 'try again; what is gone already is no error',
    })
  }
}
