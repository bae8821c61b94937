/** Which agent a controller is to run, and who is told. */

import {
  type BootstrapControllerParams,
  createEnvirons,
  type Environs,
  generateAgentMetadata,
  type InstanceConfig,
  NotFoundError,
  type StartInstanceParams,
} from 'cloud-environs'
import { MemoryCloud } from 'cloud-environs/providers/memory'
import { beforeEach, describe, expect, it } from 'vitest'
import { alteredMemory } from '../bootstrap/altered-memory.ts'
import { MemoryControllerStore } from 'cloud-environs/testing'
import { newAgent, newDirectory, sourceOf } from './served-agents.ts'

const CLOUD = { type: 'memory', name: 'memory', region: 'memory' }

let cloud: MemoryCloud
let store: MemoryControllerStore
let environs: Environs
let tree: string
/** What the environ was told. */
let started: StartInstanceParams | undefined
/** What the finaliser was told. */
let finalized: InstanceConfig | undefined

beforeEach(async () => {
  cloud = new MemoryCloud()
  store = new MemoryControllerStore()
  tree = await newDirectory()
  started = finalized = undefined
  const plugin = alteredMemory(cloud, (original) => ({
    startInstance: async (params, options) => {
      started = params
      return await original.startInstance(params, options)
    },
    bootstrap: async (context, params) => ({
      ...(await original.bootstrap(context, params)),
      finalize: async (_context, config) => {
        finalized = config
      },
    }),
  }))
  environs = await createEnvirons({ plugins: [plugin], controllers: store })
})

async function publish(versions: readonly string[], arch = 'amd64', stream = 'released') {
  const agents = await Promise.all(versions.map((version) => newAgent(tree, version, arch)))
  await generateAgentMetadata({ directory: tree, agents, stream })
  return agents
}

const bootstrap = async (params: Partial<BootstrapControllerParams> = {}, config: object = {}) =>
  await environs.bootstrap({
    controllerName: 'main',
    cloud: CLOUD,
    ...params,
    modelConfig: { 'agent-metadata-url': `${tree}/tools`, ...config },
  })

const failure = async (...args: Parameters<typeof bootstrap>): Promise<Error> =>
  await bootstrap(...args).then(
    () => expect.unreachable('it worked'),
    (error: Error) => error,
  )

const toldVersion = () => finalized?.agentBinary?.version

