/** Finds a server by what a person calls it. */

import { NotFoundError, NotValidError } from 'cloud-environs'
import type { CallOptions } from '../service/options.ts'
import { checkName } from './server-input.ts'
import type { Server, ServerBrief } from './server.ts'
import type { ServerQuery } from './server-query.ts'

/** Where to look. */
export interface FindServerOptions extends CallOptions {
  /** In all projects. Administrators only. */
  readonly allTenants?: boolean | undefined
}

interface Servers {
  get(id: string, options: CallOptions): Promise<Server>
  allBrief(query: ServerQuery, options: CallOptions): Promise<ServerBrief[]>
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i

/** See `Servers.find`. */
export async function findServer(
  servers: Servers,
  nameOrId: string,
  { allTenants, ...options }: FindServerOptions,
): Promise<Server | undefined> {
  checkName('a server', nameOrId)
  const byId = UUID.test(nameOrId) ? await getOrUndefined(servers, nameOrId, options) : undefined
  if (byId) return byId
  // Nova takes a regular expression, which the database reads, mostly without regard to case.
  const name = `^${nameOrId.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`
  const listed = await servers.allBrief({ name, allTenants: allTenants || undefined }, options)
  const found = listed.filter((server) => server.name === nameOrId)
  const [only, second] = found
  if (!only) return undefined
  if (second) {
    throw new NotValidError(
      `"${nameOrId}" is the name of ${found.length} servers: ${found.map(({ id }) => id).join(', ')}`,
      { operation: 'find', resource: `server "${nameOrId}"`, hint: 'give the id' },
    )
  }
  return getOrUndefined(servers, only.id, options)
}

async function getOrUndefined(
  servers: Servers,
  id: string,
  options: CallOptions,
): Promise<Server | undefined> {
  try {
    return await servers.get(id, options)
  } catch (error) {
    if (error instanceof NotFoundError && error.status === 404) return undefined
    throw error
  }
}
