import {
  link,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConflictError, NotFoundError, NotValidError, UnavailableError } from 'cloud-environs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { JournalRunner } from '../../src/durable/journal/index.ts'
import type { TaskHandler, TaskOutcome } from '../../src/provisioner/durable-runner.ts'
import { all, handledBy, startJob } from './jobs.ts'
import { openJournal } from './open-journal.ts'

const done: TaskOutcome = { status: 'succeeded', result: null }
const tasks = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ id: `${index}`, input: null }))

let parent: string
let directory: string
let runner: JournalRunner
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'environs-journal-'))
  directory = join(parent, 'new', 'jobs')
  runner = openJournal(directory)
})
afterEach(() => rm(parent, { recursive: true }))

const file = (id = 'job') => join(directory, `${id}.jsonl`)
const workOff = async (handler: TaskHandler = async () => done) =>
  await runner.work(handledBy(handler), { name: 'one', untilIdle: true })
const mode = async (path: string) => (await stat(path)).mode & 0o777

/** The file of a job that is over. */
async function endedJob(): Promise<string> {
  await runner.submit(startJob(), tasks(2))
  await workOff()
  return await readFile(file(), 'utf8')
}

/** A disk that has no room left for what is appended to this file. */
async function fillDisk(path: string): Promise<() => Promise<void>> {
  await link(path, `${path}.kept`)
  await symlink('/dev/full', `${path}.full`)
  await rename(`${path}.full`, path)
  return async () => await rename(`${path}.kept`, path)
}

describe('the directory', () => {
  it('is not made by reading', async () => {
    expect(await runner.list()).toEqual([])
    await expect(runner.get('job')).rejects.toBeInstanceOf(NotFoundError)
    expect(await runner.limits()).toEqual([])
    expect(await readdir(parent)).toEqual([])
  })

  it('is for its owner alone, with one file for each job, and nothing else is left in it', async () => {
    await runner.submit(startJob(), tasks(2))
    await runner.submit(startJob({ id: '../Ä' }), tasks(2))
    await runner.submit(startJob({ id: '🦊' }), tasks(2))
    await runner.setLimit({ cloud: 'home', kind: 'start', atOnce: 1, atOncePerWorker: 1 })
    await workOff()
    expect(await readdir(directory)).toEqual([
      '%2e%2e%2f%c384.jsonl',
      '%f09fa68a.jsonl',
      'job.jsonl',
      'limits.yaml',
    ])
    expect(await mode(directory)).toBe(0o700)
    for (const name of await readdir(directory)) expect(await mode(join(directory, name))).toBe(0o600)
    expect(await readdir(parent)).toEqual(['new'])
  })

  it('that cannot be made is one clear error', async () => {
    await writeFile(join(parent, 'new'), '')
    await expect(runner.submit(startJob(), tasks(1))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      hint: expect.stringContaining('can be written'),
    })
    await expect(workOff()).rejects.toBeInstanceOf(UnavailableError)
  })

  it('keeps the newest 200 jobs that are over, and all that are not', async () => {
    const text = await endedJob()
    await rm(file())
    const put = async (id: string, createdAt: number, of: string) => {
      const { job, ...first } = JSON.parse(of.split('\n')[0] ?? '') as { job: object }
      const line = JSON.stringify({ ...first, job: { ...job, id, createdAt } })
      await writeFile(file(id), [line, ...of.split('\n').slice(1)].join('\n'))
    }
    for (let index = 0; index < 205; index++) await put(`e${index}`, 1000 + index, text)
    await put('waiting', 1, `${text.split('\n')[0] ?? ''}\n`)
    await writeFile(join(directory, 'forgotten.part'), 'x')
    await utimes(join(directory, 'forgotten.part'), 1, 1)
    await openJournal(directory).submit(startJob(), tasks(1))
    const ids = (await runner.list()).map(({ id }) => id)
    expect(ids).toHaveLength(202)
    expect(ids).toEqual(expect.arrayContaining(['job', 'waiting', 'e5', 'e204']))
    expect(ids).not.toContain('e4')
    expect((await readdir(directory)).filter((name) => !name.endsWith('.jsonl'))).toEqual([])
  })
})

describe('a job that is handed in', () => {
  it.each([
    ['two of its tasks have the same id', startJob(), [...tasks(1), ...tasks(1)]],
    ['its id is too long', startJob({ id: 'x'.repeat(300) }), tasks(1)],
    ['job.priority', startJob({ priority: 10 }), tasks(1)],
  ])('is refused when %s', async (why, job, given) => {
    const handedIn = runner.submit(job, given)
    await expect(handedIn).rejects.toBeInstanceOf(NotValidError)
    await expect(handedIn).rejects.toThrow(why)
    expect(await runner.list()).toEqual([])
  })

  it('without tasks is over', async () => {
    await runner.submit(startJob(), [])
    expect(await runner.get('job')).toMatchObject({ state: 'succeeded' })
    expect((await all(runner.events('job', { follow: true }))).map(({ state }) => state)).toEqual([
      'succeeded',
    ])
  })
})

