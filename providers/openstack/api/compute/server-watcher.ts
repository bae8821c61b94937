/** Follows any number of servers with one request at a time. */

import type { Clock } from 'cloud-environs/provider'
import type { CallOptions, ListOptions } from '../service/options.ts'
import { Watcher } from '../service/watcher.ts'
import type { Server } from './server.ts'
import type { ServerQuery } from './server-query.ts'
import {
  whenDeleted,
  whenInStatus,
  type WaitForDeleteOptions,
  type WaitForStatusOptions,
} from './server-verdicts.ts'

interface Servers {
  get(id: string, options: CallOptions): Promise<Server>
  list(query: ServerQuery, options: ListOptions): AsyncIterable<Server>
}

/** See `Servers.watcher`. */
export class ServerWatcher extends Watcher<Server> {
  constructor(servers: Servers, clock: Clock, query: ServerQuery = {}) {
    const watched = {
      resource: 'server',
      get: (id: string, options: CallOptions) => servers.get(id, options),
      list: (options: ListOptions) => servers.list(query, options),
      describe: ({ status, taskState }: Server) => (taskState ? `${status} (${taskState})` : status),
    }
    super(watched, clock)
  }

  /** See `Servers.waitForStatus`. */
  waitForStatus(id: string, options: WaitForStatusOptions = {}): Promise<Server> {
    const { signal, timeoutMs, accept = ['ACTIVE'] } = options
    const goal = accept.join(' or ')
    return this.until(id, whenInStatus(id, options), { signal, timeoutMs, goal, atOnce: true })
  }

  /** See `Servers.waitForDelete`. */
  async waitForDelete(id: string, options: WaitForDeleteOptions = {}): Promise<void> {
    const { signal, timeoutMs } = options
    await this.until(id, whenDeleted(options), { signal, timeoutMs, goal: 'deleted', atOnce: true })
  }
}
