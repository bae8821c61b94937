import {
  AgentDataSourceRegistry,
  agentMetadataSources,
  findAgents,
  generateAgentMetadata,
  newModelConfig,
  NotSupportedError,
  NotValidError,
  UnavailableError,
} from 'cloud-environs'
import { describe, expect, it } from 'vitest'
import { fakeEnviron } from '../environ/fakes.ts'
import { newAgent, newDirectory, sourceOf } from './served-agents.ts'

async function environWith(attrs: Record<string, unknown> = {}) {
  const uuid = '6e5aa3a2-3c0f-4d3b-8d2c-0d6a1f7b5a10'
  const config = await newModelConfig({ name: 'm', type: 'fake', uuid, ...attrs })
  return fakeEnviron({ config: () => config })
}

describe('the data sources of agents', () => {
  it('are the model’s own, those that are registered, and with a key the official one', async () => {
    const registry = new AgentDataSourceRegistry()
    registry.register('a', () => sourceOf('/a', { description: 'registered' }))
    const environ = await environWith({ 'agent-metadata-url': 'https://agents.example' })
    const sources = await agentMetadataSources(environ, { registry, publicSigningKey: 'key' })
    expect(sources.map(({ description, requireSigned }) => [description, requireSigned])).toEqual([
      ['agent-metadata-url', false],
      ['registered', false],
      ['default agents', true],
    ])
    expect(sources[0]?.url('x')).toBe('https://agents.example/x')
    expect(await agentMetadataSources(await environWith())).toEqual([])
  })

  it('count only when signed at the official address, whoever names it', async () => {
    const url = 'https://streams.canonical.com/juju/tools/'
    const [own] = await agentMetadataSources(await environWith({ 'agent-metadata-url': url }))
    expect(own?.requireSigned).toBe(true)
  })

  it('find what a directory on this machine has', async () => {
    const tree = await newDirectory()
    await generateAgentMetadata({ directory: tree, agents: [await newAgent(tree, '3.6.1')] })
    const environ = await environWith({ 'agent-metadata-url': `${tree}/tools` })
    const sources = await agentMetadataSources(environ)
    expect(await findAgents(sources, {})).toMatchObject([{ version: '3.6.1' }])
    await expect(environWith({ 'agent-metadata-url': 'tools' })).rejects.toBeInstanceOf(NotValidError)
  })

  it('are also the one that the cloud names, after all that somebody chose', async () => {
    const registry = new AgentDataSourceRegistry()
    registry.register('a', () => sourceOf('/a', { description: 'registered' }))
    const names = async (over: object) => {
      const environ = Object.assign(await environWith({ 'agent-metadata-url': '/own' }), over)
      return (await agentMetadataSources(environ, { registry })).map(({ description }) => description)
    }
    const chosen = ['agent-metadata-url', 'registered']
    expect(await names({ agentDataSource: async () => sourceOf('/c', { description: 'cloud' }) })).toEqual([
      ...chosen,
      'cloud',
    ])
    const none = () => Promise.reject(new NotSupportedError('the catalog names none'))
    expect(await names({ agentDataSource: none })).toEqual(chosen)
    const down = new UnavailableError('down')
    await expect(names({ agentDataSource: () => Promise.reject(down) })).rejects.toBe(down)
  })

  it('are never official when the model says so', async () => {
    const environ = await environWith({ 'agent-metadata-defaults-disabled': true })
    expect(await agentMetadataSources(environ, { publicSigningKey: 'key' })).toEqual([])
  })
})
