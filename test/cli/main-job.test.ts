/** The main job from the command line: each step is a process of its own. */

import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type EmbeddedOpenStack, startEmbeddedOpenStack } from 'cloud-environs/providers/openstack/embedded'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Account, inventory } from './command.ts'

interface Shown {
  readonly id: string
  readonly machine: string
  readonly controller: boolean
  readonly addresses: readonly string[]
}

let cloud: EmbeddedOpenStack
let account: Account

beforeAll(async () => {
  cloud = await startEmbeddedOpenStack({ buildMillis: 20 })
  account = await Account.of(cloud)
})
afterAll(async () => {
  await account.remove()
  await cloud.close()
})

async function json<T>(...args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await account.run('--json', ...args)
  expect(code, stderr).toBe(0)
  for (const line of stderr.split('\n').filter(Boolean)) JSON.parse(line)
  return JSON.parse(stdout) as T
}

describe('bootstrap, status, start, open-ports, stop, destroy', () => {
  it('work from one process to the next', async () => {
    const bootstrapped = await account.run(
      'bootstrap',
      '--no-agent',
      'embedded/RegionOne',
      'prod',
      '--config',
      'network=private',
      '--verbose',
    )
    expect(bootstrapped.code, bootstrapped.stderr).toBe(0)
    expect(bootstrapped.stdout).toMatch(
      /^Controller "prod" is started on embedded: instance \S+, arch=amd64 /,
    )
    expect(bootstrapped.stderr).toContain('Waiting for an address')
    // Not a terminal: no colours, no cursor movements. And no secret in what is told.
    expect(bootstrapped.stdout + bootstrapped.stderr).not.toContain('\u001b')
    expect(bootstrapped.stdout + bootstrapped.stderr).not.toContain('secret')

    const file = join(account.dataDir, 'controllers.yaml')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await stat(account.dataDir)).mode & 0o777).toBe(0o700)
    expect(await readFile(file, 'utf8')).not.toMatch(/password|secret/)

    const status = await json<{ status: string; uuid: string; instances: Shown[] }>('status')
    expect(status).toMatchObject({ status: 'ready', instances: [{ machine: '0', controller: true }] })
    expect(status.instances[0]?.addresses).toHaveLength(1)

    const started = await json<{ instances: Shown[] }>('start', '-n', '2', '--constraints', 'cores=2')
    expect(started.instances.map(({ machine }) => machine)).toEqual(['1', '2'])
    const [first] = started.instances

    const ports = ['open-ports', '80/tcp', 'icmp', '--instance', first?.id ?? '', '--from', '10.0.0.0/8']
    expect(await json(...ports)).toEqual({
      open: [
        { protocol: 'icmp', fromPort: -1, toPort: -1, sourceCidrs: ['10.0.0.0/8'] },
        { protocol: 'tcp', fromPort: 80, toPort: 80, sourceCidrs: ['10.0.0.0/8'] },
      ],
    })

    const controller = status.instances[0]?.id ?? ''
    const refused = await account.run('stop', controller)
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('environs destroy prod') })
    await json('stop', first?.id ?? '')
    const { instances } = await json<{ instances: Shown[] }>('instances')
    expect(instances.map(({ machine }) => machine)).toEqual(['0', '2'])

    expect(await account.run('destroy', 'prod')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--yes'),
    })
    expect(await json('destroy', 'prod', '--yes')).toEqual({ destroyed: 'prod' })
    expect(inventory(cloud)).toEqual([])
    expect(await account.run('status')).toMatchObject({ code: 3, stdout: '' })
  })

  it('find a cloud in OS_* variables, and name the controller after it', async () => {
    const variables = { ...cloud.environment(), OS_CLIENT_CONFIG_FILE: '' }
    const made = await account.start(['bootstrap', '--no-agent', '--config', 'network=private'], variables)
      .result
    expect(made, made.stderr).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('"envvars-regionone"'),
    })
    const destroyed = await account.start(['destroy', 'envvars-regionone', '--yes'], variables).result
    expect(destroyed.code, destroyed.stderr).toBe(0)
    expect(inventory(cloud)).toEqual([])
  })

  it('open ports of the whole model in firewall mode global', async () => {
    const made = await json<{ 'api-endpoints': string[] }>(
      'bootstrap',
      '--no-agent',
      'embedded',
      'global',
      '--config',
      'network=private',
      '--config',
      'firewall-mode=global',
      '--controller-config',
      'api-port=17071',
    )
    expect(made['api-endpoints']).toEqual([expect.stringMatching(/:17071$/)])
    expect(await json('open-ports', '8000-8100/udp')).toEqual({
      open: [{ protocol: 'udp', fromPort: 8000, toPort: 8100, sourceCidrs: ['0.0.0.0/0', '::/0'] }],
    })
    await json('destroy', 'global', '--yes')
    expect(inventory(cloud)).toEqual([])
  })
})

