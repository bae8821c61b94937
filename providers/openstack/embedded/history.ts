import type { Cloud } from './cloud.ts'
import type { ComputeState } from './nova/state.ts'
import type { Server } from './nova/server.ts'

/** What became of one server. Moments are milliseconds since the epoch. */
export interface ServerHistory {
  readonly id: string
  readonly name: string
  readonly created: number
  /** When its build ended, well or not; absent: it did not, or was ended by its removal. */
  readonly built?: number
  /** When its removal was begun. */
  readonly deleting?: number
  readonly deleted?: number
}

/** Every server that there ever was, over all regions, oldest first. */
export const takeHistory = (cloud: Cloud): readonly ServerHistory[] =>
  cloud.regions.flatMap(({ compute }) =>
    [...compute.servers.values()].map((server) => historyOf(compute, server)),
  )

function historyOf({ instanceActions }: ComputeState, server: Server): ServerHistory {
  const { id, name, created, terminated } = server
  const built = server.launched ?? server.fault?.created
  const deleting = instanceActions.of(id).find((action) => action.name === 'delete')?.start ?? terminated
  return {
    id,
    name,
    created,
    ...(built === undefined ? {} : { built }),
    ...(deleting === undefined ? {} : { deleting }),
    ...(terminated === undefined ? {} : { deleted: terminated }),
  }
}
