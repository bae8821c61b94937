import { chmod, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { inspect } from 'node:util'
import { NotFoundError, NotValidError, UnauthorizedError, UnavailableError } from 'cloud-environs'
import { dbos } from 'cloud-environs/durable/dbos'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { job, tasks } from './jobs.ts'
import { Place } from './place.ts'
import { type Postgres, startPostgres } from './postgres.ts'

let postgres: Postgres
let place: Place
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(async () => {
  await postgres[Symbol.asyncDispose]()
})
beforeEach(async () => {
  place = await Place.on(postgres)
  return async () => await place[Symbol.asyncDispose]()
})

const failureOf = async (opened: Promise<unknown>): Promise<Error> =>
  await opened.then(
    () => expect.fail('it was opened'),
    (error: Error) => error,
  )

const SECRETS = /canary-postgres-password|wrong-password|environs:|user "environs"/

describe('a database', () => {
  it('that is empty is set up by several at the same time, and nothing is printed', async () => {
    const print = vi.spyOn(console, 'log')
    const opened = await Promise.all([place.open(), place.open(), place.open()])
    await opened[0]?.runner.submit(job(), tasks(3))
    expect(await opened[2]?.runner.get('job')).toMatchObject({ state: 'waiting', tasks: { total: 3 } })
    expect(print).not.toHaveBeenCalled()
  })

  it('that a newer version has written is left alone', async () => {
    await place.open()
    await postgres.query('UPDATE environs.schema_version SET version = 1000', [], place.name)
    const before = await postgres.dump(place.name)
    const error = await failureOf(place.open())
    expect(error).toBeInstanceOf(NotValidError)
    expect(error.message).toContain('newer version')
    expect(await postgres.dump(place.name)).toBe(before)
  })

  it('that is not there is named, with the command that makes it', async () => {
    const error = await failureOf(place.open({ databaseUrl: postgres.url('nowhere') }))
    expect(error).toBeInstanceOf(NotFoundError)
    expect(error.message).toContain('"nowhere"')
    expect((error as NotFoundError).hint).toContain('createdb')
    expect(inspect(error)).not.toMatch(SECRETS)
  })

  it('that refuses the password is told apart, without the password', async () => {
    const error = await failureOf(place.open({ databaseUrl: postgres.url(place.name, 'wrong-password') }))
    expect(error).toBeInstanceOf(UnauthorizedError)
    expect(inspect(error, { depth: 5 })).not.toMatch(SECRETS)
  })

  it('that cannot be reached is named, by host and port', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    await new Promise((resolve) => server.close(resolve))
    const databaseUrl = `postgresql://environs:wrong-password@127.0.0.1:${port}/jobs`
    const error = await failureOf(place.open({ databaseUrl }))
    expect(error).toBeInstanceOf(UnavailableError)
    expect(error.message).toContain(`database "jobs" at 127.0.0.1:${port}`)
    expect(inspect(error, { depth: 5 })).not.toMatch(SECRETS)
  })

  it('whose server says nothing is given up within 10 s', async () => {
    const sockets = new Set<{ destroy(): void }>()
    const server = createServer((socket) => sockets.add(socket)).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    const begun = Date.now()
    const error = await failureOf(place.open({ databaseUrl: `postgresql://me@127.0.0.1:${port}/jobs` }))
    for (const socket of sockets) socket.destroy()
    server.close()
    expect(error).toBeInstanceOf(UnavailableError)
    expect(Date.now() - begun).toBeLessThan(10_000)
  })

  it.each(['', 'mysql://host/jobs', 'postgresql://user:wrong-password@host', 'jobs'])(
    'with the URL "%s" is refused, and the URL is not shown',
    async (databaseUrl) => {
      const error = await failureOf(dbos({ databaseUrl, keyFile: place.keyFile }))
      expect(error).toBeInstanceOf(NotValidError)
      expect(inspect(error)).not.toMatch(SECRETS)
    },
  )
})

describe('the key file', () => {
  it('is made for its owner alone, and is the one of the database from then on', async () => {
    await place.open()
    expect((await stat(place.keyFile)).mode & 0o777).toBe(0o600)
    await place.open()
    await writeFile(place.keyFile, Buffer.alloc(32, 7))
    const error = await failureOf(place.open())
    expect(error).toBeInstanceOf(NotValidError)
    expect(error.message).toContain(place.keyFile)
  })

  it('that others can read is refused', async () => {
    await place.open()
    await chmod(place.keyFile, 0o640)
    const error = await failureOf(place.open())
    expect(error).toBeInstanceOf(NotValidError)
    expect(error.message).toContain(place.keyFile)
  })

  it('that is no key is refused', async () => {
    await writeFile(place.keyFile, 'a passphrase', { mode: 0o600 })
    await expect(place.open()).rejects.toBeInstanceOf(NotValidError)
  })
})