describe('environs providers', () => {
  it('lists the plug-ins', async () => {
    const { stdout } = await account.run('providers')
    expect(stdout).toMatch(
      /^openstack .*userpass,application-credential .*cloud-environs\/providers\/openstack$/m,
    )
  })

  it('loads a third party’s, and tells in one line what is wrong with one', async () => {
    const module = async (name: string, text: string): Promise<string> => {
      const file = join(account.home, `${name}.mjs`)
      await writeFile(file, text)
      return file
    }
    const mine = await module(
      'mine',
      "export default () => ({ type: 'mine', create: () => ({ credentialSchemas: () => ({ empty: [] }) }) })",
    )
    const providers = (names: string) =>
      account.start(['providers', '--json'], { ENVIRONS_PROVIDERS: names }).result
    const [good, missing, none, broken] = await Promise.all([
      providers(`${mine}, cloud-environs/providers/memory`),
      providers('no-such-package'),
      providers(await module('none', 'export default { a: 1 }')),
      providers(await module('broken', "export default () => { throw new Error('out of order') }")),
    ])
    const { providers: known } = JSON.parse(good.stdout) as { providers: { type: string; package: string }[] }
    expect(known.map(({ type }) => type)).toEqual(['openstack', 'manual', 'memory', 'mine'])
    for (const [result, code, message] of [
      [missing, 3, 'cannot load the provider package "no-such-package": it is not installed'],
      [none, 2, 'is not a provider plug-in'],
      [broken, 1, 'out of order'],
    ] as const) {
      expect(result).toMatchObject({ code, stdout: '' })
      expect((JSON.parse(result.stderr) as { error: { message: string } }).error.message).toContain(message)
    }
  })

  it('shows what a provider warns of as a line of its own', async () => {
    const file = join(account.home, 'warns.mjs')
    const warn = "logger.warn('left out', { cloud: 'x', error: new Error('no\\x1b[31m region') })"
    const create = `create: ({ logger }) => (${warn}, { credentialSchemas: () => ({}) })`
    await writeFile(file, `export default { type: 'warns', ${create} }`)
    const warned = async (...args: readonly string[]): Promise<string> =>
      (await account.start(['providers', ...args], { ENVIRONS_PROVIDERS: file }).result).stderr
    const [text, json, quiet] = await Promise.all([warned(), warned('--json'), warned('--quiet')])
    expect(text).toBe('WARNING left out: cloud=x error=no [31m region\n')
    expect(JSON.parse(json)).toMatchObject({ level: 'warn', message: 'left out', fields: { cloud: 'x' } })
    expect(quiet).toBe('')
  })
})

describe('environs --help and --version', () => {
  it('tell what there is', async () => {
    expect((await account.run('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
    const help = await account.run('--help')
    expect(help.code).toBe(0)
    for (const command of [
      'bootstrap',
      'status',
      'instances',
      'start',
      'stop',
      'open-ports',
      'destroy',
      'providers',
      'embedded',
      'Exit codes',
    ]) {
      expect(help.stdout).toContain(command)
    }
  })

  it('survive a reader that goes away', async () => {
    const { child, result } = account.start(['--help'])
    child.stdout?.destroy()
    expect(await result).toMatchObject({ code: 0, stderr: '' })
  })
})

describe('environs embedded up', () => {
  it('runs a cloud that another command can use, and leaves no file when it ends', async () => {
    const running = account.start(['embedded', 'up', '--dir', join(account.home, 'cloud')])
    try {
      const text = await new Promise<string>((resolve) => running.child.stdout?.once('data', resolve))
      const [, file = ''] = /^export OS_CLIENT_CONFIG_FILE='(.*)'$/m.exec(text) ?? []
      expect((await stat(file)).mode & 0o777).toBe(0o600)
      const variables = { OS_CLIENT_CONFIG_FILE: file }
      const made = await account.start(
        ['bootstrap', '--no-agent', 'embedded', 'there', '--config', 'network=private'],
        variables,
      ).result
      expect(made.code, made.stderr).toBe(0)
      expect((await account.start(['destroy', 'there', '--yes'], variables).result).code).toBe(0)
      running.child.kill('SIGINT')
      expect((await running.result).code).toBe(0)
      await expect(stat(file)).rejects.toThrow(/ENOENT/)
    } finally {
      running.child.kill('SIGKILL')
    }
  })
})
