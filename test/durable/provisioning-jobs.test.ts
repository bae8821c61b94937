/** What workers do together: under quotas and limits, fairly, interrupted, and beside one that only slept. */

import type { ServerHistory } from 'cloud-environs/providers/openstack/embedded'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { at, KEYSTONE, login, NOVA, pick } from '../providers/openstack/embedded/rest.ts'
import { expectAccounted, stopAndDestroy } from './accounts.ts'
import { type Postgres, startPostgres } from './postgres.ts'
import { Site, type SiteOptions } from './site.ts'
import { threeWorkers } from './three-workers.ts'

const MINUTES = 60_000

let postgres: Postgres
let databases = 0
beforeAll(async () => {
  // All at the same time: what they wait for is mostly time.
  postgres = await startPostgres({ settings: ['max_connections = 500'] })
})
afterAll(() => postgres[Symbol.asyncDispose]())

/** A site with a database of its own, controllers and workers. */
async function siteOf(
  workers: readonly string[],
  controllers: readonly string[] = ['main'],
  options: SiteOptions = {},
): Promise<Site> {
  const databaseUrl = await postgres.database(`site_${++databases}`)
  const site = await Site.make({ databaseUrl, ...options })
  for (const name of controllers) await site.bootstrap(name)
  await Promise.all(workers.map((name) => site.worker(name)))
  return site
}

/** Servers of machines by the model that they are in, in the order in which they were made. */
async function madeFor(site: Site, controller: string): Promise<readonly ServerHistory[]> {
  const { modelConfig } = await site.environs.controllers.get(controller)
  const prefix = `juju-${modelConfig.uuid.slice(-6)}-`
  return site.cloud.openStack.history().filter(({ name }) => name.startsWith(prefix) && name !== `${prefix}0`)
}

describe.concurrent('a quota for fewer machines than are asked for', () => {
  it(
    'has the tasks wait, and go on when servers are deleted and when the quota is raised',
    async () => {
      const quotas = { instances: 31 }
      await using site = await siteOf(['w1', 'w2'], ['main'], { quotas })
      const { cloud } = site
      const job = await site.start('main', 60, { retryDelay: 200 })
      await site.untilSucceeded(job, 30)
      const refused = () =>
        cloud.openStack.requests.entries.filter(
          ({ method, path, status }) => method === 'POST' && path.endsWith('/servers') && status === 403,
        ).length
      await site.until(refused, (times) => times > 0)
      const ids = cloud.servers().map(({ id }) => id)
      const stop = await site.environs.jobs.stopInstances('main', ids.slice(0, 10))
      await site.untilState(stop, 'succeeded')
      await site.untilSucceeded(job, 40)
      expect(cloud.servers()).toHaveLength(30)

      const admin = await login(cloud.openStack, 'admin')
      const demo = await login(cloud.openStack)
      const { body } = await demo.get(`${KEYSTONE}/auth/projects`)
      const path = `${NOVA}/os-quota-sets/${String(pick(body, 'projects', 0, 'id'))}`
      const raised = await admin.put(path, { quota_set: { instances: 100 } }, at('2.57'))
      expect(raised.status).toBe(200)
      await site.untilState(job, 'succeeded')
      expect(cloud.servers()).toHaveLength(50)
      // All wait for one: it is not asked for each of them again and again.
      expect(refused()).toBeLessThan(200)
      expect(cloud.ledger().made).toBe(60)
    },
    3 * MINUTES,
  )
})

describe.concurrent('a job of three workers', () => {
  it(
    'of which one is killed and one replaced starts machines with groups and addresses of their own, each once',
    async () => {
      const databaseUrl = await postgres.database('addresses')
      expect(await threeWorkers({ machines: 100, databaseUrl, open: true })).toEqual({
        duplicates: 0,
        doubles: [],
      })
    },
    4 * MINUTES,
  )

  it(
    'that is cancelled in the middle leaves what had succeeded and nothing else',
    async () => {
      await using site = await siteOf(['w1', 'w2', 'w3'], ['main'], { buildMillis: 1_000 })
      await site.limitStarts(20)
      const job = await site.start('main', 100)
      await site.untilSucceeded(job, 30)
      await site.environs.jobs.runner.cancel(job.id)
      await site.untilState(job, 'cancelled')
      await expectAccounted(site, 'main', job)
      const { tasks } = await site.environs.jobs.runner.get(job.id)
      expect(tasks.cancelled).toBeGreaterThan(20)
      expect(site.cloud.servers()).toHaveLength(tasks.succeeded)
      await stopAndDestroy(site, 'main')
    },
    2 * MINUTES,
  )

  it(
    'that is paused in the middle begins nothing more until it is resumed',
    async () => {
      await using site = await siteOf(['w1', 'w2', 'w3'], ['main', 'other'])
      const { runner } = site.environs.jobs
      await site.limitStarts(10)
      const job = await site.start('main', 60)
      await site.untilSucceeded(job, 15)
      await runner.pause(job.id)
      await site.until(
        () => runner.get(job.id),
        ({ tasks }) => tasks.running === 0,
      )
      const made = (await madeFor(site, 'main')).length
      expect(made).toBeLessThan(50)
      const other = await site.start('other', 20)
      await site.untilState(other, 'succeeded')
      expect(await madeFor(site, 'main')).toHaveLength(made)
      expect((await runner.get(job.id)).state).toBe('paused')
      await runner.resume(job.id)
      await site.untilState(job, 'succeeded')
      await expectAccounted(site, 'main', job)
      await expectAccounted(site, 'other', other)
    },
    2 * MINUTES,
  )
})

