/** A process that is killed leaves what it has written until then: any beginning of a file. */

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JobEvent, Json, TaskHandler, TaskStatus } from '../../src/provisioner/durable-runner.ts'
import { all, handledBy, startJob } from './jobs.ts'
import { openJournal } from './open-journal.ts'

const JOB = startJob({ id: 'job' })
const TASKS = ['0', '1', '2'].map((id) => ({ id, input: `größe ${id}` }))

/** Bytes from one place to the next; of every kind of place there are some. */
const STRIDE = 7

interface WrittenLine {
  readonly is: string
  readonly task: string
  readonly name: string
}

/** Makes two things for each task; the last task fails. */
const making =
  (made: string[]): TaskHandler =>
  async (run) => {
    const make = async (name: string): Promise<Json> =>
      await run.step(name, async () => {
        made.push(`${run.task.id} ${name}`)
        return { name: `${name} of ${run.task.id}: ä` }
      })
    const port = await make('port')
    await run.sleep(1)
    run.report('halfway')
    const server = await make('server')
    if (run.task.id === '2') throw new Error('no room')
    return { status: 'succeeded', result: [port, server] }
  }

const ALL_MADE = TASKS.flatMap(({ id }) => [`${id} port`, `${id} server`])

let parent: string
/** What a job that was never interrupted comes to. */
let whole: { bytes: Buffer; statuses: readonly TaskStatus[]; events: readonly JobEvent[] }
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'environs-killed-'))
  const directory = join(parent, 'whole')
  const runner = openJournal(directory)
  await runner.submit(JOB, TASKS)
  await runner.work(handledBy(making([])), { name: 'one', untilIdle: true })
  whole = {
    bytes: await readFile(join(directory, 'job.jsonl')),
    statuses: await all(runner.tasks('job')),
    events: await all(runner.events('job')),
  }
})
afterAll(() => rm(parent, { recursive: true }))

/** The journal as it is when only so many bytes were written. */
async function killedAfter(length: number) {
  const directory = join(parent, String(length))
  await mkdir(directory)
  const written = whole.bytes.subarray(0, length)
  await writeFile(join(directory, 'job.jsonl'), written)
  const complete = written.subarray(0, written.lastIndexOf(0x0a) + 1).toString()
  const lines = complete.trimEnd().split('\n').slice(1)
  return { directory, written, lines: lines.map((line) => JSON.parse(line) as WrittenLine) }
}

/** Where lines end; the first one is written as a whole. */
function ends(): readonly number[] {
  return [...whole.bytes.entries()].flatMap(([index, byte]) => (byte === 0x0a ? [index + 1] : []))
}

describe('a journal whose writer was killed', () => {
  it('is read up to its last whole line, wherever that was', async () => {
    const [first = 0] = ends()
    const directory = join(parent, 'read')
    await mkdir(directory)
    for (let length = first; length <= whole.bytes.length; length += STRIDE) {
      const written = whole.bytes.subarray(0, length)
      await writeFile(join(directory, 'job.jsonl'), written)
      const runner = openJournal(directory)
      const events = await all(runner.events('job'))
      expect(events).toEqual(whole.events.slice(0, events.length))
      expect(events.at(-1)?.seq).toBeLessThanOrEqual(written.toString().split('\n').length - 1)
      expect((await runner.get('job')).tasks.total).toBe(3)
    }
  })

  it('is gone on with from there: nothing that was written down is done again, and nothing is left out', async () => {
    const places = ends().flatMap((end, index) => {
      const before = ends()[index - 1]
      return before === undefined ? [end] : [before + 1, Math.floor((before + end) / 2), end - 1, end]
    })
    for (const place of new Set(places)) {
      const { directory, written, lines } = await killedAfter(place)
      const count = (is: string, id: string): number =>
        lines.filter((line) => line.is === is && line.task === id).length
      const before = lines.filter(({ is }) => is === 'step').map(({ task, name }) => `${task} ${name}`)
      const made: string[] = []
      const runner = openJournal(directory)
      await runner.work(handledBy(making(made)), { name: 'one', untilIdle: true })

      expect([...before, ...made].toSorted(), `killed after ${place} bytes`).toEqual(ALL_MADE)
      const expected = whole.statuses.map((status) => ({
        ...status,
        begun: count('begun', status.id) + 1 - count('outcome', status.id),
      }))
      expect(await all(runner.tasks('job'))).toEqual(expected)
      expect((await runner.get('job')).state).toBe('failed')
      const text = await readFile(join(directory, 'job.jsonl'))
      expect(text.subarray(0, place).equals(written)).toBe(true)
      // Another process reads the same.
      expect(await all(openJournal(directory).events('job'))).toEqual(await all(runner.events('job')))
    }
  })

  it('takes what somebody else adds', async () => {
    const [first = 0, second = 0] = ends()
    for (const place of [first, first + 1, second - 1]) {
      const directory = join(parent, `added to ${place}`)
      await mkdir(directory)
      await writeFile(join(directory, 'job.jsonl'), whole.bytes.subarray(0, place))
      const runner = openJournal(directory)
      expect(await runner.pause('job')).toMatchObject({ state: 'paused', tasks: { running: 0 } })
      expect(await openJournal(directory).resume('job')).toMatchObject({ state: 'waiting' })
      expect(await runner.cancel('job')).toMatchObject({ state: 'cancelling' })
    }
  })
})