describe('a file', () => {
  it('with a broken line in its middle is named, with the line', async () => {
    const lines = (await endedJob()).split('\n')
    lines[2] = '{"is":"begun","at":1,"ta'
    await writeFile(file(), lines.join('\n'))
    const other = openJournal(directory)
    for (const call of [
      other.get('job'),
      other.list(),
      other.work(
        handledBy(async () => done),
        { name: 'x' },
      ),
    ]) {
      await expect(call).rejects.toBeInstanceOf(NotValidError)
      await expect(call).rejects.toThrow(`${file()} cannot be read: line 3: not valid JSON`)
    }
    await other.submit(startJob({ id: 'good' }), tasks(1))
    expect(await other.get('good')).toMatchObject({ state: 'waiting' })
  })

  it('with a line of which this version knows nothing is named', async () => {
    await writeFile(file(), `${await endedJob()}{"is":"moved","at":1}\n`)
    await expect(openJournal(directory).get('job')).rejects.toThrow('line 6: not a line of this version')
  })

  it('of a newer version is left alone', async () => {
    const text = `{"format":2,"work":[]}\n{"what":"ever"}\n`
    await endedJob()
    await writeFile(file('newer'), text)
    const getting = runner.get('newer')
    await expect(getting).rejects.toBeInstanceOf(NotValidError)
    await expect(getting).rejects.toMatchObject({
      message: `${file('newer')} was written by a newer version: its format is 2, this version reads 1`,
      hint: 'use that version of cloud-environs with it',
    })
    await expect(workOff()).rejects.toBeInstanceOf(NotValidError)
    expect(await readFile(file('newer'), 'utf8')).toBe(text)
  })

  it('that is empty is named', async () => {
    await endedJob()
    await writeFile(file('empty'), '')
    await expect(runner.get('empty')).rejects.toThrow('it has no job')
  })

  it('is written to by several at the same time, and no line is lost', async () => {
    await runner.setLimit({ cloud: 'home/RegionOne', kind: 'start', atOnce: 16, atOncePerWorker: 16 })
    await runner.submit(startJob(), tasks(60))
    const others = [openJournal(directory), openJournal(directory)]
    const working = workOff(async (run) => {
      run.report('x'.repeat(2000))
      await run.step('make', async () => null)
      return done
    })
    const telling = others.map(async (other) => {
      for (let index = 0; index < 30; index++) {
        await other.pause('job').catch(() => undefined)
        await other.resume('job').catch(() => undefined)
      }
    })
    await Promise.all(telling)
    await working
    await workOff()
    expect((await openJournal(directory).get('job')).tasks).toMatchObject({ succeeded: 60, running: 0 })
  })

  it('is synchronized for many tasks at once', async () => {
    await runner.setLimit({ cloud: 'home/RegionOne', kind: 'start', atOnce: 200, atOncePerWorker: 200 })
    await runner.submit(startJob(), tasks(200))
    await using handle = await open(file())
    const sync = vi.spyOn(Object.getPrototypeOf(handle) as { datasync: () => Promise<void> }, 'datasync')
    await workOff(async (run) => {
      await run.step('make', async () => null)
      return done
    })
    // 600 lines.
    expect(sync.mock.calls.length).toBeLessThan(60)
    expect(sync.mock.calls.length).toBeGreaterThan(2)
  })
})

describe('a task', () => {
  it('that comes to what cannot be kept has failed, and so has one whose step does', async () => {
    const circle: { self?: object } = {}
    circle.self = circle
    await runner.submit(startJob(), tasks(4))
    await workOff(async (run) => {
      const outcome = (result: unknown) => ({ status: 'succeeded', result }) as TaskOutcome
      if (run.task.id === '0') return outcome(circle)
      if (run.task.id === '1') return outcome(undefined)
      if (run.task.id === '2') await run.step('make', async () => circle as never)
      return done
    })
    const ends = (await all(openJournal(directory).tasks('job'))).map(({ outcome }) => outcome)
    const failed = { status: 'failed', error: { name: 'TypeError' } }
    expect(ends).toMatchObject([failed, failed, failed, done])
  })
})

