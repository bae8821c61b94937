import type { Client } from 'pg'
import { NotValidError, UnavailableError } from '../../environ/errors.ts'
import type { Database } from './database.ts'
import { failure, resourceOf } from './failures.ts'
import { quietly } from './quietly.ts'

/** The engine's own tables. */
export const DBOS_SCHEMA = 'dbos'

/** Milliseconds. */
const PATIENCE = 60_000
const PAUSE = 100

/** One after the other; a step that was released never changes. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE environs.jobs (
     id text PRIMARY KEY,
     number bigint GENERATED ALWAYS AS IDENTITY,
     kind text NOT NULL,
     controller text NOT NULL,
     cloud text NOT NULL,
     model text NOT NULL,
     priority smallint NOT NULL,
     created_at bigint NOT NULL,
     state text NOT NULL,
     was_paused boolean NOT NULL DEFAULT false,
     total integer NOT NULL,
     begun integer NOT NULL DEFAULT 0,
     succeeded integer NOT NULL DEFAULT 0,
     failed integer NOT NULL DEFAULT 0,
     cancelled integer NOT NULL DEFAULT 0,
     ended_at bigint,
     events integer NOT NULL DEFAULT 1
   );
   CREATE INDEX ON environs.jobs (state) WHERE ended_at IS NULL;
   CREATE TABLE environs.tasks (
     job text NOT NULL REFERENCES environs.jobs ON DELETE CASCADE,
     id text NOT NULL,
     position integer NOT NULL,
     queue text NOT NULL,
     model text NOT NULL,
     priority smallint NOT NULL,
     place integer NOT NULL,
     input json NOT NULL,
     begun integer NOT NULL DEFAULT 0,
     outcome json,
     PRIMARY KEY (job, id)
   );
   CREATE UNIQUE INDEX ON environs.tasks (job, position);
   CREATE INDEX ON environs.tasks (queue, priority, place) WHERE begun = 0 AND outcome IS NULL;
   CREATE INDEX ON environs.tasks (queue, priority, model, place) WHERE begun = 0 AND outcome IS NULL;
   CREATE TABLE environs.events (
     job text NOT NULL REFERENCES environs.jobs ON DELETE CASCADE,
     seq integer NOT NULL,
     at bigint NOT NULL,
     task text,
     message text NOT NULL,
     outcome text,
     state text,
     PRIMARY KEY (job, seq)
   );
   CREATE TABLE environs.limits (
     cloud text NOT NULL,
     kind text NOT NULL,
     at_once integer NOT NULL,
     at_once_per_worker integer NOT NULL,
     per_second double precision,
     PRIMARY KEY (cloud, kind)
   );
   CREATE TABLE environs.holds (
     cloud text NOT NULL,
     kind text NOT NULL,
     until timestamptz NOT NULL,
     PRIMARY KEY (cloud, kind)
   );
   CREATE TABLE environs.workers (
     name text PRIMARY KEY,
     beat timestamptz NOT NULL
   );
   CREATE TABLE environs.controllers (
     name text PRIMARY KEY,
     details json NOT NULL
   );
   CREATE TABLE environs.machines (
     controller text NOT NULL REFERENCES environs.controllers ON DELETE CASCADE,
     id text NOT NULL,
     record json NOT NULL,
     PRIMARY KEY (controller, id)
   );
   CREATE TABLE environs.accounts (
     controller text PRIMARY KEY,
     nonce bytea NOT NULL,
     sealed bytea NOT NULL
   );
   CREATE TABLE environs.key_check (
     sole boolean PRIMARY KEY DEFAULT true CHECK (sole),
     nonce bytea NOT NULL,
     sealed bytea NOT NULL
   )`,
]

/**
 * Held by the connection, so a process that dies lets go of it. Asked for again and again: the engine makes indexes in a
 * way that waits for all statements under way, also for one that waits for this.
 */
async function lock({ clock, place }: Database, client: Client): Promise<void> {
  for (const until = clock.now() + PATIENCE; clock.now() < until; await clock.sleep(PAUSE)) {
    const { rows } = await client.query<{ locked: boolean }>(
      `SELECT pg_try_advisory_lock(hashtextextended('environs schema', 0)) AS locked`,
    )
    if (rows[0]?.locked) return
  }
  throw new UnavailableError(`${resourceOf(place)} is being set up by somebody else`, {
    resource: resourceOf(place),
    hint: 'try again when that is done',
  })
}

/**
 * Makes the tables, or brings them to what this version knows; of several at the same time one after the other.
 * @throws NotValidError when a newer version has written them
 */
export async function migrate(database: Database): Promise<void> {
  const { pg, sdk } = database.packages
  const url = database.url.reveal()
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 8_000,
    keepAlive: true,
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await lock(database, client)
    const { rows: known } = await client.query<{ there: boolean }>(
      `SELECT to_regclass('environs.schema_version') IS NOT NULL AS there`,
    )
    const { rows: versions } = known[0]?.there
      ? await client.query<{ version: number }>('SELECT version FROM environs.schema_version')
      : { rows: [] }
    const version = versions[0]?.version ?? 0
    if (version > MIGRATIONS.length) {
      throw new NotValidError(
        `${resourceOf(database.place)} was written by a newer version of cloud-environs`,
        {
          resource: resourceOf(database.place),
          hint: 'upgrade cloud-environs here',
        },
      )
    }
    await quietly(database.logger, () => sdk.DBOS.migrate(url, { schemaName: DBOS_SCHEMA }))
    for (const [index, statements] of MIGRATIONS.entries()) {
      if (index < version) continue
      // Several statements in one query are one transaction.
      await client.query(
        `CREATE SCHEMA IF NOT EXISTS environs;
         CREATE TABLE IF NOT EXISTS environs.schema_version (
           sole boolean PRIMARY KEY DEFAULT true CHECK (sole), version integer NOT NULL);
         ${statements};
         INSERT INTO environs.schema_version (version) VALUES (${index + 1})
           ON CONFLICT (sole) DO UPDATE SET version = excluded.version`,
      )
    }
  } catch (error) {
    throw failure(error, database.place)
  } finally {
    await client.end().catch(() => undefined)
  }
}
