import { access } from 'node:fs/promises'
import { type Postgres, startPostgres } from '../durable/postgres.ts'
import { Site } from '../durable/site.ts'
import { type Figure, timed } from './measure.ts'

const MACHINES = 200
const WORKERS = [1, 2, 4]
/** What one worker starts at once unless it is told otherwise, and the provisioner as well. */
const AT_ONCE = 16

/** What it costs to start a machine, in milliseconds. */
interface Cost {
  readonly wall: number
  /** Of this process, the cloud included. */
  readonly processor: number
}

const machines = (count: number) => Array.from({ length: count }, () => ({}))

/** Starts a second of so many workers, each in a process of its own. */
async function startsPerSecond(databaseUrl: string, workers: number): Promise<number> {
  await using site = await Site.make({ databaseUrl })
  await site.bootstrap('main')
  for (let n = 1; n <= workers; n++) await site.worker(`w${n}`)
  // The first machines load the code.
  await site.untilState(await site.start('main', AT_ONCE * workers), 'succeeded')
  const time = await timed(async () => site.untilState(await site.start('main', MACHINES), 'succeeded'))
  return MACHINES / (time / 1_000)
}

async function costOf(start: (count: number) => Promise<unknown>): Promise<Cost> {
  await start(AT_ONCE)
  const before = process.cpuUsage()
  const wall = await timed(() => start(MACHINES))
  const { user, system } = process.cpuUsage(before)
  return { wall: wall / MACHINES, processor: (user + system) / 1_000 / MACHINES }
}

/** The provisioner alone. */
async function bareCost(): Promise<Cost> {
  await using site = await Site.make()
  await site.bootstrap('main')
  await using environ = await site.environs.openController('main')
  return await costOf((count) =>
    site.environs.startMachines('main', environ, machines(count), { concurrency: AT_ONCE }),
  )
}

/** Jobs that this process does. */
async function engineCost(databaseUrl?: string): Promise<Cost> {
  await using site = await Site.make(databaseUrl === undefined ? {} : { databaseUrl })
  await site.bootstrap('main')
  const end = new AbortController()
  const working = site.environs.jobs.work({ name: 'bench', signal: end.signal })
  try {
    return await costOf(async (count) => site.untilState(await site.start('main', count), 'succeeded'))
  } finally {
    end.abort()
    await working
  }
}

const costFigure = (engine: string, cost: Cost, bare: Cost): Figure => ({
  subject: `cost of a start over the bare provisioner, ${AT_ONCE} at once: ${engine}`,
  measured: (['wall', 'processor'] as const)
    .map(
      (kind) =>
        `${(cost[kind] - bare[kind]).toFixed(1)} ms ${kind} (${cost[kind].toFixed(1)} to ${bare[kind].toFixed(1)})`,
    )
    .join(', '),
})

const hasPostgres = (): Promise<boolean> =>
  access('/usr/lib/postgresql').then(
    () => true,
    () => false,
  )

/** What workers bring, and what the engines cost. */
export async function durable(): Promise<readonly Figure[]> {
  const bare = await bareCost()
  const journal = costFigure('journal', await engineCost(), bare)
  if (!(await hasPostgres())) {
    return [
      journal,
      { subject: 'starts a second with workers on PostgreSQL', measured: 'PostgreSQL is not there' },
    ]
  }
  await using postgres = await startPostgres()
  return [
    journal,
    costFigure('DBOS, without PostgreSQL itself', await engineCost(await postgres.database('cost')), bare),
    await ratesFigure(postgres),
  ]
}

async function ratesFigure(postgres: Postgres): Promise<Figure> {
  const rates: string[] = []
  for (const workers of WORKERS) {
    const rate = await startsPerSecond(await postgres.database(`workers_${workers}`), workers)
    rates.push(rate.toFixed(1))
  }
  return {
    subject: `starts a second with ${WORKERS.join(', ')} workers on PostgreSQL, ${MACHINES} machines`,
    measured: rates.join(', '),
  }
}
