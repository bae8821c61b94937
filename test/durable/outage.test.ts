import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { type Logger, UnavailableError } from 'cloud-environs'
import { describe, expect, it, vi } from 'vitest'
import { job, only, over, tasks } from './jobs.ts'
import { Place } from './place.ts'
import { startPostgres } from './postgres.ts'

const run = promisify(execFile)

/** What a user is told. */
function log() {
  const lines: string[] = []
  const logger: Logger = {
    debug() {},
    info: (message) => lines.push(`info ${message}`),
    warn: (message) => lines.push(`warn ${message}`),
    error: (message) => lines.push(`error ${message}`),
    child: () => logger,
  }
  return { lines, logger }
}

describe.each(['stop', 'kill'] as const)('a server that ends (%s) in the middle of work', (how) => {
  it('is waited for: nothing is lost, and no step that was kept is done again', async () => {
    await using postgres = await startPostgres()
    await using place = await Place.on(postgres)
    const { lines, logger } = log()
    const { runner } = await place.open({ logger })
    await runner.submit(job(), tasks(40))
    const acts: string[] = []
    let underWay = 0
    let most = 0
    const handler = only(async (task) => {
      for (const part of ['first', 'second']) {
        await task.step(part, async () => {
          underWay += 1
          most = Math.max(most, underWay)
          await sleep(100)
          acts.push(`${task.task.id} ${part}`)
          underWay -= 1
          return null
        })
      }
      return { status: 'succeeded', result: null }
    })
    const worked = runner.work(handler, { name: 'one', untilIdle: true })
    await vi.waitFor(() => expect(acts.length).toBeGreaterThan(10), { timeout: 20_000 })
    await postgres[how]()
    await expect(runner.submit(job({ id: 'another' }), tasks(1))).rejects.toBeInstanceOf(UnavailableError)
    await expect(runner.list()).rejects.toBeInstanceOf(UnavailableError)
    await sleep(1_500)
    await postgres.start()
    await worked
    expect(await runner.get('job')).toMatchObject({ state: 'succeeded', tasks: { succeeded: 40 } })
    // A step is done twice only when the server ended before it was written down.
    expect(new Set(acts).size).toBe(80)
    expect(acts.length - 80).toBeLessThanOrEqual(most)
    expect(lines.filter((line) => line.startsWith('warn'))).toHaveLength(1)
    expect(lines.filter((line) => line.startsWith('info'))).toHaveLength(1)
    expect(lines.join('\n')).not.toContain('canary-postgres-password')
  })
})

describe('a worker whose database is away', () => {
  it('ends when it is told to, and its tasks are done by the next one', async () => {
    await using postgres = await startPostgres()
    await using place = await Place.on(postgres)
    const { runner } = await place.open()
    await runner.submit(job(), tasks(3))
    const stopping = new AbortController()
    let begun = 0
    const worked = runner.work(
      only(async (task) => {
        begun += 1
        await task.sleep(60_000)
        return { status: 'succeeded', result: null }
      }),
      { name: 'one', signal: stopping.signal },
    )
    await vi.waitFor(() => expect(begun).toBe(3), { timeout: 20_000 })
    await postgres.stop()
    stopping.abort()
    await worked
    await postgres.start()
    const handlers = only(async () => ({ status: 'succeeded', result: null }))
    await runner.work(handlers, { name: 'one', untilIdle: true })
    expect((await runner.get('job')).state).toBe('succeeded')
  })
})

describe('a disk that is full', () => {
  it('keeps nothing of a job that is handed in, has workers wait, and all goes on when there is room', async () => {
    const directory = await mkdtemp('/var/tmp/environs-full-')
    const disk = join(directory, 'disk')
    await chmod(directory, 0o755)
    await mkdir(disk)
    await run('mount', ['-t', 'tmpfs', '-o', 'size=160m,mode=755', 'tmpfs', disk])
    try {
      const settings = ['max_wal_size = 64MB', 'min_wal_size = 32MB', 'wal_recycle = off']
      await using postgres = await startPostgres({ directory: disk, settings })
      await using place = await Place.on(postgres)
      const { runner } = await place.open()
      await runner.submit(job(), tasks(30))
      const acts: string[] = []
      const worked = runner.work(
        only(async (task) => {
          await task.step('act', async () => {
            acts.push(task.task.id)
            await sleep(100)
            return 'x'.repeat(50_000)
          })
          return { status: 'succeeded', result: null }
        }),
        { name: 'one', untilIdle: true },
      )
      await vi.waitFor(() => expect(acts.length).toBeGreaterThan(3), { timeout: 20_000 })
      const ballast = join(disk, 'ballast')
      const fill = writeFile(ballast, Buffer.alloc(256 * 1024 * 1024))
      await expect(fill).rejects.toMatchObject({ code: 'ENOSPC' })
      const large = Array.from({ length: 300 }, (_, id) => ({
        id: String(id),
        input: Buffer.alloc(40_000, id).toString('base64'),
      }))
      const error: unknown = await runner.submit(job({ id: 'large' }), large).catch((cause: unknown) => cause)
      expect(error).toBeInstanceOf(UnavailableError)
      await rm(ballast)
      // The server may have to start again: it ends when it cannot write its log.
      await vi
        .waitFor(async () => await postgres.query('SELECT 1'), { timeout: 20_000 })
        .catch(async () => {
          await postgres.kill()
          await postgres.start()
        })
      await worked
      expect((await over(runner)).state).toBe('succeeded')
      expect((await runner.list()).map(({ id }) => id)).toEqual(['job'])
    } finally {
      await run('umount', [disk])
      await rm(directory, { recursive: true })
    }
  })
})
