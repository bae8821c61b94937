/** Thousands of machines, started by one process that is killed again and again, on a cloud that fails at random. */

import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { expectAccounted, stopAndDestroy } from './accounts.ts'
import { seededNumbers } from './busy-cloud.ts'
import { type Recovery, watchRecovery } from './recovery.ts'
import { Site, tell } from './site.ts'

const MACHINES = 2_000
const KILLS = 5
const AT_ONCE = 48
/** Requests after the server at which a process is killed. */
const MORE_REQUESTS = 20
const SEED = 9
/** Requests that faults are spread over, for each machine. */
const REQUESTS_EACH = 3
const MINUTES = 60_000

it(
  'one process that is killed five times starts two thousand machines, each once',
  async () => {
    await using site = await Site.make()
    const { cloud, environs } = site
    const { openStack } = cloud
    await site.bootstrap('main')
    await site.limitStarts(AT_ONCE)
    const number = seededNumbers(SEED)
    const kills = Array.from({ length: KILLS }, () => ({
      servers: Math.floor(number() * MACHINES),
      more: Math.floor(number() * MORE_REQUESTS),
    })).toSorted((a, b) => a.servers - b.servers)

    cloud.fail(MACHINES * REQUESTS_EACH, SEED)
    const requests = openStack.requests.length
    const began = Date.now()
    const job = await site.start('main', MACHINES)
    const recoveries: Promise<Recovery>[] = []
    for (const { servers, more } of kills) {
      const worker = await site.worker('w1', '--until-idle')
      while (openStack.history().length <= servers && worker.running) await sleep(5)
      const until = openStack.requests.length + more
      while (openStack.requests.length < until && worker.running) await sleep(1)
      const { signal, stderr } = await worker.end('SIGKILL')
      expect(signal, stderr).toBe('SIGKILL')
      const recovery = watchRecovery(site, job)
      // Whatever fails first says why.
      recovery.catch(() => undefined)
      recoveries.push(recovery)
    }
    const last = await site.worker('w1', '--until-idle')
    const { code, stderr } = await last.result
    expect(code, stderr).toBe(0)
    const seconds = (Date.now() - began) / 1_000
    const each = (openStack.requests.length - requests) / MACHINES
    cloud.mend()

    const { tasks, state } = await environs.jobs.runner.get(job.id)
    expect(state).toBe('succeeded')
    expect(tasks).toEqual({ total: MACHINES, running: 0, succeeded: MACHINES, failed: 0, cancelled: 0 })
    await expectAccounted(site, 'main', job)
    const names = cloud.servers().map(({ name }) => name)
    const duplicates = names.length - new Set(names).size
    const ledger = cloud.ledger()
    const recovered = await Promise.all(recoveries)
    const twice = (await site.tasks(job)).filter(({ begun }) => begun > 1).length
    tell(`${MACHINES} starts, one process, killed ${KILLS} times, seed ${SEED}`, {
      'killed when so many servers were made': kills.map(({ servers }) => servers).join(', '),
      'starts a second': (MACHINES / seconds).toFixed(1),
      'requests per start, polls included': each.toFixed(2),
      duplicates,
      orphans: names.length - MACHINES,
      'servers made in all': ledger.made,
      'the most servers of one machine at any one moment': ledger.atOnce,
      'the most builds under way at any one moment': ledger.builds,
      'tasks begun more than once': twice,
      'until they were begun again, in seconds': Math.max(...recovered.map(({ begunAgain }) => begunAgain)),
      'time to recover, in seconds': Math.max(...recovered.map(({ over }) => over)),
    })
    expect(duplicates).toBe(0)
    expect(ledger.doubles).toEqual([])
    expect(twice).toBeGreaterThan(0)
    await site.worker('w1')
    await stopAndDestroy(site, 'main')
  },
  8 * MINUTES,
)
