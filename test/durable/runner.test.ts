import { afterAll, beforeAll } from 'vitest'
import { testRunner } from '../provisioner/runner-contract.ts'
import { Place } from './place.ts'
import { type Postgres, startPostgres } from './postgres.ts'

let postgres: Postgres
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(async () => {
  await postgres[Symbol.asyncDispose]()
})

/** Milliseconds: workers look for what there is ten times a second, and for new queues once. */
const MOMENT = 2_000

testRunner(
  'DBOS',
  async () => {
    const place = await Place.on(postgres)
    return {
      open: async () => (await place.open()).runner,
      [Symbol.asyncDispose]: async () => await place[Symbol.asyncDispose](),
    }
  },
  MOMENT,
)
