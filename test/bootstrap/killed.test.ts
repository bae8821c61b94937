/** Bootstraps whose process is killed: all of it can be removed, or finished, by another one. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import type { Environs, PackedAgent } from 'cloud-environs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LiveCloud } from './live-cloud.ts'

let cloud: LiveCloud
let agent: PackedAgent
beforeAll(async () => {
  cloud = await LiveCloud.start()
  agent = await cloud.agent()
})
afterAll(() => cloud[Symbol.asyncDispose]())

/** A process that bootstraps controller `name`, and kills itself at the first message that has `message` in it. */
async function killed(name: string, message: string, dataDir: string): Promise<void> {
  const { controllerName: _, ...params } = cloud.params(agent, { controllerName: name })
  const { credential: __, ...place } = params.cloud
  const { username, password, 'tenant-name': tenant } = cloud.credential.attributes
  const program = `
    import { createEnvirons, proxyDialer, Secret } from 'cloud-environs'
    import openstack from 'cloud-environs/providers/openstack'
    const { dataDir, proxy, params, options, name, message, username, password, tenant } = JSON.parse(process.argv[1])
    const environs = await createEnvirons({ plugins: [openstack()], dataDir, dialer: proxyDialer(proxy) })
    const attributes = { username, password: new Secret(password), 'tenant-name': tenant }
    const cloud = { ...params.cloud, credential: { authType: 'userpass', attributes } }
    const onProgress = (event) => event.message.includes(message) && process.kill(process.pid, 'SIGKILL')
    await environs.bootstrap({ ...params, controllerName: name, cloud }, { ...options, onProgress })`
  const given = {
    dataDir,
    proxy: cloud.openstack.proxy,
    params: { ...params, cloud: place },
    options: cloud.options(),
    name,
    message,
    username,
    password: password.reveal(),
    tenant,
  }
  const args = ['--input-type=module', '--eval', program, '--', JSON.stringify(given)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const said: Buffer[] = []
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk))
  const [, signal] = (await once(child, 'close')) as [number | null, string | null]
  expect(signal, `${message}: ${Buffer.concat(said).toString()}`).toBe('SIGKILL')
}

/** Kills a bootstrap at a message, with files of its own; then does something about it, and destroys it. */
async function afterKill(
  message: string,
  index: number,
  act: (environs: Environs, name: string) => Promise<void>,
): Promise<void> {
  const name = `c${index}`
  const dataDir = await mkdtemp(join(cloud.directory, 'user-'))
  await killed(name, message, dataDir)
  // What the cloud had received when its sender died is still being done.
  await expect.poll(() => cloud.openstack.requests.entries.every(({ status }) => status !== 0)).toBe(true)
  const environs = await cloud.environs({ dataDir })
  await act(environs, name)
  await environs.destroyController(name, { credential: cloud.credential })
  expect(await environs.controllers.all()).toEqual([])
  expect(await environs.accounts.get(name)).toBeUndefined()
}

describe('a bootstrap that is killed', () => {
  // Before there is an address: see test/cli/interrupted.test.ts.
  it('while its agent is started can be destroyed', async () => {
    await afterKill('Starting the agent', 0, async () => expect(cloud.inventory()).not.toEqual([]))
    expect(cloud.inventory()).toEqual([])
  }, 60_000)

  it('can be finished once it had begun: then there is one controller, which answers', async () => {
    const finish = async (environs: Environs, name: string): Promise<void> => {
      const { details, instanceId } = await environs.resumeBootstrap(name, {
        ...cloud.options(),
        credential: cloud.credential,
        agentBuilds: [agent],
      })
      expect(details).toMatchObject({ name, status: 'ready', instanceIds: [instanceId] })
      await using controller = await environs.connectController(name)
      expect(await controller.controller()).toMatchObject({ name, controllerUuid: details.uuid })
      await using environ = await environs.openController(name, { credential: cloud.credential })
      expect((await environ.allInstances()).map(({ id }) => id)).toEqual([instanceId])
      expect(await environs.accounts.get(name)).not.toHaveProperty('pending')
    }
    const messages = ['is being built', 'Sending the agent', 'The controller answers']
    await Promise.all(messages.map((message, index) => afterKill(message, index, finish)))
    expect(cloud.inventory()).toEqual([])
  }, 60_000)
})
