import type { DBOSClient } from '@dbos-inc/dbos-sdk'
import { NotValidError } from '../../environ/errors.ts'
import type { CallOptions } from '../../environ/index.ts'
import { type CloudLimit, DEFAULT_LIMITS, type Job, type JobKind } from '../../provisioner/durable-runner.ts'
import type { Database } from './database.ts'

/**
 * All tasks of a queue are in one partition: workers that ask a partitioned queue at the same time just ask again at the
 * next interval, while others would ask ever more seldom.
 */
export const PARTITION = 'all'

/** Milliseconds between two looks of a worker at a queue. */
const POLLING_INTERVAL = 100

interface LimitRow {
  readonly cloud: string
  readonly kind: JobKind
  readonly at_once: number
  readonly at_once_per_worker: number
  readonly per_second: number | null
}

/** Where tasks of one kind wait for one cloud. */
export const queueName = ({ kind, cloud }: Pick<Job, 'kind' | 'cloud'>): string => `${kind} ${cloud}`

const isWhole = (value: number): boolean => Number.isInteger(value) && value >= 1 && value <= 100_000

function check({ cloud, kind, atOnce, atOncePerWorker, perSecond }: CloudLimit): void {
  const resource = `limit of "${kind}" on ${cloud}`
  const refuse = (message: string, hint: string): never => {
    throw new NotValidError(message, { resource, hint })
  }
  if (cloud === '' || !Object.hasOwn(DEFAULT_LIMITS, kind)) {
    refuse(`there is no limit of "${kind}" on "${cloud}"`, 'name a cloud and one of its kinds of jobs')
  }
  if (!isWhole(atOnce) || !isWhole(atOncePerWorker)) {
    refuse('a limit is a whole number from 1 to 100,000', 'at least one task can be under way')
  }
  if (perSecond !== undefined && !(perSecond > 0 && perSecond <= 100_000)) {
    refuse('tasks in a second are more than 0 and at most 100,000', 'leave it out to have no such limit')
  }
}

const limitOf = (row: LimitRow): CloudLimit => ({
  cloud: row.cloud,
  kind: row.kind,
  atOnce: row.at_once,
  atOncePerWorker: row.at_once_per_worker,
  ...(row.per_second === null ? {} : { perSecond: row.per_second }),
})

/** A rate of whole tasks in whole seconds. */
const rate = (perSecond: number) =>
  perSecond >= 1
    ? { limitPerPeriod: Math.floor(perSecond), periodSec: Math.floor(perSecond) / perSecond }
    : { limitPerPeriod: 1, periodSec: 1 / perSecond }

/** The engine's queues, and the limits that they keep. */
export class Queues {
  readonly #database: Database
  readonly #client: DBOSClient
  /** Those that are known to be there. */
  readonly #there = new Set<string>()

  constructor(database: Database, client: DBOSClient) {
    this.#database = database
    this.#client = client
  }

  /** Sees to it that workers look at a queue. */
  async ensure(of: Pick<Job, 'kind' | 'cloud'>): Promise<void> {
    const name = queueName(of)
    if (this.#there.has(name)) return
    const there = await this.#client.retrieveQueue(name)
    if (!there) {
      const rows = await this.#database.query<LimitRow>(
        'SELECT * FROM environs.limits WHERE cloud = $1 AND kind = $2',
        [of.cloud, of.kind],
      )
      const [row] = rows
      await this.#register(row ? limitOf(row) : { ...of, ...DEFAULT_LIMITS[of.kind] }, 'never_update')
    }
    this.#there.add(name)
  }

  async limits(options: CallOptions = {}): Promise<readonly CloudLimit[]> {
    const rows = await this.#database.query<LimitRow>(
      'SELECT * FROM environs.limits ORDER BY cloud, kind',
      [],
      options,
    )
    return rows.map(limitOf)
  }

  /** @throws NotValidError */
  async setLimit(limit: CloudLimit, options: CallOptions = {}): Promise<void> {
    check(limit)
    const { cloud, kind, atOnce, atOncePerWorker, perSecond } = limit
    await this.#database.query(
      `INSERT INTO environs.limits VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (cloud, kind) DO UPDATE SET at_once = excluded.at_once,
         at_once_per_worker = excluded.at_once_per_worker, per_second = excluded.per_second`,
      [cloud, kind, atOnce, atOncePerWorker, perSecond ?? null],
      options,
    )
    await this.#register(limit, 'always_update')
  }

  async #register(
    { cloud, kind, atOnce, atOncePerWorker, perSecond }: CloudLimit,
    onConflict: 'always_update' | 'never_update',
  ): Promise<void> {
    await this.#client.registerQueue(queueName({ cloud, kind }), {
      onConflict,
      partitionConcurrency: atOnce,
      partitionWorkerConcurrency: Math.min(atOnce, atOncePerWorker),
      ...(perSecond === undefined ? {} : { partitionRateLimit: rate(perSecond) }),
      minPollingIntervalMs: POLLING_INTERVAL,
    })
  }
}