describe('a job that is paused', () => {
  it('leaves its place to others, though its task waits for the cloud', async () => {
    await runner.setLimit({ cloud: 'home/RegionOne', kind: 'start', atOnce: 1, atOncePerWorker: 1 })
    await runner.submit(startJob(), tasks(1))
    const begun: string[] = []
    const handler: TaskHandler = async (run) => {
      begun.push(`${run.job.id} ${run.begun}`)
      if (run.job.id === 'job' && run.begun === 1) {
        await run.step('pause', async () => {
          await runner.pause('job')
          await runner.submit(startJob({ id: 'other' }), tasks(1))
          return null
        })
      }
      await run.ready()
      return done
    }
    await workOff(handler)
    expect(begun).toEqual(['job 1', 'other 1'])
    expect(await runner.get('job')).toMatchObject({ state: 'paused', tasks: { running: 0 } })
    await runner.resume('job')
    await workOff(handler)
    expect(begun).toEqual(['job 1', 'other 1', 'job 2'])
    expect(await runner.get('job')).toMatchObject({ state: 'succeeded' })
  })
})

describe('a full disk', () => {
  it('stops the worker with one clear error; no task has failed, and the next worker goes on', async () => {
    await runner.submit(startJob(), tasks(3))
    await runner.submit(startJob({ id: 'other', kind: 'stop' }), tasks(1))
    // A file that was read is not read again from its beginning, which /dev/full does not have.
    await runner.list()
    let restore: (() => Promise<void>) | undefined
    const made: string[] = []
    const handler: TaskHandler = async (run) => {
      if (run.job.id === 'other') {
        await run.step('wait', async () => {
          await vi.waitFor(() => expect(made.length).toBeGreaterThan(2))
          return null
        })
        return done
      }
      await run.step('first', async () => made.push(`first ${run.task.id}`))
      await run.step('second', async () => {
        made.push(`second ${run.task.id}`)
        await vi.waitFor(() => expect(made).toHaveLength(6))
        if (run.task.id === '0') restore = await fillDisk(file())
        await vi.waitFor(() => expect(restore).toBeDefined())
        return null
      })
      return done
    }
    const working = workOff(handler)
    await expect(working).rejects.toBeInstanceOf(UnavailableError)
    await expect(working).rejects.toMatchObject({
      message: `${file()} cannot be written: there is no space left on its disk`,
      hint: 'make room there and try again; what was kept of the jobs is as it was',
    })
    await expect(runner.pause('job')).rejects.toBeInstanceOf(UnavailableError)
    await restore?.()
    expect(await openJournal(directory).get('job')).toMatchObject({
      state: 'running',
      tasks: { running: 3, succeeded: 0, failed: 0 },
    })
    made.length = 0
    await workOff(async (run) => {
      await run.step('first', async () => made.push('first'))
      await run.step('second', async () => made.push('second'))
      return done
    })
    expect(made).toEqual(['second', 'second', 'second'])
    expect((await runner.list()).map(({ state }) => state)).toEqual(['succeeded', 'succeeded'])
  })
})

describe('the lock of the worker', () => {
  it('is void when its process died', async () => {
    await runner.submit(startJob(), tasks(1))
    await mkdir(join(directory, 'worker.lock'))
    const longAgo = new Date(Date.now() - 11_000)
    await utimes(join(directory, 'worker.lock'), longAgo, longAgo)
    await workOff()
    expect(await runner.get('job')).toMatchObject({ state: 'succeeded' })
  })

  it('keeps a second worker away, whatever its name, and tells what to do', async () => {
    const stop = new AbortController()
    const working = runner.work(
      handledBy(async () => done),
      { name: 'one', signal: stop.signal },
    )
    await runner.submit(startJob(), tasks(1))
    await vi.waitFor(async () => expect((await runner.get('job')).state).toBe('succeeded'))
    const second = openJournal(directory).work(
      handledBy(async () => done),
      { name: 'two' },
    )
    await expect(second).rejects.toBeInstanceOf(ConflictError)
    await expect(second).rejects.toMatchObject({
      message: `another worker is at the jobs in ${directory}`,
      hint: expect.stringContaining('keep the jobs in a database'),
    })
    stop.abort()
    await working
  })

  it('that is lost stops the worker, which writes nothing more', async () => {
    await runner.submit(startJob(), tasks(1))
    let goOn = (): void => undefined
    const handler: TaskHandler = async (run) => {
      await run.step('make', async () => await new Promise<null>((resolve) => (goOn = () => resolve(null))))
      return done
    }
    const working = runner.work(handledBy(handler), { name: 'one', grace: 50 })
    await vi.waitFor(async () => expect((await runner.get('job')).state).toBe('running'))
    await utimes(join(directory, 'worker.lock'), new Date(), new Date(Date.now() + 60_000))
    await expect(working).rejects.toBeInstanceOf(ConflictError)
    const before = await readFile(file(), 'utf8')
    goOn()
    await new Promise(setImmediate)
    expect(await readFile(file(), 'utf8')).toBe(before)
    await rm(join(directory, 'worker.lock'), { recursive: true })
  })
})