describe('the agent of a controller', () => {
  it('is the newest that the sources have for its architecture, with all that it takes to download it', async () => {
    const [, newest] = await publish(['3.6.0', '3.6.1'])
    await publish(['3.6.2'], 'arm64')
    const { details } = await bootstrap()
    const { path, ...binary } = newest ?? {}
    expect(finalized?.agentBinary).toMatchObject({ ...binary, url: `file://${path}` })
    expect(details.modelConfig['agent-version']).toBe('3.6.1')
    expect((await environs.openController('main')).config().agentVersion).toBe('3.6.1')
    expect(started?.tools?.map(({ version, arch }) => `${version} ${arch}`)).toEqual([
      '3.6.2 arm64',
      '3.6.1 amd64',
    ])
  })

  it('is the exact version, or the newest patch, that is asked for', async () => {
    await publish(['3.5.9', '3.6.0', '3.6.1', '3.6.2'])
    await bootstrap({ agentVersion: '3.6.1' })
    expect(toldVersion()).toBe('3.6.1')
    await bootstrap({ controllerName: 'other', agentVersion: '3.5' })
    expect(toldVersion()).toBe('3.5.9')
    await bootstrap({ controllerName: 'third' }, { 'agent-version': '3.6.0' })
    expect(toldVersion()).toBe('3.6.0')
  })

  it('comes from the stream of the model and those behind it; a version in development from its own', async () => {
    await publish(['3.6.1'])
    await publish(['3.7.0'], 'amd64', 'proposed')
    await publish(['3.8-beta1'], 'amd64', 'devel')
    await bootstrap({ controllerName: 'a' }, { 'agent-stream': 'proposed' })
    expect(toldVersion()).toBe('3.7.0')
    await bootstrap({ controllerName: 'b', agentVersion: '3.8-beta1' })
    expect(toldVersion()).toBe('3.8-beta1')
    await bootstrap({ controllerName: 'c' })
    expect(toldVersion()).toBe('3.6.1')
    expect(await failure({ controllerName: 'd', agentVersion: '3.7.0' })).toBeInstanceOf(NotFoundError)
  })

  it('is a build of one’s own for its architecture when there is one: no source is asked', async () => {
    await publish(['3.6.1'])
    const elsewhere = await newDirectory()
    const agentBuilds = [
      await newAgent(elsewhere, '3.6.1.2', 'arm64'),
      await newAgent(elsewhere, '3.6.1.1'),
      await newAgent(elsewhere, '3.6.1.2'),
    ]
    await bootstrap({ agentBuilds }, { 'agent-metadata-url': `${tree}/nothing` })
    const { path, ...binary } = agentBuilds[2] ?? {}
    expect(finalized?.agentBinary).toEqual({ ...binary, url: `file://${path}` })
    const wrong = await failure({ controllerName: 'other', agentBuilds, agentVersion: '3.7' })
    expect(wrong.message).toMatch(
      /^no build is an agent 3\.7 for ubuntu; there is 3\.6\.1\.2 for ubuntu on arm64, /,
    )
  })

  it('decides on the architecture', async () => {
    const agentBuilds = [await newAgent(tree, '3.6.1.1', 'arm64')]
    expect((await failure({ agentBuilds })).message).toMatch(/arm64/)
    expect(await store.all()).toEqual([])
    const image = cloud.images.find(({ version }) => version === '24.04')
    const [type] = cloud.instanceTypes
    if (!image || !type) throw new Error('the cloud is empty')
    cloud = Object.assign(cloud, {
      images: [...cloud.images, { ...image, id: 'arm', arch: 'arm64' }],
      instanceTypes: [...cloud.instanceTypes, { ...type, arch: 'arm64', name: 'arm' }],
    })
    expect((await bootstrap({ agentBuilds })).hardware.arch).toBe('arm64')
  })

  it('is none when nobody names a source, a version or a build', async () => {
    const { details } = await environs.bootstrap({ controllerName: 'main', cloud: CLOUD })
    expect(started).not.toHaveProperty('tools')
    expect(finalized).not.toHaveProperty('agentBinary')
    expect(details.modelConfig['agent-version']).toBeUndefined()
  })

  it('that is not there is a failure that names what is; nothing was made', async () => {
    await publish(['3.6.1'])
    const error = await failure({ agentVersion: '4.0.0' })
    expect(error).toBeInstanceOf(NotFoundError)
    expect(error.message).toBe(
      'no agent 4.0.0 for ubuntu in the stream released; "agent-metadata-url" has 3.6.1',
    )
    const none = environs.bootstrap({ controllerName: 'main', cloud: CLOUD, agentVersion: '4.0.0' })
    await expect(none).rejects.toThrow(/there is no source/)
    expect(cloud.machines()).toEqual([])
    expect(await store.all()).toEqual([])
  })
})

describe('agents for a model', () => {
  it('are what its own source has, then what is registered with the runtime', async () => {
    const own = await newDirectory()
    await publish(['3.6.1'])
    environs.agentDataSources.register('mine', () => sourceOf(tree))
    await bootstrap({}, { 'agent-metadata-url': `${own}/tools` })
    await using environ = await environs.openController('main')
    expect(await environs.findAgents(environ)).toMatchObject([{ version: '3.6.1', source: 'ours' }])
    await expect(environs.findAgents(environ, { streams: ['devel'] })).rejects.toThrow(/in the stream devel/)
    await expect(environs.findAgents(environ, { region: 'x' })).rejects.toThrow(/by region and endpoint/)
  })
})
