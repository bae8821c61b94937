/** The servers that belong to a model or a controller: by tag, never by name alone. */

import { EnvironsError, findError, NotFoundError, TAG_CONTROLLER, TAG_MODEL } from 'cloud-environs/provider'
import type { Server } from './api/index.ts'
import { SERVER_PREFIX } from './names.ts'
import type { Scope } from './scope.ts'
import type { Removal } from './removal.ts'
import { isGone } from './server-status.ts'

/**
 * Every server of the project that Juju's names and tags mark as ours, in whatever state. Always a request of its own:
 * sharing one that is under way could miss a server that was made since.
 */
async function taggedServers({ connection }: Scope, signal?: AbortSignal): Promise<readonly Server[]> {
  const servers = await connection.compute.servers.all({ name: `^${SERVER_PREFIX}` }, { signal })
  return servers.filter((server) => !isGone(server))
}

/** What it takes to know whose a server is, and to remove it. */
export type OwnedServer = Pick<Server, 'id' | 'name' | 'metadata'>

/**
 * Every server whose tags have that value, to be removed. One that the list shows in a form that cannot be read is not
 * missed: its id is in the short list, and its tags are asked for alone.
 */
export async function serversToRemove(
  scope: Scope,
  tag: typeof TAG_MODEL | typeof TAG_CONTROLLER,
  value: string,
  signal?: AbortSignal,
): Promise<readonly OwnedServer[]> {
  const { servers } = scope.connection.compute
  const query = { name: `^${SERVER_PREFIX}` }
  const brief = await servers.allBrief(query, { signal })
  const detailed = await servers.all(query, { signal })
  const seen = new Set(detailed.map(({ id }) => id))
  const unread = await Promise.all(
    brief
      .filter(({ id }) => !seen.has(id))
      .map(async ({ id, name }): Promise<readonly OwnedServer[]> => {
        try {
          return [{ id, name, metadata: await servers.getMetadata(id, { signal }) }]
        } catch (error) {
          if (findError(error, NotFoundError)) return []
          throw error
        }
      }),
  )
  const there = [...detailed.filter((server) => !isGone(server)), ...unread.flat()]
  return there.filter(({ metadata }) => metadata[tag] === value)
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

/** Deletes servers and waits until they are gone. Gives those that refused to go. */
export async function deleteServers(
  scope: Scope,
  servers: readonly OwnedServer[],
  removal: Removal,
  signal?: AbortSignal,
): Promise<readonly OwnedServer[]> {
  const stuck = await removal.remove(
    servers,
    ({ id, name }) => `server ${name} (${id})`,
    ({ id }) => deleteServer(scope, id, signal),
  )
  signal?.throwIfAborted()
  return stuck
}
