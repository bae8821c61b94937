/** Three workers on PostgreSQL, of which one dies, on a cloud that fails at random. */

import { expect } from 'vitest'
import { expectAccounted, stopAndDestroy } from './accounts.ts'
import { watchRecovery } from './recovery.ts'
import { Site, tell } from './site.ts'

const SEED = 9
/** Requests that faults are spread over, for each machine. */
const REQUESTS_EACH = 3
const MINUTES = 60_000

/** What they start. */
export interface Scenario {
  readonly machines: number
  readonly databaseUrl: string
  /** With groups and public addresses of their own. */
  readonly open: boolean
}

/** What there was twice: servers in the end, and machines that got one while they had one. */
export interface Twice {
  readonly duplicates: number
  readonly doubles: readonly string[]
}

/** Three workers: one is killed when a third is done, and one is stopped and replaced when half is. Gives what was twice. */
export async function threeWorkers({ machines, databaseUrl, open }: Scenario): Promise<Twice> {
  await using site = await Site.make({ databaseUrl })
  const { cloud, environs } = site
  const { openStack } = cloud
  await site.bootstrap('main', open ? { 'firewall-mode': 'instance' } : {})
  const killed = await site.worker('w1')
  const stopped = await site.worker('w2')
  const third = await site.worker('w3')

  cloud.fail(machines * REQUESTS_EACH, SEED)
  const requests = openStack.requests.length
  const began = Date.now()
  const job = await site.start('main', machines, { allocatePublicIp: open })
  await site.untilSucceeded(job, machines / 3)
  killed.signal('SIGKILL')
  const recovery = watchRecovery(site, job)
  // Whatever fails first says why.
  recovery.catch(() => undefined)
  await site.untilSucceeded(job, machines / 2)
  const left = await stopped.end('SIGTERM')
  expect(left.code, left.stderr).toBe(0)
  const replaced = await site.worker('w2')
  await site.untilState(job, 'succeeded', 6 * MINUTES)
  const seconds = (Date.now() - began) / 1_000
  const each = (openStack.requests.length - requests) / machines
  cloud.mend()

  const { tasks } = await environs.jobs.runner.get(job.id)
  expect(tasks).toEqual({ total: machines, running: 0, succeeded: machines, failed: 0, cancelled: 0 })
  await expectAccounted(site, 'main', job)
  const names = cloud.servers().map(({ name }) => name)
  const duplicates = names.length - new Set(names).size
  const ledger = cloud.ledger()
  const recovered = await recovery
  const twice = (await site.tasks(job)).filter(({ begun }) => begun > 1).length
  tell(`${machines} starts${open ? ' with public addresses' : ''}, three workers, seed ${SEED}`, {
    'starts a second': (machines / seconds).toFixed(1),
    'requests per start, polls included': each.toFixed(2),
    duplicates,
    orphans: names.length - machines,
    'servers made in all': ledger.made,
    'the most servers of one machine at any one moment': ledger.atOnce,
    'the most builds under way at any one moment': ledger.builds,
    'tasks begun more than once': twice,
    'of the killed worker': recovered.tasks,
    'until those were begun again, in seconds': recovered.begunAgain,
    'time to recover, in seconds': recovered.over,
  })
  expect(recovered.tasks).toBeGreaterThan(0)
  await stopAndDestroy(site, 'main')
  for (const worker of [third, replaced]) {
    expect(worker.running).toBe(true)
    const { code, stderr } = await worker.end()
    expect(code, stderr).toBe(0)
  }
  return { duplicates, doubles: ledger.doubles }
}
