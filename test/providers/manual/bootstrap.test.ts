/** Controllers on hosts that exist already, made with the command through a proxy, and by a program. */

import { once } from 'node:events'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { type BootstrapControllerParams, type PackedAgent, type ProgressEvent } from 'cloud-environs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packFakeAgent } from '../../bootstrap/fake-agent.ts'
import { Account } from '../../cli/command.ts'
import { runHere } from '../../cli/here.ts'
import { admin, TestHosts } from './hosts.ts'

let hosts: TestHosts
let account: Account
let agent: PackedAgent
let proxy: Server
beforeAll(async () => {
  hosts = await TestHosts.start('10.0.0.5', 'web1', 'web2')
  agent = await packFakeAgent('serving', hosts.home)
  account = await Account.of({ cloudsYaml: () => 'clouds: {}\n' })
  await mkdir(join(account.home, '.ssh'))
  await writeFile(join(account.home, '.ssh', 'id_ed25519'), admin.privateKey.reveal(), { mode: 0o600 })
  proxy = createServer().on('connect', ({ url = '' }, socket) => {
    const { hostname: host, port } = new URL(`http://${url}`)
    hosts.dialer.dial({ host, port: Number(port || 80) }).then(
      (machine) => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        socket.on('error', () => machine.destroy())
        machine.on('error', () => socket.destroy())
        socket.pipe(machine).pipe(socket)
      },
      () => socket.end('HTTP/1.1 504 Nobody\r\n\r\n'),
    )
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
})
afterAll(async () => {
  const left = await hosts.leftovers()
  proxy.close()
  await Promise.all([account.remove(), hosts[Symbol.asyncDispose]()])
  expect(left).toEqual([])
})

async function command(...args: readonly string[]) {
  const { port } = proxy.address() as AddressInfo
  return await runHere(account, args, { ENVIRONS_PROXY: `http://127.0.0.1:${port}` })
}

async function environs(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await command(...args)
  expect(code, stderr).toBe(0)
  return stdout
}

/** The host has the user that instances have, and a key of that user. */
async function withUser(name: string): Promise<{ keys: string; remove: () => Promise<void> }> {
  const { root } = hosts.host(name)
  const keys = root.at('/home/ubuntu/.ssh/authorized_keys')
  await mkdir(dirname(keys), { recursive: true })
  await writeFile(keys, admin.publicKey)
  const passwd = root.at('/etc/passwd')
  await writeFile(passwd, `ubuntu:x:1000:1000::${root.at('/home/ubuntu')}:/bin/bash\n`)
  const remove = async (): Promise<void> => {
    await rm(root.at('/home/ubuntu'), { recursive: true })
    await writeFile(passwd, '')
  }
  return { keys, remove }
}

describe('the command', () => {
  it('makes a controller of a host, takes and gives back others, and undoes it without a trace', async () => {
    const { keys, remove } = await withUser('10.0.0.5')
    await environs('add-cloud', 'lab', '--type', 'manual', '--endpoint', 'admin@10.0.0.5')
    const options = ['--config', 'hosts=admin@web1,admin@web2', '--agent-build', agent.path]
    const made = await environs('bootstrap', 'lab', 'prod', ...options)
    expect(made).toMatch(/^Controller "prod" is started on lab: instance manual:10\.0\.0\.5\/0, arch=amd64/)

    // By the host's own key, and not by one that it was given.
    const client = await hosts.environs({ dataDir: account.dataDir })
    const access = await client.machineAccess('prod')
    expect(access.hostKeys).toEqual([hosts.host('10.0.0.5').hostKey.publicKey.replace(/ host$/, '')])
    {
      await using machine = await access.connect()
      expect((await machine.exec('ls /var/lib/juju/tools')).stdout).toBe('machine-0\n')
    }
    const second = await command('bootstrap', 'lab', 'second', ...options)
    expect(second.code).not.toBe(0)
    expect(second.stderr).toContain('host 10.0.0.5 is enrolled already, as machine 0 of model')

    await environs('start', '--to', 'host=web2')
    const status = await environs('status')
    expect(status).toMatch(/Agent +answers, 3\.6\.1\.1/)
    expect(status).toContain('manual:web2/1')
    await environs('stop', 'manual:web2/1')
    expect(await environs('instances')).not.toContain('web2')
    await environs('start')
    await environs('destroy', 'prod', '--yes')
    // Apart from the end of the line, which it lacked.
    expect(await readFile(keys, 'utf8')).toBe(`${admin.publicKey}\n`)
    await remove()
  })
})

const params = (): BootstrapControllerParams => ({
  controllerName: 'main',
  cloud: hosts.cloud('admin@web1'),
  agentBuilds: [agent],
})
const dialOpts = { retryDelay: 20, addressesDelay: 20 }

describe('a bootstrap onto a host', () => {
  it('that was interrupted is finished there', async () => {
    const client = await hosts.environs()
    const stop = new AbortController()
    const onProgress = ({ message }: ProgressEvent): void => {
      if (message === 'Starting the agent') stop.abort(new Error('enough'))
    }
    const { signal } = stop
    const failing = client.bootstrap(params(), { dialOpts, keepBroken: true, signal, onProgress })
    await expect(failing).rejects.toThrow('enough')
    const credential = params().cloud.credential ?? { authType: '', attributes: {} }
    const options = { credential, agentBuilds: [agent], dialOpts }
    const { details } = await client.resumeBootstrap('main', options)
    expect(details).toMatchObject({ status: 'ready', instanceIds: ['manual:web1/0'] })
    await client.destroyController('main', { credential })
  })

  it('that cannot work does nothing to the host', async () => {
    const client = await hosts.environs()
    hosts.host('web1').commands.length = 0
    const { agentBuilds: _, ...plain } = params()
    const { endpoint: __, ...nowhere } = plain.cloud
    await expect(client.bootstrap({ ...plain, agent: 'none', cloud: nowhere })).rejects.toThrow(
      'does not say which host is to be the controller',
    )
    const debian = client.bootstrap({ ...plain, base: 'debian@12', agent: 'none' })
    await expect(debian).rejects.toThrow('host web1 runs ubuntu 24.04, and not debian 12')
    const changes = hosts.host('web1').commands.filter((text) => /mktemp|useradd/.test(text))
    expect(changes).toEqual([])
    expect(await client.controllers.all()).toEqual([])
  })
})
