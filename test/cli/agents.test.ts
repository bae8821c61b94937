/** Agents from a build to a source, by the command. */

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type EmbeddedOpenStack, startEmbeddedOpenStack } from 'cloud-environs/providers/openstack/embedded'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newKey } from '../simplestreams/served-tree.ts'
import { Account } from './command.ts'

let cloud: EmbeddedOpenStack
let account: Account
let tree: string

const agents = (...args: readonly string[]) => account.run('--json', 'agents', ...args)

async function json<T>(...args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await agents(...args)
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout) as T
}

interface Found {
  readonly agents: readonly { readonly version: string; readonly arch: string; readonly url: string }[]
}

const packed = async (version: string, arch: string) => {
  const build = join(account.home, `build-${version}-${arch}`)
  await mkdir(build, { recursive: true })
  await writeFile(join(build, 'agent'), `agent ${version} ${arch}`, { mode: 0o755 })
  const into = join(tree, 'tools', 'agents')
  return await json<{ path: string }>(
    'pack',
    build,
    '--agent-version',
    version,
    '--arch',
    arch,
    '--into',
    into,
  )
}

beforeAll(async () => {
  cloud = await startEmbeddedOpenStack({ buildMillis: 10 })
  account = await Account.of(cloud)
  tree = join(account.home, 'tree')
})
afterAll(async () => {
  await account.remove()
  await cloud.close()
})

describe('environs agents', () => {
  it('packs builds, publishes them, finds them again and checks them', async () => {
    await packed('3.6.1', 'amd64')
    const { path } = await packed('3.6.2', 'arm64')
    expect((await json<Found>('generate', tree)).agents).toHaveLength(2)
    const source = join(tree, 'tools')
    const found = await json<Found>('find', '--source', source)
    expect(found.agents.map(({ version, arch }) => `${version} ${arch}`)).toEqual([
      '3.6.2 arm64',
      '3.6.1 amd64',
    ])
    expect(await json<Found>('find', '--source', source, '--arch', 'amd64')).toMatchObject({
      agents: [{ version: '3.6.1' }],
    })
    expect(await json('validate', '--source', source)).toMatchObject({ valid: 2 })

    await writeFile(path, 'something else')
    const { code, stderr } = await account.run('agents', 'validate', '--source', source)
    expect(code).toBe(2)
    expect(stderr).toMatch(/^ERROR file:.* is not the agent that its metadata describes/m)
    expect((await account.run('agents', 'generate', tree)).stderr).toMatch(
      /is not what its manifest describes/,
    )
    await packed('3.6.2', 'arm64')
  })

  it('signs what it publishes; with a key only what is signed counts', async () => {
    const { privateKey, publicKey } = await newKey()
    const [secret, open] = [join(account.home, 'key'), join(account.home, 'key.pub')]
    await Promise.all([writeFile(secret, privateKey), writeFile(open, publicKey)])
    await json('generate', tree, '--private-key', secret)
    const source = ['--source', join(tree, 'tools'), '--public-key', open]
    expect((await json<Found>('find', ...source)).agents).toHaveLength(2)
    await writeFile(open, (await newKey()).publicKey)
    expect((await agents('find', ...source)).code).toBe(2)
  })

  it('says what there is instead, and what is missing', async () => {
    const nothing = await account.run(
      'agents',
      'find',
      '--source',
      join(tree, 'tools'),
      '--agent-version',
      '4',
    )
    expect(nothing.code).toBe(3)
    expect(nothing.stderr).toMatch(/^ERROR no agent 4 in the stream released; ".*" has 3\.6\.2, 3\.6\.1;/m)
    expect((await account.run('agents', 'generate', join(tree, 'nowhere'))).code).toBe(3)
    expect((await account.run('agents', 'pack', tree)).stderr).toMatch(/--agent-version/)
  })

  it('looks where a model looks, whose controller runs what was chosen', async () => {
    const config = ['--config', 'network=private', '--config', `agent-metadata-url=${join(tree, 'tools')}`]
    const { code, stderr } = await account.run(
      'bootstrap',
      '--no-agent',
      'embedded',
      'prod',
      ...config,
      '--agent-version',
      '3.6',
    )
    expect(code, stderr).toBe(0)
    expect(stderr).toMatch(/^Agent 3\.6\.1 for amd64$/m)
    expect(await readFile(join(account.dataDir, 'controllers.yaml'), 'utf8')).toMatch(
      /agent-version: 3\.6\.1/,
    )
    expect((await json<Found>('find')).agents[0]).toMatchObject({ source: 'agent-metadata-url' })
    const build = join(tree, 'tools', 'agents', 'juju-3.6.1-ubuntu-amd64.tar.gz')
    const own = await account.run(
      'bootstrap',
      '--no-agent',
      'embedded',
      'own',
      '--config',
      'network=private',
      '--agent-build',
      build,
    )
    expect(own.stderr).toMatch(/^Agent 3\.6\.1 for amd64$/m)
  })
})
