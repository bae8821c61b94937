import {
  AgentDataSourceRegistry,
  agentMetadataSources,
  findAgents,
  generateAgentMetadata,
  newModelConfig,
  NotValidError,
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
    const wrong = agentMetadataSources(await environWith({ 'agent-metadata-url': 'tools' }))
    await expect(wrong).rejects.toBeInstanceOf(NotValidError)
  })
})
