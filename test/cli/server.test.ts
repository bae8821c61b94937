/** `environs server`, from a network to nothing. */

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Server } from 'cloud-environs'
import type { OpenStackConnection } from 'cloud-environs/providers/openstack'
import { type EmbeddedOpenStack, startEmbeddedOpenStack } from 'cloud-environs/providers/openstack/embedded'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { connected } from '../providers/openstack/peer-faults/embedded-model.ts'
import { publicKey } from '../servers/server-rules.ts'
import { Account, inventory } from './command.ts'
import { runHere } from './here.ts'

let cloud: EmbeddedOpenStack
let account: Account
let connection: OpenStackConnection
let made: string[]

const environs = (...args: readonly string[]) => runHere(account, args)

async function json<T>(...args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await environs('--json', 'server', ...args)
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout) as T
}

beforeAll(async () => {
  cloud = await startEmbeddedOpenStack({ buildMillis: 5 })
  account = await Account.of(cloud)
  const prod = ['bootstrap', 'embedded', 'prod', '--no-agent', '--config', 'network=private']
  expect(await environs(...prod)).toMatchObject({ code: 0 })
})
afterAll(async () => {
  await account.remove()
  await cloud.close()
})
beforeEach(async () => {
  connection = await connected(cloud)
  const { id: networkId } = await connection.network.networks.create({ name: 'of-test' })
  await connection.network.subnets.create({ networkId, cidr: '10.9.0.0/24', ipVersion: 4 })
  const [image] = await connection.image.images.all({ name: 'cirros' })
  const flavors = await connection.compute.flavors.all()
  const flavor = flavors.find(({ name }) => name === 'm1.tiny')?.id ?? ''
  made = ['--network', networkId, '--image', image?.id ?? '', '--flavor', flavor]
})

const network = (): string => made[1] ?? ''

describe('environs server', () => {
  it('makes servers, does with them what can be done, and removes them', async () => {
    const [script, ca] = [join(account.home, 'script'), join(account.home, 'ca.pub')]
    await Promise.all([writeFile(script, '#!/bin/sh\ntrue\n'), writeFile(ca, `${publicKey()}\n`)])
    const web = await json<Server>(
      'create',
      'web',
      ...made,
      '--user-data',
      script,
      '--ssh-ca',
      ca,
      '--tag',
      'tier=a',
    )
    expect(web).toMatchObject({ name: 'web', ssh: { mode: 'ca' }, tags: { tier: 'a' } })
    expect(web.status.phase).toBe('Running')
    expect(await environs('server', 'create', 'db', ...made, '--ssh-key')).toMatchObject({ code: 0 })

    const taken = await environs('server', 'create', 'web', ...made)
    expect(taken).toMatchObject({ code: 1, stdout: '' })
    expect(taken.stderr).toMatch(/^ERROR network .* has a server "web" already; choose another name/m)

    const { servers } = await json<{ servers: Server[] }>('list', '--tag', 'tier=a')
    expect(servers.map(({ id }) => id)).toEqual([web.id])
    expect((await environs('server', 'list')).stdout).toMatch(/^\S+ +db +Running +healthy /m)

    expect(await environs('server', 'stop', 'web')).toMatchObject({
      code: 0,
      stdout: 'Server "web" is off\n',
    })
    const refused = await environs('server', 'reboot', 'web')
    expect(refused.code).toBe(1)
    expect(refused.stderr).toMatch(/^ERROR server "web" cannot be rebooted as it is now; /m)
    expect(await environs('server', 'start', web.id)).toMatchObject({ code: 0 })
    expect(await environs('server', 'reboot', 'web')).toMatchObject({ code: 0 })
    const shown = await environs('server', 'show', 'web')
    expect(shown.stdout).toMatch(/^Status +Running, healthy: /m)
    const console = await json<{ output: string }>('console', 'web', '--lines', '1')
    expect(console.output.split('\n').length).toBeLessThan(3)
    expect((await environs('server', 'console', 'web', '--url')).stdout).toMatch(/^https?:\S+\n$/)
    expect((await environs('server', 'ssh-key', 'db')).stdout).toMatch(
      /^-----BEGIN OPENSSH PRIVATE KEY-----\n/,
    )
    expect(await environs('server', 'ssh-key', 'web')).toMatchObject({ code: 3 })
    const snapshot = await json<{ id: string }>('snapshot', 'web', 'before', '--tag', 'release=7')
    await connection.image.images.delete(snapshot.id)

    expect(await environs('server', 'delete', 'web')).toMatchObject({ code: 0 })
    expect(await environs('server', 'delete', 'web')).toMatchObject({ code: 3 })
    expect(await environs('server', 'delete-network', network())).toMatchObject({ code: 0 })
    expect((await environs('server', 'list')).stdout).toBe('No servers.\n')
  })

  it('keeps a network that others use, and says who', async () => {
    await json('create', 'web', ...made)
    const { id } = await connection.network.ports.create({ networkId: network(), name: 'somebody' })
    const blocked = await environs('server', 'delete-network', network())
    expect(blocked.stderr).toContain(`is in use by port "somebody" (${id})`)
    expect((await json<{ servers: unknown[] }>('list')).servers).toHaveLength(1)
    await connection.network.ports.delete(id)
    await json('delete-network', network())
  })

  it('is none of the business of gc', async () => {
    await json('create', 'web', ...made)
    expect((await environs('gc')).stdout).toBe('Nothing is left over.\n')
    expect((await json<{ servers: unknown[] }>('list')).servers).toMatchObject([
      { status: { phase: 'Running' } },
    ])
    await json('delete-network', network())
  })

  it('takes nothing that it cannot read', async () => {
    for (const [code, ...wrong] of [
      [2, '--tag', 'tier'],
      [3, '--user-data', 'absent'],
      [2, '--allow-source', 'everywhere'],
      [2, '--ssh-key', '--ssh-ca', account.home],
    ] as const) {
      expect(await environs('server', 'create', 'web', ...made, ...wrong), wrong.join(' ')).toMatchObject({
        code,
      })
    }
    expect(await environs('server', 'start', 'absent')).toMatchObject({ code: 3 })
    await connection.network.networks.delete(network())
  })

  it('ends with its controller', async () => {
    await json('create', 'web', ...made)
    expect(await environs('destroy', 'prod', '--yes')).toMatchObject({ code: 0 })
    await connection.network.networks.delete(network())
    expect(inventory(cloud)).toEqual([])
    const kept = await readFile(join(account.dataDir, 'servers.yaml'), 'utf8')
    expect(kept).not.toMatch(/web|PRIVATE KEY/)
  })
})
