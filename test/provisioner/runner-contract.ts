/** What every runner does, whatever it keeps its jobs in. */

import { ConflictError, NotFoundError, NotValidError, UnavailableError } from 'cloud-environs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type {
  CloudLimit,
  DurableRunner,
  Job,
  JobEvent,
  JobKind,
  JobStatus,
  Task,
  TaskHandler,
  TaskHandlers,
  TaskOutcome,
  TaskRun,
  TaskStatus,
  WorkOptions,
} from '../../src/provisioner/durable-runner.ts'

/** Runners on one storage, as several processes have them. */
export interface RunnerStorage extends AsyncDisposable {
  /** A runner of its own on this storage. */
  open(): Promise<DurableRunner>
}

const WITHIN = { timeout: 30_000, interval: 10 }
const until = async (condition: () => unknown): Promise<void> => {
  await vi.waitFor(async () => expect(await condition()).toBeTruthy(), WITHIN)
}

const done: TaskOutcome = { status: 'succeeded', result: null }
const tasks = (count: number, prefix = ''): readonly Task[] =>
  Array.from({ length: count }, (_, index) => ({ id: `${prefix}${index}`, input: index }))

async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

/** Resolves when it is opened. */
function gate(): { readonly open: () => void; readonly opened: Promise<void> } {
  let open = (): void => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

/** Resolves when the signal is aborted. */
const aborted = async (signal: AbortSignal): Promise<void> =>
  await new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

/**
 * Registers the tests of the contract.
 * @param makeStorage makes it anew for each
 * @param moment milliseconds in which a worker surely begins what there is
 */
export function testRunner(name: string, makeStorage: () => Promise<RunnerStorage>, moment: number): void {
  describe(`${name}: the contract of runners`, () => {
    let storage: RunnerStorage
    let runner: DurableRunner
    const opened: DurableRunner[] = []
    const stops: (() => Promise<unknown>)[] = []
    let number = 0

    beforeEach(async () => {
      storage = await makeStorage()
      runner = await open()
    })
    afterEach(async () => {
      for (const stop of stops.splice(0)) await stop()
      for (const each of opened.splice(0)) await each[Symbol.asyncDispose]()
      await storage[Symbol.asyncDispose]()
    })

    async function open(): Promise<DurableRunner> {
      const another = await storage.open()
      opened.push(another)
      return another
    }

    const job = (changes: Partial<Job> = {}): Job => ({
      id: `job-${++number}`,
      kind: 'start',
      controller: 'main',
      cloud: 'home/RegionOne',
      model: 'model-a',
      priority: 5,
      createdAt: Date.now() + number,
      ...changes,
    })

    const only = (handler: TaskHandler): TaskHandlers => ({
      bootstrap: handler,
      start: handler,
      stop: handler,
      destroy: handler,
    })

    /** A worker; `stop` has it end what it is at, unless it has ended by itself. */
    function work(handler: TaskHandler, options: Partial<WorkOptions> = {}, on = runner) {
      const stopping = new AbortController()
      const worked = on.work(only(handler), { name: 'one', signal: stopping.signal, ...options })
      const stop = async (): Promise<void> => {
        stopping.abort()
        await worked.catch(() => undefined)
      }
      stops.push(stop)
      return { worked, stop }
    }

    /** Does all that there is. */
    const workOff = async (handler: TaskHandler, on = runner): Promise<void> =>
      await work(handler, { untilIdle: true }, on).worked

    const state = async (id: string): Promise<JobStatus['state']> => (await runner.get(id)).state
    const isOver = async (id: string): Promise<boolean> => (await runner.get(id)).endedAt !== undefined
    const statuses = async (id: string): Promise<readonly TaskStatus[]> => await all(runner.tasks(id))
    const limit = (changes: Partial<CloudLimit>): CloudLimit => ({
      cloud: 'home/RegionOne',
      kind: 'start',
      atOnce: 64,
      atOncePerWorker: 16,
      ...changes,
    })

    describe('a job', () => {
      it('is kept as it was handed in, and its tasks in their order', async () => {
        const given = job({ priority: 3 })
        await runner.submit(given, tasks(12))
        const elsewhere = await open()
        expect(await elsewhere.get(given.id)).toEqual({
          ...given,
          state: 'waiting',
          tasks: { total: 12, running: 0, succeeded: 0, failed: 0, cancelled: 0 },
        })
        expect(await all(elsewhere.tasks(given.id))).toEqual(tasks(12).map(({ id }) => ({ id, begun: 0 })))
      })

      it('is one when it is handed in twice, also at the same time and when it is over', async () => {
        const given = job()
        const other = await open()
        const handIn = async (to: DurableRunner) => await to.submit(given, tasks(3))
        await Promise.all([handIn(runner), handIn(other), handIn(runner)])
        const seen: string[] = []
        const handler: TaskHandler = async ({ task }) => {
          seen.push(task.id)
          return done
        }
        await workOff(handler)
        await handIn(other)
        await workOff(handler)
        expect(seen.toSorted()).toEqual(['0', '1', '2'])
        expect(await runner.list()).toHaveLength(1)
      })

      it('may have any id, and a large input', async () => {
        const input = { text: 'é"\n'.repeat(66_000), list: [1, null, { deep: [true] }] }
        const ids = ['../a b/ü', 'A', 'a', `x${'.'.repeat(40)}`]
        for (const id of ids) await runner.submit(job({ id }), [{ id: '../1', input }])
        const inputs: unknown[] = []
        await workOff(async (run) => {
          inputs.push(await run.step('look', async () => run.task.input))
          return done
        })
        expect(inputs).toEqual(ids.map(() => input))
        expect((await runner.list()).map(({ id }) => id).toSorted()).toEqual(ids.toSorted())
      })

      it('is listed, the newest first', async () => {
        const now = Date.now()
        await runner.submit(job({ id: 'middle', createdAt: now + 2 }), tasks(1))
        await runner.submit(job({ id: 'old', createdAt: now + 1 }), tasks(1))
        await runner.submit(job({ id: 'new', createdAt: now + 3 }), tasks(1))
        const other = await open()
        expect((await other.list()).map(({ id }) => id)).toEqual(['new', 'middle', 'old'])
      })

      it('is not found when it was never handed in', async () => {
        const id = 'nobody'
        const calls = [
          runner.get(id),
          all(runner.tasks(id)),
          all(runner.events(id)),
          runner.pause(id),
          runner.resume(id),
          runner.cancel(id),
        ]
        for (const result of await Promise.allSettled(calls)) {
          expect(result).toMatchObject({ status: 'rejected', reason: expect.any(NotFoundError) })
        }
      })

      it('of a kind that there is not is refused, and nothing of it is kept', async () => {
        const given = job({ kind: 'resize' as JobKind })
        await expect(runner.submit(given, tasks(1))).rejects.toBeInstanceOf(NotValidError)
        expect(await runner.list()).toEqual([])
      })

      it('ends with the outcomes of its tasks', async () => {
        const given = job()
        await runner.submit(given, tasks(3))
        const before = Date.now()
        await workOff(async ({ task }) => {
          if (task.id === '0') return { status: 'succeeded', result: { instance: 'i-0' } }
          if (task.id === '1') return { status: 'failed', error: { name: 'Error', message: 'as it said' } }
          throw new UnavailableError('nova is down', { hint: 'wait' })
        })
        const status = await runner.get(given.id)
        expect(status).toMatchObject({
          state: 'failed',
          tasks: { total: 3, running: 0, succeeded: 1, failed: 2, cancelled: 0 },
        })
        expect(status.endedAt).toBeGreaterThanOrEqual(before - 1000)
        const error = { name: 'UnavailableError', code: 'UNAVAILABLE', message: 'nova is down', hint: 'wait' }
        expect((await statuses(given.id)).map(({ outcome }) => outcome)).toEqual([
          { status: 'succeeded', result: { instance: 'i-0' } },
          { status: 'failed', error: { name: 'Error', message: 'as it said' } },
          { status: 'failed', error },
        ])
      })

      it('has succeeded when all of its tasks have', async () => {
        const given = job()
        await runner.submit(given, tasks(2))
        await workOff(async () => done)
        expect(await state(given.id)).toBe('succeeded')
        for (const control of ['pause', 'resume', 'cancel'] as const) {
          await expect(runner[control](given.id)).rejects.toBeInstanceOf(ConflictError)
        }
      })

      it('is done by the handler of its kind', async () => {
        const kinds = ['bootstrap', 'start', 'stop', 'destroy'] as const
        for (const kind of kinds) await runner.submit(job({ id: kind, kind }), tasks(1))
        const seen: string[] = []
        const handler =
          (kind: JobKind): TaskHandler =>
          async (run) => {
            seen.push(`${kind} ${run.job.id}`)
            return done
          }
        const handlers = {
          bootstrap: handler('bootstrap'),
          start: handler('start'),
          stop: handler('stop'),
          destroy: handler('destroy'),
        }
        await runner.work(handlers, { name: 'one', untilIdle: true })
        expect(seen.toSorted()).toEqual(kinds.map((kind) => `${kind} ${kind}`).toSorted())
      })
    })

    describe('a worker', () => {
      it('waits for jobs that others hand in, until it is stopped', async () => {
        const { worked, stop } = work(async () => done)
        const other = await open()
        const given = job()
        await other.submit(given, tasks(3))
        await until(() => isOver(given.id))
        await stop()
        await expect(worked).resolves.toBeUndefined()
      })

      it('ends by itself when it is to, also with a paused job', async () => {
        await workOff(async () => done)
        const given = job()
        await runner.submit(given, tasks(1))
        await runner.pause(given.id)
        await workOff(async () => done)
        expect(await state(given.id)).toBe('paused')
      })

      it('is the only one of its name', async () => {
        work(async () => done)
        const given = job()
        await runner.submit(given, tasks(1))
        await until(() => isOver(given.id))
        const second = (await open()).work(
          only(async () => done),
          { name: 'one' },
        )
        await expect(second).rejects.toBeInstanceOf(ConflictError)
      })

      it('that is stopped ends its steps, and the next one goes on with what they gave', async () => {
        const given = job()
        await runner.submit(given, tasks(4))
        const made: string[] = []
        const begun: Record<string, number[]> = {}
        const running = gate()
        let underWay = 0
        const handler: TaskHandler = async (run) => {
          ;(begun[run.task.id] ??= []).push(run.begun)
          const first = await run.step('first', async () => {
            made.push(`first ${run.task.id}`)
            return { id: run.task.id, at: made.length }
          })
          await run.step('second', async () => {
            underWay += 1
            await running.opened
            made.push(`second ${run.task.id}`)
            return null
          })
          // Nobody comes here before it was stopped.
          await run.sleep(1)
          return { status: 'succeeded', result: first.id }
        }
        const first = work(handler)
        await until(() => underWay === 4)
        const stopped = first.stop()
        running.open()
        await stopped
        expect(made).toHaveLength(8)
        expect((await runner.get(given.id)).tasks).toMatchObject({ running: 4, succeeded: 0 })

        const other = await open()
        await workOff(handler, other)
        expect(made).toHaveLength(8)
        expect(begun).toEqual({ 0: [1, 2], 1: [1, 2], 2: [1, 2], 3: [1, 2] })
        expect(await statuses(given.id)).toEqual(
          tasks(4).map(({ id }) => ({ id, begun: 2, outcome: { status: 'succeeded', result: id } })),
        )
      })

      it('that is stopped writes down an outcome that follows a step', async () => {
        const given = job()
        await runner.submit(given, tasks(1))
        const inStep = gate()
        const goOn = gate()
        const { stop } = work(async (run) => {
          await run.step('make', async () => {
            inStep.open()
            await goOn.opened
            return null
          })
          return done
        })
        await inStep.opened
        const stopped = stop()
        goOn.open()
        await stopped
        expect(await state(given.id)).toBe('succeeded')
      })

      it('that is stopped waits no longer than it has grace, and what it was at is done again', async () => {
        const given = job()
        await runner.submit(given, tasks(1))
        const inStep = gate()
        const never = gate()
        const { stop } = work(
          async (run) => {
            await run.step('make', async () => {
              inStep.open()
              await never.opened
              return null
            })
            return done
          },
          { grace: 50 },
        )
        await inStep.opened
        await stop()
        let made = 0
        const other = await open()
        await workOff(async (run) => {
          await run.step('make', async () => ++made)
          return done
        }, other)
        never.open()
        expect(made).toBe(1)
        expect(await statuses(given.id)).toEqual([{ id: '0', begun: 2, outcome: done }])
      })

      it('that is stopped lets go what catches everything', async () => {
        const given = job()
        await runner.submit(given, tasks(1))
        const waiting = gate()
        const { stop } = work(async (run) => {
          waiting.open()
          try {
            await run.sleep(60_000)
          } catch {
            return { status: 'failed', error: { name: 'Error', message: 'never' } }
          }
          return done
        })
        await waiting.opened
        await stop()
        expect(await state(given.id)).toBe('running')
        await workOff(async () => done)
        expect(await state(given.id)).toBe('succeeded')
      })

      it('does a step again that threw', async () => {
        const given = job()
        await runner.submit(given, tasks(1))
        let attempts = 0
        await workOff(async (run) => {
          const attempt = async () =>
            await run.step('try', async () => {
              attempts += 1
              if (attempts < 3) throw new Error(`attempt ${attempts}`)
              return attempts
            })
          await attempt().catch(() => undefined)
          await expect(attempt()).rejects.toThrow('attempt 2')
          return { status: 'succeeded', result: await attempt() }
        })
        expect((await statuses(given.id))[0]?.outcome).toEqual({ status: 'succeeded', result: 3 })
      })

      it('sleeps once, also when another one goes on', async () => {
        const given = job()
        await runner.submit(given, tasks(1))
        const wakeUps: number[] = []
        const times: number[] = []
        const handler: TaskHandler = async (run) => {
          times.push(Date.now())
          await run.sleep(moment)
          wakeUps.push(Date.now())
          return done
        }
        const { stop } = work(handler)
        await until(() => times.length === 1)
        await new Promise((resolve) => setTimeout(resolve, moment / 3))
        await stop()
        expect(wakeUps).toEqual([])
        await workOff(handler)
        const [begun = 0] = times
        const [woken = 0] = wakeUps
        expect(wakeUps).toHaveLength(1)
        expect(woken - begun).toBeGreaterThanOrEqual(moment - 10)
        // What was waited before counts.
        expect(woken - (times[1] ?? 0)).toBeLessThan(moment - 10)
      })
    })

    describe('whose turn it is', () => {
      it('is that of the smallest priority', async () => {
        await runner.setLimit(limit({ atOnce: 1, atOncePerWorker: 1 }))
        for (const priority of [9, 5, 0, 7]) {
          await runner.submit(job({ id: `p${priority}`, priority }), tasks(3))
        }
        const seen: string[] = []
        await workOff(async (run) => {
          seen.push(run.job.id)
          return done
        })
        expect(seen).toEqual(['p0', 'p5', 'p7', 'p9'].flatMap((id) => [id, id, id]))
      })

      it('is shared between models: few do not wait for many', async () => {
        await runner.setLimit(limit({ atOnce: 2, atOncePerWorker: 2 }))
        const many = job({ id: 'many', model: 'model-a' })
        const few = job({ id: 'few', model: 'model-b' })
        await runner.submit(many, tasks(100))
        const seen: string[] = []
        const enough = gate()
        work(async (run) => {
          seen.push(run.job.id)
          if (seen.length === 20) {
            await runner.submit(few, tasks(5))
            enough.open()
          }
          if (seen.length >= 20) await enough.opened
          await new Promise((resolve) => setTimeout(resolve, moment / 30))
          return done
        })
        await until(() => isOver('few'))
        const { succeeded } = (await runner.get('many')).tasks
        expect(succeeded).toBeLessThan(90)
        await until(() => isOver('many'))
      })
    })

    describe('a limit', () => {
      /** A handler that tells how many are under way. */
      function counting(milliseconds: number) {
        let underWay = 0
        const seen = { most: 0, begun: [] as number[] }
        const handler: TaskHandler = async () => {
          underWay += 1
          seen.most = Math.max(seen.most, underWay)
          seen.begun.push(Date.now())
          await new Promise((resolve) => setTimeout(resolve, milliseconds))
          underWay -= 1
          return done
        }
        return { seen, handler }
      }

      it('is kept as it was set, for all', async () => {
        expect(await runner.limits()).toEqual([])
        const other = await open()
        await runner.setLimit(limit({ atOnce: 3 }))
        await other.setLimit(limit({ kind: 'stop', perSecond: 7 }))
        await runner.setLimit(limit({ atOnce: 4, atOncePerWorker: 2 }))
        const expected = [limit({ atOnce: 4, atOncePerWorker: 2 }), limit({ kind: 'stop', perSecond: 7 })]
        for (const each of [runner, other]) {
          const limits = await each.limits()
          expect(limits).toHaveLength(2)
          expect(limits).toEqual(expect.arrayContaining(expected))
        }
      })

      it.each([{ atOnce: 0 }, { atOncePerWorker: -1 }, { atOnce: 1.5 }, { perSecond: 0 }])(
        'of %o is refused',
        async (wrong) => {
          await expect(runner.setLimit(limit(wrong))).rejects.toBeInstanceOf(NotValidError)
          expect(await runner.limits()).toEqual([])
        },
      )

      it.each([{ atOnce: 3 }, { atOncePerWorker: 3 }])('of %o holds, and is reached', async (three) => {
        await runner.setLimit(limit(three))
        await runner.submit(job(), tasks(12))
        await runner.submit(job({ model: 'model-b' }), tasks(12))
        const { seen, handler } = counting(moment / 20)
        await workOff(handler)
        expect(seen.most).toBe(3)
      })

      it('is for one kind on one cloud', async () => {
        await runner.setLimit(limit({ atOnce: 1 }))
        await runner.submit(job({ id: 'slow' }), tasks(2))
        await runner.submit(job({ id: 'stop', kind: 'stop' }), tasks(2))
        await runner.submit(job({ id: 'away', cloud: 'away' }), tasks(2))
        const others = gate()
        const { stop } = work(async (run) => {
          if (run.job.id === 'slow') await others.opened
          return done
        })
        await until(async () => (await isOver('stop')) && (await isOver('away')))
        await until(async () => (await runner.get('slow')).tasks.running === 1)
        expect((await runner.get('slow')).tasks).toMatchObject({ running: 1, succeeded: 0 })
        others.open()
        await until(() => isOver('slow'))
        await stop()
      })

      it('holds for work that is under way', async () => {
        await runner.setLimit(limit({ atOnce: 1 }))
        const given = job()
        await runner.submit(given, tasks(6))
        let underWay = 0
        const all = gate()
        work(async () => {
          underWay += 1
          await all.opened
          return done
        })
        await until(() => underWay === 1)
        await (await open()).setLimit(limit({ atOnce: 4 }))
        await until(() => underWay === 4)
        all.open()
        await until(() => isOver(given.id))
        expect(await state(given.id)).toBe('succeeded')
      })

      it('of so many in a second holds', async () => {
        await runner.setLimit(limit({ perSecond: 10 }))
        await runner.submit(job(), tasks(11))
        const { seen, handler } = counting(0)
        await workOff(handler)
        const times = seen.begun
        expect(times).toHaveLength(11)
        // A little of the first second may be over when the first one is seen.
        expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(900)
      })
    })

    describe('a cloud that is held back', () => {
      it('is asked by nobody of this kind, and the others go on', async () => {
        await runner.submit(job({ id: 'held' }), tasks(5))
        await runner.submit(job({ id: 'stop', kind: 'stop' }), tasks(2))
        await runner.submit(job({ id: 'away', cloud: 'away' }), tasks(2))
        const asked: number[] = []
        const waiting = new Set<string>()
        const held = gate()
        let heldAt = 0
        await workOff(async (run) => {
          if (run.job.id === 'held') {
            waiting.add(run.task.id)
            if (run.task.id === '0') {
              while (waiting.size < 5) await new Promise((resolve) => setTimeout(resolve, 10))
              heldAt = Date.now()
              await run.holdBack(moment)
              held.open()
            }
            await held.opened
            await run.ready()
            asked.push(Date.now())
          } else {
            await held.opened
            await run.ready()
            expect(asked).toEqual([])
          }
          return done
        })
        expect((await runner.list()).map(({ state: each }) => each)).toEqual([
          'succeeded',
          'succeeded',
          'succeeded',
        ])
        expect(asked).toHaveLength(5)
        expect(Math.min(...asked) - heldAt).toBeGreaterThanOrEqual(moment - 10)
      })
    })

    describe('a cloud that was held back before', () => {
      it('is held back for what is left of that time when another worker goes on', async () => {
        const given = job()
        await runner.submit(given, tasks(1))
        let heldAt = 0
        let begunAt = 0
        let readyAt = 0
        const handler: TaskHandler = async (run) => {
          begunAt = Date.now()
          await run.holdBack(moment)
          heldAt ||= Date.now()
          await run.ready()
          readyAt = Date.now()
          return done
        }
        const { stop } = work(handler)
        await until(() => heldAt > 0)
        await new Promise((resolve) => setTimeout(resolve, moment / 3))
        await stop()
        await workOff(handler)
        expect(readyAt - heldAt).toBeGreaterThanOrEqual(moment - 50)
        expect(readyAt - begunAt).toBeLessThan(moment - 50)
      })
    })

    describe('pausing', () => {
      it('begins nothing more, and what was begun asks the cloud no more; resuming goes on', async () => {
        await runner.setLimit(limit({ atOnce: 2 }))
        const given = job()
        await runner.submit(given, tasks(6))
        const inStep = new Set<string>()
        const goOn = gate()
        const asked: string[] = []
        work(async (run) => {
          if (run.job.kind === 'stop') return done
          await run.step('first', async () => {
            inStep.add(run.task.id)
            await goOn.opened
            return null
          })
          await run.ready()
          asked.push(run.task.id)
          return done
        })
        await until(() => inStep.size === 2)
        const other = await open()
        expect(await other.pause(given.id)).toMatchObject({ id: given.id, state: 'paused' })
        expect(await other.pause(given.id)).toMatchObject({ state: 'paused' })
        // Another job shows that the worker has seen it.
        const next = job({ kind: 'stop' })
        await other.submit(next, tasks(1))
        await until(() => isOver(next.id))
        expect((await other.get(given.id)).tasks.running).toBe(2)
        goOn.open()
        await until(async () => (await other.get(given.id)).tasks.running === 0)
        expect(asked).toEqual([])
        expect(await other.get(given.id)).toMatchObject({ state: 'paused', tasks: { succeeded: 0 } })
        expect(await other.resume(given.id)).toMatchObject({ state: 'running' })
        await until(() => isOver(given.id))
        expect(await state(given.id)).toBe('succeeded')
        expect(asked.toSorted()).toEqual(['0', '1', '2', '3', '4', '5'])
      })

      it('before anything was begun keeps it waiting', async () => {
        const given = job()
        await runner.submit(given, tasks(2))
        await runner.pause(given.id)
        await workOff(async () => done)
        expect(await runner.resume(given.id)).toMatchObject({ state: 'waiting' })
        expect(await runner.resume(given.id)).toMatchObject({ state: 'waiting' })
        await workOff(async () => done)
        expect(await state(given.id)).toBe('succeeded')
      })
    })

    describe('cancelling', () => {
      /** Undoes what it has begun. */
      const handler =
        (seen: string[]): TaskHandler =>
        async (run) => {
          seen.push(`${run.task.id}${run.signal.aborted ? ' from the start' : ''}`)
          if (!run.signal.aborted) await aborted(run.signal)
          // None of them waits when it is cancelled.
          await run.sleep(60_000)
          await run.ready()
          await run.step('undo', async () => null)
          return { status: 'cancelled' }
        }

      it('aborts what is under way, and has the handlers of the rest undo what was reserved', async () => {
        await runner.setLimit(limit({ atOnce: 2 }))
        const given = job()
        await runner.submit(given, tasks(5))
        const seen: string[] = []
        work(handler(seen))
        await until(() => seen.length === 2)
        const other = await open()
        expect(await other.cancel(given.id)).toMatchObject({ state: 'cancelling' })
        await until(() => isOver(given.id))
        expect(await runner.get(given.id)).toMatchObject({
          state: 'cancelled',
          tasks: { total: 5, running: 0, cancelled: 5 },
        })
        const untouched = ['2', '3', '4'].map((id) => `${id} from the start`)
        expect(seen.toSorted()).toEqual(['0', '1', ...untouched])
        await expect(runner.cancel(given.id)).rejects.toBeInstanceOf(ConflictError)
      })

      it('does not wait for a cloud that is held back, nor for a pause to end', async () => {
        const given = job()
        await runner.submit(given, tasks(2))
        const seen: string[] = []
        work(async (run) => {
          seen.push(run.task.id)
          if (!run.signal.aborted) await run.holdBack(60_000)
          await run.ready()
          return run.signal.aborted ? { status: 'cancelled' } : done
        })
        await until(() => seen.length >= 2)
        await runner.pause(given.id)
        await runner.cancel(given.id)
        await until(() => isOver(given.id))
        expect(await state(given.id)).toBe('cancelled')
      })

      it('cannot be taken back, and holds when no worker is there', async () => {
        const given = job()
        await runner.submit(given, tasks(3))
        expect(await runner.cancel(given.id)).toMatchObject({ state: 'cancelling' })
        expect(await runner.cancel(given.id)).toMatchObject({ state: 'cancelling' })
        await expect(runner.pause(given.id)).rejects.toBeInstanceOf(ConflictError)
        await expect(runner.resume(given.id)).rejects.toBeInstanceOf(ConflictError)
        const seen: string[] = []
        await workOff(handler(seen))
        expect(seen.toSorted()).toEqual(['0', '1', '2'].map((id) => `${id} from the start`))
        expect(await state(given.id)).toBe('cancelled')
      })

      it('leaves other jobs alone', async () => {
        const first = job()
        const second = job()
        await runner.submit(first, tasks(2))
        await runner.submit(second, tasks(2))
        const goOn = gate()
        let begun = 0
        work(async (run: TaskRun) => {
          begun += 1
          await Promise.race([aborted(run.signal), goOn.opened])
          return run.signal.aborted ? { status: 'cancelled' } : done
        })
        await until(() => begun === 4)
        await runner.cancel(first.id)
        await until(() => isOver(first.id))
        goOn.open()
        await until(() => isOver(second.id))
        expect([await state(first.id), await state(second.id)]).toEqual(['cancelled', 'succeeded'])
      })
    })

    describe('events', () => {
      const isRising = (events: readonly JobEvent[]): boolean =>
        events.every(({ seq }, index) => index === 0 || seq > (events[index - 1]?.seq ?? 0))

      it('tell of reports, ends of tasks and states, in order and each once', async () => {
        const given = job()
        await runner.submit(given, tasks(2))
        await workOff(async (run) => {
          run.report(`hello from ${run.task.id}`)
          await run.step('make', async () => null)
          if (run.task.id === '0') return done
          throw new Error('no room')
        })
        const events = await all(runner.events(given.id))
        expect(isRising(events)).toBe(true)
        expect(events.flatMap(({ state: each }) => each ?? []).at(-1)).toBe('failed')
        for (const { id } of tasks(2)) {
          const ofTask = events.filter(({ task }) => task === id)
          expect(ofTask.map(({ message }) => message)).toContain(`hello from ${id}`)
          expect(ofTask.flatMap(({ outcome }) => outcome ?? [])).toEqual([
            id === '0' ? 'succeeded' : 'failed',
          ])
        }
        expect(events.find(({ outcome }) => outcome === 'failed')?.message).toContain('no room')
        const middle = events[Math.floor(events.length / 2)]
        const later = await all(runner.events(given.id, { after: middle?.seq ?? 0 }))
        expect(later).toEqual(events.filter(({ seq }) => seq > (middle?.seq ?? 0)))
        expect(await all(runner.events(given.id, { follow: true }))).toEqual(events)
      })

      it('are followed elsewhere until the job is over', async () => {
        const given = job()
        await runner.submit(given, tasks(3))
        const other = await open()
        const seen: JobEvent[] = []
        const following = (async () => {
          for await (const event of other.events(given.id, { follow: true })) seen.push(event)
        })()
        const goOn = gate()
        work(async (run) => {
          run.report('begun well')
          await goOn.opened
          return done
        })
        await until(() => seen.filter(({ message }) => message === 'begun well').length === 3)
        goOn.open()
        await following
        expect(isRising(seen)).toBe(true)
        expect(seen.filter(({ outcome }) => outcome === 'succeeded')).toHaveLength(3)
        expect(seen.at(-1)?.state).toBe('succeeded')
      })

      it('are followed until the signal is aborted', async () => {
        const given = job()
        await runner.submit(given, tasks(1))
        const stop = new AbortController()
        const reason = new Error('enough')
        const following = all(runner.events(given.id, { follow: true, signal: stop.signal }))
        stop.abort(reason)
        await expect(following).rejects.toBe(reason)
      })

      it('tell when a job is paused, resumed and cancelled', async () => {
        const given = job()
        await runner.submit(given, tasks(1))
        await runner.pause(given.id)
        await runner.resume(given.id)
        await runner.cancel(given.id)
        await workOff(async () => ({ status: 'cancelled' }))
        const states = (await all(runner.events(given.id))).flatMap(({ state: each }) => each ?? [])
        expect(states.filter((each) => each !== 'running')).toEqual([
          'waiting',
          'paused',
          'waiting',
          'cancelling',
          'cancelled',
        ])
      })
    })
  })
}
