import { randomUUID } from 'node:crypto'
import type { Access } from '../access.ts'

export type MigrationType = 'resize' | 'migration' | 'live-migration' | 'evacuation'

/** One move of a server from a host to another, as administrators see it. */
export interface Migration {
  readonly id: number
  readonly uuid: string
  readonly serverId: string
  readonly type: MigrationType
  readonly userId: string
  readonly projectId: string
  readonly sourceHost: string
  destHost: string | null
  /** Numbers of the flavors, which are not their ids. */
  readonly oldFlavor: number
  readonly newFlavor: number
  status: string
  readonly created: number
  updated: number
}

/** All that ever were, oldest first. */
export class Migrations {
  readonly #all: Migration[] = []

  begin(
    access: Access,
    given: Pick<
      Migration,
      'serverId' | 'type' | 'sourceHost' | 'destHost' | 'oldFlavor' | 'newFlavor' | 'status'
    >,
  ): Migration {
    const now = Date.now()
    const migration: Migration = {
      ...given,
      id: this.#all.length + 1,
      uuid: randomUUID(),
      userId: access.user.id,
      projectId: access.projectId,
      created: now,
      updated: now,
    }
    this.#all.push(migration)
    return migration
  }

  /** Youngest first. */
  all(): Migration[] {
    return this.#all.toReversed()
  }

  of(serverId: string): readonly Migration[] {
    return this.#all.filter((each) => each.serverId === serverId)
  }
}

export function setMigrationStatus(migration: Migration, status: string): void {
  migration.status = status
  migration.updated = Date.now()
}

/** Live migrations that can still be watched, forced or aborted. */
export function isInProgress({ type, status }: Migration): boolean {
  return type === 'live-migration' && ['queued', 'preparing', 'running', 'post-migrating'].includes(status)
}
