/** Thousands of machines, started by workers on several machines of which one dies, on a cloud that fails at random. */

import { expect, it } from 'vitest'
import { startPostgres } from './postgres.ts'
import { threeWorkers } from './three-workers.ts'

const MINUTES = 60_000

it(
  'three workers on PostgreSQL, one killed, one stopped and replaced, start two thousand machines, each once',
  async () => {
    await using postgres = await startPostgres()
    const scenario = { machines: 2_000, databaseUrl: postgres.url(), open: false }
    expect(await threeWorkers(scenario)).toEqual({ duplicates: 0, doubles: [] })
  },
  8 * MINUTES,
)
