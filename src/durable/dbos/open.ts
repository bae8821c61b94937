import type { Logger } from '../../environ/index.ts'
import { systemClock } from '../../runtime/host/clock.ts'
import { PostgresAccountStore } from './account-store.ts'
import { PostgresControllerStore } from './controller-store.ts'
import { Database, packages, secretUrl } from './database.ts'
import { dbosLogger } from './dbos-logger.ts'
import type { DbosOptions, DurableServices } from './index.ts'
import { accountKey, checkKey } from './key-file.ts'
import { DbosRunner } from './runner.ts'
import { DBOS_SCHEMA, migrate } from './schema.ts'
import { APPLICATION } from './workflows.ts'

const CLIENT_CONNECTIONS = 4

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent }

/** Connects to the database, which is brought up to date. */
export async function open({
  databaseUrl,
  keyFile,
  clock = systemClock,
  logger = silent,
}: DbosOptions): Promise<DurableServices> {
  const url = secretUrl(databaseUrl)
  const database = new Database({ url, packages: await packages(), clock, logger })
  try {
    await migrate(database)
    const key = await accountKey(keyFile)
    await checkKey(database, key)
    // Of its own: the engine is asked while connections of the other pool hold locks, or wait for them.
    const pool = database.newPool(CLIENT_CONNECTIONS)
    const client = await database.packages.sdk.DBOSClient.create({
      systemDatabaseUrl: url.reveal(),
      systemDatabasePool: pool,
      systemDatabaseSchemaName: DBOS_SCHEMA,
      applicationName: APPLICATION,
      logger: dbosLogger(logger),
    })
    let disposed: Promise<void> | undefined
    const dispose = (): Promise<void> => {
      disposed ??= client.destroy().then(async () => {
        await pool.end()
        await database[Symbol.asyncDispose]()
      })
      return disposed
    }
    return {
      runner: new DbosRunner(database, client, dispose),
      controllers: new PostgresControllerStore(database),
      accounts: new PostgresAccountStore(database, key),
      [Symbol.asyncDispose]: dispose,
    }
  } catch (error) {
    await database[Symbol.asyncDispose]()
    throw error
  }
}
