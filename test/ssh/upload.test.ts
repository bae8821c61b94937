/** Files that are put on a machine. */

import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { NotValidError, Secret, UnavailableError } from 'cloud-environs'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { CommandError, SshConnection, upload } from '../../src/ssh/index.ts'
import { hostKey, Machines, who } from './machines.ts'

let machines: Machines
let directory: string
let remote: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "environs ssh's-"))
  remote = join(directory, 'machine')
  await mkdir(remote)
  machines = new Machines()
  await machines.add('10.0.0.5')
})
afterEach(async () => {
  await machines[Symbol.asyncDispose]()
  await rm(directory, { recursive: true, force: true })
})

const open = (host = '10.0.0.5') => SshConnection.open({ ...who, host }, { dialer: machines.dialer })
const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o7777

async function program(name: string, ...lines: string[]): Promise<string> {
  const path = join(directory, name)
  await writeFile(path, ['#!/bin/sh', ...lines, ''].join('\n'))
  await chmod(path, 0o755)
  return path
}

it('arrive whole, for their owner only unless told otherwise', async () => {
  await using machine = await open()
  const content = randomBytes(3_000_000)
  const local = join(directory, 'agent.tgz')
  await writeFile(local, content)
  await upload(machine, join(remote, 'agent'), { file: local }, { mode: 0o755 })
  expect((await readFile(join(remote, 'agent'))).equals(content)).toBe(true)
  expect(await modeOf(join(remote, 'agent'))).toBe(0o755)
  await upload(machine, join(remote, "it's"), new Secret('open-sesame'))
  expect(await readFile(join(remote, "it's"), 'utf8')).toBe('open-sesame')
  expect(await modeOf(join(remote, "it's"))).toBe(0o600)
  await upload(machine, join(remote, 'empty'), '')
  expect(await readFile(join(remote, 'empty'), 'utf8')).toBe('')
  expect((await readdir(remote)).sort()).toEqual(['agent', 'empty', "it's"])
})

it('replace a file in one step, and leave it alone when they do not arrive as they were sent', async () => {
  await machines.add('10.0.0.6', hostKey, await program('shell', 'tr o 0 | /bin/sh "$@"'))
  await using good = await open()
  await using bad = await open('10.0.0.6')
  const path = join(remote, 'agent.conf')
  await upload(good, path, 'old', { mode: 0o644 })
  const error: unknown = await upload(bad, path, 'some other').catch((e: unknown) => e)
  expect(error).toBeInstanceOf(UnavailableError)
  expect((error as Error).message).toBe(`${path} did not arrive on 10.0.0.6 as it was sent`)
  expect(await readFile(path, 'utf8')).toBe('old')
  expect(await readdir(remote)).toEqual(['agent.conf'])
  await upload(good, path, 'new')
  expect(await readFile(path, 'utf8')).toBe('new')
  expect(await modeOf(path)).toBe(0o600)
})

it('say why when they cannot be written, and not what was in them', async () => {
  await using machine = await open()
  const content = new Secret('open-sesame')
  for (const path of [join(remote, 'missing', 'file'), remote]) {
    const error: unknown = await upload(machine, path, content).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(CommandError)
    expect((error as Error).message).toContain(`writing ${path} failed on 10.0.0.5`)
    expect(inspect(error, { depth: 9 })).not.toContain('sesame')
  }
  const nothing = { file: join(directory, 'missing') }
  const unread: unknown = await upload(machine, join(remote, 'file'), nothing).catch((e: unknown) => e)
  expect(unread).toBeInstanceOf(NotValidError)
  expect((unread as Error).message).toMatch(/missing cannot be read: ENOENT/)
  expect(await readdir(remote)).toEqual([])
})

it('are written by root when told to, who is never asked for a password', async () => {
  await program(
    'sudo',
    `printf %s "$1" > '${join(directory, 'asked').replaceAll("'", `'\\''`)}'`,
    'shift',
    'exec "$@"',
  )
  vi.stubEnv('PATH', `${directory}:${process.env['PATH']}`)
  await using machine = await open()
  await upload(machine, join(remote, 'agent.conf'), 'text', { sudo: true })
  expect(await readFile(join(remote, 'agent.conf'), 'utf8')).toBe('text')
  expect(await readFile(join(directory, 'asked'), 'utf8')).toBe('-n')
})

it('end when they are told to', async () => {
  await machines.add('10.0.0.6', hostKey, await program('shell', 'sleep 60'))
  await using machine = await open('10.0.0.6')
  const abort = new AbortController()
  const sending = upload(machine, join(remote, 'file'), randomBytes(9_000_000), { signal: abort.signal })
  const reason = new Error('enough')
  setImmediate(() => abort.abort(reason))
  await expect(sending).rejects.toBe(reason)
  expect(await readdir(remote)).toEqual([])
})
