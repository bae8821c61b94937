import { createEnvirons, type EnvironProvider, newModelConfig, upgradeModelConfig } from 'cloud-environs'
import { memory } from 'cloud-environs/providers/memory'
import { describe, expect, it, test } from 'vitest'

const REQUIRED = { name: 'prod', type: 'memory', uuid: '0c4e1f5a-5a1c-4a0e-8b1a-2f9d6c3b7e10' }

async function provider(members: object = {}): Promise<EnvironProvider> {
  const environs = await createEnvirons({ plugins: [memory()], dataDir: '/nonexistent' })
  return Object.assign(Object.create(environs.providers.provider('memory')) as EnvironProvider, members)
}

async function upgraded(attributes: Record<string, unknown>, by?: object) {
  return await upgradeModelConfig(await newModelConfig({ ...REQUIRED, ...attributes }), await provider(by))
}

describe('an older configuration', () => {
  test.each<[string, string, string, string]>([
    ['tools-metadata-url', 'https://agents.example', 'agent-metadata-url', 'https://agents.example'],
    ['tools-stream', 'devel', 'agent-stream', 'devel'],
    ['default-series', 'jammy', 'default-base', 'ubuntu@22.04'],
    ['provisioner-safe-mode', 'true', 'provisioner-harvest-mode', 'destroyed'],
    ['provisioner-safe-mode', 'false', 'provisioner-harvest-mode', 'all'],
  ])('has %s, %s, under its present name', async (old, value, name, today) => {
    const { attrs } = await upgraded({ [old]: value })
    expect(attrs[name]).toBe(today)
    expect(attrs).not.toHaveProperty(old)
  })

  it('keeps what was set under the present name', async () => {
    const { attrs } = await upgraded({ 'tools-stream': 'devel', 'agent-stream': 'proposed' })
    expect(attrs).toMatchObject({ 'agent-stream': 'proposed' })
    expect(attrs).not.toHaveProperty('tools-stream')
  })

  it('keeps a series that nobody knows the base of', async () => {
    const config = await upgraded({ 'default-series': 'constructor' })
    expect(config).toMatchObject({
      defaultBase: 'ubuntu@24.04',
      unknownAttrs: { 'default-series': 'constructor' },
    })
  })

  it('is upgraded by its provider last, and any number of times', async () => {
    const by = {
      upgradeConfig: async (config: Awaited<ReturnType<typeof newModelConfig>>) =>
        await newModelConfig({ ...config.attrs, 'seen-stream': config.agentStream }),
    }
    const once = await upgraded({ 'tools-stream': 'devel' }, by)
    expect(once.unknownAttrs).toEqual({ 'seen-stream': 'devel' })
    expect(await upgradeModelConfig(once, await provider(by))).toEqual(once)
  })

  it("has each of the provider's values of its type", async () => {
    const schema = () => ({ size: { type: 'int', default: 3, description: 'how many' } })
    expect((await upgraded({ size: '7' }, { schema })).attrs['size']).toBe(7)
    expect((await upgraded({}, { schema })).attrs['size']).toBe(3)
  })

  it('of today stays', async () => {
    const config = await newModelConfig({ ...REQUIRED, network: 'n', 'agent-stream': 'devel' })
    expect(await upgradeModelConfig(config, await provider())).toEqual(config)
  })
})
