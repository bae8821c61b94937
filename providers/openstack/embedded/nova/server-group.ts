import { randomUUID } from 'node:crypto'
import type { Access } from '../access.ts'
import type { Host } from './hosts.ts'
import type { Server } from './server.ts'

export type GroupPolicy = 'affinity' | 'anti-affinity' | 'soft-affinity' | 'soft-anti-affinity'

export interface ServerGroup {
  readonly id: string
  readonly name: string
  readonly policy: GroupPolicy
  /** Of anti-affinity, when it is not one. */
  readonly maxServerPerHost: number | undefined
  readonly projectId: string
  readonly userId: string
  /** Those that were ever put into it. */
  readonly servers: Server[]
}

/** How a host with so many of the group's servers, of so many placed at all, suits the next one. */
type Suitability = (here: number, placed: number, group: ServerGroup) => number | undefined

const SUITABILITY: Readonly<Record<GroupPolicy, Suitability>> = {
  affinity: (here, placed) => (here > 0 || placed === 0 ? 0 : undefined),
  'anti-affinity': (here, _placed, { maxServerPerHost = 1 }) => (here < maxServerPerHost ? 0 : undefined),
  'soft-affinity': (here) => here,
  'soft-anti-affinity': (here) => -here,
}

/** The server groups of all projects, oldest first. */
export class ServerGroups {
  readonly #groups = new Map<string, ServerGroup>()

  get(id: string): ServerGroup | undefined {
    return this.#groups.get(id)
  }

  all(): ServerGroup[] {
    return [...this.#groups.values()]
  }

  of(projectId: string): ServerGroup[] {
    return this.all().filter((group) => group.projectId === projectId)
  }

  add(
    { projectId, user }: Access,
    given: Pick<ServerGroup, 'name' | 'policy' | 'maxServerPerHost'>,
  ): ServerGroup {
    const group = { ...given, id: randomUUID(), projectId, userId: user.id, servers: [] }
    this.#groups.set(group.id, group)
    return group
  }

  remove(group: ServerGroup): void {
    this.#groups.delete(group.id)
  }

  /** The group that the server is in, if that still exists. */
  groupOf(server: Server): ServerGroup | undefined {
    return server.groupId === undefined ? undefined : this.get(server.groupId)
  }

  /** How well a host suits the server's group: the higher the better; `undefined` when it does not at all. */
  suitability(server: Server, host: Host): number | undefined {
    const group = this.groupOf(server)
    if (!group) return 0
    const placed = members(group).filter((each) => each !== server && each.host !== undefined)
    const here = placed.filter((each) => each.host === host.name)
    return SUITABILITY[group.policy](here.length, placed.length, group)
  }
}

/** The servers of a group that exist. */
export function members(group: ServerGroup): Server[] {
  return group.servers.filter(({ vmState }) => vmState !== 'deleted')
}
