import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ConflictError } from 'cloud-environs'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { DurableRunner } from '../../src/provisioner/durable-runner.ts'
import { job, linesOf, only, over, tasks } from './jobs.ts'
import { LoneWorkerProcess } from './lone-worker-process.ts'
import { Place } from './place.ts'
import { type Postgres, startPostgres } from './postgres.ts'

let postgres: Postgres
let place: Place
let runner: DurableRunner
let file: string
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(async () => {
  await postgres[Symbol.asyncDispose]()
})
beforeEach(async () => {
  place = await Place.on(postgres)
  ;({ runner } = await place.open())
  file = join(place.directory, 'acts')
  return async () => await place[Symbol.asyncDispose]()
})

const start = (name: string, { step = 100, silence = 30_000 } = {}): LoneWorkerProcess =>
  new LoneWorkerProcess({ databaseUrl: place.url, keyFile: place.keyFile, name, file, step, silence })

const PATIENCE = { timeout: 30_000, interval: 20 }

describe('a worker', () => {
  it('that is killed is missed: others do what it had begun, and none of its finished steps again', async () => {
    await using dying = start('dying', { step: 300 })
    await vi.waitFor(() => expect(dying.begun).toEqual([]), PATIENCE)
    await runner.submit(job(), tasks(30))
    await vi.waitFor(async () => expect((await linesOf(file)).length).toBeGreaterThan(20), PATIENCE)
    await dying.end('SIGKILL')
    await using other = start('other', { silence: 1_500 })
    void other
    expect(await over(runner)).toMatchObject({ state: 'succeeded', tasks: { succeeded: 30 } })
    const acts = (await linesOf(file)).map((line) => line.split(' ').slice(0, 3).join(' '))
    expect(new Set(acts).size).toBe(60)
    expect(acts.length - 60).toBeLessThanOrEqual(16)
  })

  it('that is stopped hands back at once what it had begun', async () => {
    await runner.submit(job(), tasks(30))
    await using leaving = start('leaving', { step: 500 })
    await vi.waitFor(() => expect(leaving.begun.length).toBeGreaterThan(0), PATIENCE)
    expect(await leaving.end('SIGTERM')).toBe(0)
    const acts = (await linesOf(file)).length
    expect(acts).toBeGreaterThan(0)
    expect(await postgres.query('SELECT name FROM environs.workers', [], place.name)).toEqual([])
    const pending = `SELECT FROM dbos.workflow_status WHERE status = 'PENDING'`
    expect(await postgres.query(pending, [], place.name)).toEqual([])
    await using other = start('other')
    void other
    expect((await over(runner)).state).toBe('succeeded')
    // Its steps came to their end, and count.
    expect(await linesOf(file)).toHaveLength(60)
  })

  it('is the only one of its name on all machines, until it is killed', async () => {
    await using first = start('one')
    await runner.submit(job(), tasks(1))
    await vi.waitFor(() => expect(first.begun.length).toBeGreaterThan(0), PATIENCE)
    const handlers = only(async () => ({ status: 'succeeded', result: null }))
    await expect(runner.work(handlers, { name: 'one', untilIdle: true })).rejects.toBeInstanceOf(
      ConflictError,
    )
    await first.end('SIGKILL')
    await runner.work(handlers, { name: 'one', untilIdle: true })
    expect((await runner.get('job')).state).toBe('succeeded')
  })

  it('shares the tasks with others: each is done once, and no limit is passed', async () => {
    await runner.setLimit({ cloud: 'home/RegionOne', kind: 'start', atOnce: 24, atOncePerWorker: 10 })
    await using one = start('one', { step: 50 })
    await using two = start('two', { step: 50 })
    await using three = start('three', { step: 50 })
    await runner.submit(job(), tasks(300))
    const underWay = `SELECT count(*)::int AS number FROM dbos.workflow_status WHERE status = 'PENDING'`
    let most = 0
    while ((await runner.get('job')).endedAt === undefined) {
      const [row] = await postgres.query(underWay, [], place.name)
      most = Math.max(most, Number(row?.['number']))
      await sleep(20)
    }
    const acts = await linesOf(file)
    expect(acts).toHaveLength(600)
    expect(new Set(acts.map((line) => line.split(' ').at(-1))).size).toBe(3)
    expect(most).toBeLessThanOrEqual(24)
    expect(most).toBeGreaterThan(10)
    for (const worker of [one, two, three]) expect(await worker.end('SIGTERM')).toBe(0)
  })
})

