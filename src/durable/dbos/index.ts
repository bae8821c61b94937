import type { AccountStore, ControllerStore } from '../../bootstrap/index.ts'
import type { Secret } from '../../cloud/secret.ts'
import type { Clock, Logger } from '../../environ/index.ts'
import type { DurableRunner } from '../../provisioner/durable-runner.ts'

/** Where jobs, controllers and accounts are kept. */
export interface DbosOptions {
  /** `postgresql://user:password@host:port/database` */
  readonly databaseUrl: string | Secret
  /**
   * Of mode 0600, with the key that the accounts of controllers are encrypted with. It is made when there is none, and is
   * the same one for all workers and clients of the database.
   */
  readonly keyFile: string
  /** Default: the host's. */
  readonly clock?: Clock
  /** Default: nothing is logged. */
  readonly logger?: Logger
}

/** What {@link dbos} gives to `createEnvirons`. */
export interface DurableServices extends AsyncDisposable {
  readonly runner: DurableRunner
  readonly controllers: ControllerStore
  readonly accounts: AccountStore
}

/**
 * Jobs on DBOS, with all that workers on several machines share in one PostgreSQL database. Its tables are made, or
 * brought up to date.
 * @throws UnavailableError, UnauthorizedError, NotFoundError when there is no such database, NotValidError when a newer
 * version has written it or the key file is not the right one, NotSupportedError when a package is missing
 */
export async function dbos(options: DbosOptions): Promise<DurableServices> {
  const { open } = await import('./open.ts')
  return await open(options)
}
