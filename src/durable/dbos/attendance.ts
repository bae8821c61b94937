/** Which workers are there, and what becomes of the tasks of those that are not. */

import type { DBOSClient } from '@dbos-inc/dbos-sdk'
import type { PoolClient } from 'pg'
import type { Database } from './database.ts'
import { type JobRow, jobOf } from './job-rows.ts'
import { handBack, idOf, underWay, wake } from './workflows.ts'

/** Ended jobs that are kept, and how many are removed at a time. */
const ENDED = 200
const PRUNED = 20

/** Gives a sign of life, by the clock that all workers have in common. */
export async function beat(database: Database, name: string): Promise<void> {
  await database.query(
    `INSERT INTO environs.workers VALUES ($1, clock_timestamp())
     ON CONFLICT (name) DO UPDATE SET beat = excluded.beat`,
    [name],
  )
}

/** Has others do what this worker began and does no more. */
export async function leave(database: Database, client: DBOSClient, name: string): Promise<void> {
  await handBack(client, await underWay(client, name))
  await database.query('DELETE FROM environs.workers WHERE name = $1', [name])
}

/** Hands back what workers had begun that give no sign of life. One worker at a time does it. */
export async function takeFromTheDead(
  database: Database,
  client: DBOSClient,
  silence: number,
): Promise<void> {
  await database.transaction(async (connection) => {
    const { rows: lock } = await connection.query<{ mine: boolean }>(
      `SELECT pg_try_advisory_xact_lock(hashtextextended('environs attendance', 0)) AS mine`,
    )
    if (!lock[0]?.mine) return
    // Workers are written down before they begin anything, so whoever has begun something is known to the second look.
    const begun = await underWay(client)
    const { rows } = await connection.query<{ name: string }>(
      `SELECT name FROM environs.workers WHERE beat > clock_timestamp() - $1 * interval '1 millisecond'`,
      [silence],
    )
    const alive = new Set(rows.map(({ name }) => name))
    await handBack(
      client,
      begun.filter(({ executorId }) => !alive.has(executorId ?? '')),
    )
    await connection.query('DELETE FROM environs.workers WHERE name <> ALL ($1)', [[...alive]])
    // Whoever resumed or cancelled a job may have died before its tasks were woken.
    const { rows: jobs } = await connection.query<JobRow>(
      `SELECT * FROM environs.jobs WHERE ended_at IS NULL AND state <> 'paused' AND was_paused`,
    )
    for (const job of jobs) await wake(database, client, jobOf(job))
    await prune(connection, client)
  })
}

/** Removes some of the ended jobs that are older than those that are kept, and what the engine keeps of them. */
async function prune(connection: PoolClient, client: DBOSClient): Promise<void> {
  const { rows } = await connection.query<{ id: string }>(
    `SELECT id FROM environs.jobs WHERE ended_at IS NOT NULL
      ORDER BY created_at DESC, number DESC OFFSET ${ENDED} LIMIT ${PRUNED}`,
  )
  for (const { id: job } of rows) {
    const tasks = await connection.query<{ id: string }>('SELECT id FROM environs.tasks WHERE job = $1', [
      job,
    ])
    await client.deleteWorkflows(tasks.rows.map(({ id }) => idOf(job, id)))
    await connection.query('DELETE FROM environs.jobs WHERE id = $1', [job])
  }
}