describe.concurrent('a cloud that several have to do with', () => {
  it(
    'is shared: who comes later with few does not wait for all of those who came with many',
    async () => {
      await using site = await siteOf(['w1', 'w2'], ['big', 'small'])
      await site.limitStarts(8)
      const big = await site.start('big', 100)
      await site.untilSucceeded(big, 10)
      const small = await site.start('small', 20)
      await site.untilState(small, 'succeeded')
      // Turn by turn: of the big one as many as of the small one, and what was under way.
      expect((await site.environs.jobs.runner.get(big.id)).tasks.succeeded).toBeLessThan(70)
      await site.untilState(big, 'succeeded')
      await expectAccounted(site, 'big', big)
      await expectAccounted(site, 'small', small)
    },
    2 * MINUTES,
  )

  it(
    'does what has the smaller priority first',
    async () => {
      await using site = await siteOf(['w1', 'w2'])
      await site.limitStarts(8)
      const many = await site.start('main', 80)
      await site.untilSucceeded(many, 10)
      const first = await site.start('main', 20, { priority: 1 })
      const before = (await site.environs.jobs.runner.get(many.id)).tasks
      await site.untilState(first, 'succeeded')
      const after = (await site.environs.jobs.runner.get(many.id)).tasks
      // Those that were under way, and no more than were begun while it was handed in.
      expect(after.succeeded - before.succeeded).toBeLessThanOrEqual(20)
      await site.untilState(many, 'succeeded')
      await expectAccounted(site, 'main', many, first)
    },
    2 * MINUTES,
  )

  it(
    'never has more to do at once, and in a second, than its limits say',
    async () => {
      await using site = await siteOf(['w1', 'w2', 'w3'])
      await site.limitStarts(5)
      const few = await site.start('main', 40)
      await site.untilState(few, 'succeeded')
      expect(site.cloud.ledger().builds).toBeLessThanOrEqual(5)
      await site.limitStarts(50, 10)
      const began = Date.now()
      const slow = await site.start('main', 60)
      await site.untilState(slow, 'succeeded')
      expect(Date.now() - began).toBeGreaterThan(4_900)
      await expectAccounted(site, 'main', few, slow)
    },
    2 * MINUTES,
  )
})

describe.concurrent('a worker that is killed while it bootstraps', () => {
  it(
    'is made up for by another one: there is one controller, ready, which a job destroys',
    async () => {
      await using site = await siteOf([], [], { buildMillis: 2_000 })
      const { jobs, controllers } = site.environs
      const { openStack } = site.cloud
      const killed = await site.worker('w1')
      const job = await jobs.bootstrap({
        controllerName: 'made',
        cloud: 'embedded',
        agent: 'none',
        modelConfig: { network: 'private' },
      })
      await site.until(
        () => openStack.history(),
        (servers) => servers.length > 0,
      )
      await killed.end('SIGKILL')
      await site.worker('w2')
      await site.untilState(job, 'succeeded')
      const { status, instanceIds } = await controllers.get('made')
      expect(status).toBe('ready')
      const alive = Object.values(openStack.inventory()).flatMap(({ servers }) => servers)
      expect(alive.map(({ id }) => id)).toEqual(instanceIds)
      const destroy = await jobs.destroyController('made')
      await site.untilState(destroy, 'succeeded')
      expect(await controllers.all()).toEqual([])
      expect(site.cloud.counts()).toEqual({})
    },
    3 * MINUTES,
  )
})

describe.concurrent('a worker that sleeps for so long that others take over', () => {
  it(
    'makes nothing twice when it wakes up',
    async () => {
      await using site = await siteOf(['w1'])
      const sleeper = await site.worker('sleeper')
      const job = await site.start('main', 60)
      await site.untilSucceeded(job, 10)
      sleeper.signal('SIGSTOP')
      await site.untilState(job, 'succeeded')
      sleeper.signal('SIGCONT')
      // It takes part again, or knows that it was given up; in both cases it ends when it is told to.
      const next = await site.start('main', 20)
      await site.untilState(next, 'succeeded')
      const { code, stderr } = await sleeper.end()
      expect(code, stderr).toBe(0)
      await expectAccounted(site, 'main', job, next)
      await stopAndDestroy(site, 'main')
    },
    3 * MINUTES,
  )
})
