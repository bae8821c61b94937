/** The reference agent in this process, told by a file and asked by a client. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  NotValidError,
  Secret,
  systemDialer,
  UnauthorizedError,
  UnavailableError,
  type Environ,
  type ProviderPlugin,
} from 'cloud-environs'
import { MemoryCloud, memory } from 'cloud-environs/providers/memory'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runAgent } from '../../src/controller/agent.ts'
import { agentConfigText, connectController, type ControllerClient } from '../../src/controller/index.ts'
import { newModelConfig } from '../../src/config/index.ts'
import { createEnvirons } from '../../src/runtime/index.ts'
import { alteredMemory } from '../bootstrap/altered-memory.ts'
import { certificate, CONTROLLER_UUID, infoOf, MODEL_UUID, quickHash } from './controllers.ts'

const PASSWORD = new Secret('open sesame')
const CLOUD = { type: 'memory', name: 'memory', region: 'memory' }

let directory: string
let configFile: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'environs-agent-test-'))
  configFile = join(directory, 'agent.conf')
  await write()
})
afterAll(() => rm(directory, { recursive: true }))

async function write(over: object = {}): Promise<void> {
  const text = agentConfigText({
    controllerName: 'main',
    controllerUuid: CONTROLLER_UUID,
    modelUuid: MODEL_UUID,
    apiPort: 17_070,
    serverCert: certificate.cert,
    serverKey: certificate.key,
    adminPasswordHash: quickHash(PASSWORD.reveal()),
    cloud: CLOUD,
    modelConfig: { name: 'controller' },
    ...over,
  })
  await writeFile(configFile, text, { mode: 0o600 })
}

const run = (plugin: ProviderPlugin, port = 0) =>
  runAgent({ configFile, plugins: [plugin], version: '3.6.1', listen: { host: '127.0.0.1', port } })

/** Runs an agent, logs in to it, and ends it. */
async function withAgent(
  plugin: ProviderPlugin,
  use: (client: ControllerClient) => Promise<void>,
): Promise<void> {
  await using agent = await run(plugin)
  const address = `127.0.0.1:${agent.address.port}`
  await using client = await connectController(infoOf(address), { dialer: systemDialer })
  await client.login(PASSWORD)
  await use(client)
}

const failing = (error: unknown): ProviderPlugin =>
  alteredMemory(new MemoryCloud(), (): Partial<Environ> => ({ allInstances: () => Promise.reject(error) }))

describe('the reference agent', () => {
  it('says who it is, and what its model has in the cloud', async () => {
    const cloud = new MemoryCloud()
    const environs = await createEnvirons({ plugins: [memory(cloud)] })
    const config = await newModelConfig({ name: 'controller', type: 'memory', uuid: MODEL_UUID })
    await using environ = await environs.open({ cloud: CLOUD, config, controllerUuid: CONTROLLER_UUID })
    await withAgent(memory(cloud), async (client) => {
      expect(await client.health()).toEqual({
        status: 'ok',
        controllerUuid: CONTROLLER_UUID,
        version: '3.6.1',
      })
      const info = await client.controller()
      expect(info).toMatchObject({
        name: 'main',
        controllerUuid: CONTROLLER_UUID,
        modelUuid: MODEL_UUID,
        version: '3.6.1',
        cloud: CLOUD,
      })
      expect(Date.now() - Date.parse(info.started)).toBeLessThan(60_000)
      expect(await client.machines()).toEqual([])
      await environ.startInstance({
        controllerUuid: CONTROLLER_UUID,
        constraints: {},
        instanceConfig: {
          machineId: '0',
          machineNonce: 'nonce',
          controllerUuid: CONTROLLER_UUID,
          modelUuid: MODEL_UUID,
          isController: true,
          base: { os: 'ubuntu', version: '24.04' },
          tags: {
            'juju-controller-uuid': CONTROLLER_UUID,
            'juju-model-uuid': MODEL_UUID,
            'juju-machine-id': '0',
          },
          authorizedKeys: '',
        },
      })
      const [machine] = cloud.machines()
      expect(await client.machines()).toMatchObject([
        { machineId: '0', instanceId: machine?.id, state: 'running', addresses: [machine?.address] },
      ])
    })
  })

  it.each([
    ['down', new UnavailableError('no route to the cloud')],
    ['refusing the password', new UnauthorizedError('the password is wrong')],
    ['refusing the request', new NotValidError('it makes no sense')],
  ])('answers while its cloud is %s, and says so', async (_, error) => {
    await withAgent(failing(error), async (client) => {
      expect(await client.controller()).toMatchObject({ name: 'main' })
      const asked = client.machines()
      await expect(asked).rejects.toBeInstanceOf(UnavailableError)
      await expect(asked).rejects.toMatchObject({ status: 502 })
      await expect(asked).rejects.toThrow(`the cloud failed: ${error.message}`)
    })
  })

  it('answers although nobody provides its cloud', async () => {
    await withAgent({ ...memory(new MemoryCloud()), type: 'other', aliases: [] }, async (client) => {
      expect(await client.health()).toMatchObject({ status: 'ok' })
      await expect(client.machines()).rejects.toMatchObject({ status: 502 })
    })
  })

  it('lets nobody in with another password', async () => {
    await using agent = await run(memory(new MemoryCloud()))
    const info = infoOf(`127.0.0.1:${agent.address.port}`)
    await using client = await connectController(info, { dialer: systemDialer })
    await expect(client.login(new Secret('open barley'))).rejects.toBeInstanceOf(UnauthorizedError)
    await expect(client.machines()).rejects.toBeInstanceOf(UnauthorizedError)
  })

  it('says that its port is taken', async () => {
    await using agent = await run(memory(new MemoryCloud()))
    const again = run(memory(new MemoryCloud()), agent.address.port)
    await expect(again).rejects.toBeInstanceOf(UnavailableError)
    await expect(again).rejects.toThrow(`cannot listen on port ${agent.address.port}`)
  })

  it('does not start with a broken file, and quotes nothing of it', async () => {
    const text = await readFile(configFile, 'utf8')
    await writeFile(configFile, text.replaceAll('}', ''))
    const starting = run(memory(new MemoryCloud()))
    await expect(starting).rejects.toBeInstanceOf(NotValidError)
    await expect(starting).rejects.toThrow(`${configFile} is no JSON`)
    await writeFile(configFile, text)
  })
})
