/** The command against a real OpenStack, seen with OpenStack's own command. */

import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const run = promisify(execFile)
const main = fileURLToPath(new URL('../../../dist/src/cli/main.js', import.meta.url))
const cloud = process.env['OPENSTACK_CLOUD_UNDER_TEST'] ?? ''

let home: string

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'environs-real-'))
})
afterAll(() => rm(home, { recursive: true, force: true }))

const variables = () => ({
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: home,
  ENVIRONS_DATA: home,
  OS_CLIENT_CONFIG_FILE: process.env['OS_CLIENT_CONFIG_FILE'],
})

/** A command of ours in a process of its own; its one JSON document. */
async function environs(...args: readonly string[]): Promise<Record<string, unknown>> {
  const { stdout } = await run(process.execPath, [main, '--json', ...args], { env: variables() })
  return JSON.parse(stdout) as Record<string, unknown>
}

/** OpenStack's own command. */
async function openstack<T>(...args: readonly string[]): Promise<T> {
  const { stdout } = await run('/usr/bin/openstack', [...args, '-f', 'json'], {
    env: { ...variables(), OS_CLOUD: cloud },
  })
  return JSON.parse(stdout) as T
}

interface ShownServer {
  readonly status: string
  readonly name: string
  readonly properties: Readonly<Record<string, string>>
}

interface Listed {
  readonly ID: string
  readonly Name: string
}

describe('environs bootstrap, status and destroy', () => {
  it('make, find and remove a server that openstack shows', async () => {
    // What others made is none of ours.
    const kinds: readonly (readonly string[])[] = [['server'], ['security', 'group']]
    const list = async (kind: readonly string[]) => await openstack<Listed[]>(...kind, 'list')
    const before = new Set((await Promise.all(kinds.map(list))).flat().map(({ ID }) => ID))
    const made = async (...kind: readonly string[]) =>
      (await list(kind)).filter(({ ID, Name }) => Name.startsWith('juju-') && !before.has(ID))

    await environs('bootstrap', '--no-agent', `${cloud}/RegionOne`, 'real', '--config', 'network=private')

    const mine = await made('server')
    expect(mine).toHaveLength(1)
    const shown = await openstack<ShownServer>('server', 'show', mine[0]?.ID ?? '')
    expect(shown.status).toBe('ACTIVE')
    expect(shown.properties).toMatchObject({
      'juju-is-controller': 'true',
      'juju-machine-id': '0',
      'juju-model-uuid': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'juju-controller-uuid': expect.stringMatching(/^[0-9a-f-]{36}$/),
    })

    const status = JSON.stringify(await environs('status'))
    expect(status).toContain(mine[0]?.ID)
    expect(status).toContain(shown.properties['juju-controller-uuid'])

    await environs('destroy', 'real', '--yes')
    expect(await made('server')).toEqual([])
    expect(await made('security', 'group')).toEqual([])
    const ports = await openstack<{ ID: string }[]>('port', 'list', '--device-id', mine[0]?.ID ?? '')
    expect(ports).toEqual([])
  })
})