describe('a job', () => {
  it('that is paused and resumed again and again loses no task', async () => {
    await runner.submit(job(), tasks(150))
    await using one = start('one', { step: 10 })
    await using two = start('two', { step: 10 })
    void [one, two]
    let changes = 0
    for (; changes < 40 && (await runner.get('job')).endedAt === undefined; changes++) {
      const change = changes % 2 === 0 ? runner.pause('job') : runner.resume('job')
      await change.catch(() => undefined)
      await sleep(changes % 2 === 0 ? 20 : 120)
    }
    expect(changes).toBeGreaterThan(4)
    await runner.resume('job').catch(() => undefined)
    await over(runner)
    expect(await runner.get('job')).toMatchObject({
      state: 'succeeded',
      tasks: { total: 150, succeeded: 150 },
    })
    const acts = (await linesOf(file)).map((line) => line.split(' ').slice(0, 3).join(' '))
    expect(new Set(acts).size).toBe(300)
    // Who was resumed just as it was put to rest may be begun by two.
    expect(acts.length).toBeLessThan(310)
  })

  it('that is cancelled while it is paused and resumed comes to an end', async () => {
    await runner.submit(job(), tasks(100))
    await using one = start('one', { step: 10 })
    void one
    for (let change = 0; change < 5; change++) {
      await runner.pause('job')
      await sleep(30)
      await Promise.allSettled([runner.resume('job'), change === 4 ? runner.cancel('job') : undefined])
      await sleep(60)
    }
    const { tasks: numbers } = await over(runner)
    expect(numbers).toMatchObject({ total: 100, running: 0 })
  })
})

describe('what is kept of jobs', () => {
  it('are those that go on, and the newest 200 of those that are over', async () => {
    await runner.submit(job({ id: 'on', cloud: 'away' }), tasks(1))
    await runner.pause('on')
    for (let index = 0; index < 205; index++) {
      await runner.submit(job({ id: String(index), createdAt: index + 2 }), tasks(index < 10 ? 1 : 0))
    }
    const handlers = only(async (run) => {
      // Until then its job is not over.
      if (run.job.id === '9')
        await vi.waitFor(async () => expect(await runner.list()).toHaveLength(202), PATIENCE)
      return { status: 'succeeded', result: null }
    })
    const options = { name: 'one', untilIdle: true, silence: 500 }
    await runner.work(handlers, options)
    const kept = await runner.list()
    expect(kept.map(({ id }) => id)).toContain('on')
    expect(kept.map(({ id }) => id)).not.toContain('0')
    const workflows = await postgres.query(
      'SELECT workflow_uuid AS id FROM dbos.workflow_status',
      [],
      place.name,
    )
    expect(workflows.map(({ id }) => id)).not.toContain('0/0')
    expect(workflows.map(({ id }) => id)).toContain('on/0')
  })

  it('has no part of the URL of the database', async () => {
    await runner.submit(job(), tasks(2))
    const handlers = only(async (run) => {
      run.report('under way')
      throw new Error(`task ${run.task.id} failed`)
    })
    await runner.work(handlers, { name: 'one', untilIdle: true })
    const { host } = new URL(place.url)
    expect(await postgres.dump(place.name)).not.toMatch(new RegExp(`canary-postgres-password|${host}`))
  })
})
