/** The provider's own attributes of a model. */

import {
  createEnvirons,
  NotSupportedError,
  NotValidError,
  newModelConfig,
  upgradeModelConfig,
} from 'cloud-environs'
import { modelConfigSchema, tellsSchema, upgradesConfig } from 'cloud-environs/provider'
import { openstack } from 'cloud-environs/providers/openstack'
import { describe, expect, it } from 'vitest'
import { recordingLogger } from './recording-logger.ts'

const UUID = '7f8aecad-ae4e-4a5b-9d1b-6e7b0a1d7c2e'

const made = (attributes: Record<string, unknown>) =>
  newModelConfig({ name: 'm', type: 'openstack', uuid: UUID, ...attributes })

async function withLogger() {
  const logger = recordingLogger()
  const environs = await createEnvirons({ plugins: [openstack()], logger, dataDir: '/nonexistent' })
  return { provider: environs.providers.provider('openstack'), logger }
}

async function validated(attributes: Record<string, unknown>, old?: Record<string, unknown>) {
  const { provider, logger } = await withLogger()
  const config = await provider.validate(await made(attributes), old && (await made(old)))
  return { attrs: config.attrs, warnings: logger.lines.warn.map(({ message }) => message) }
}

describe('attributes', () => {
  it('are completed with what the schema says', async () => {
    const { attrs } = await validated({})
    expect(attrs).toMatchObject({
      network: '',
      'external-network': '',
      'use-default-secgroup': false,
      'use-openstack-gbp': false,
      'policy-target-group': '',
      'endpoint-interface': 'public',
      'endpoint-overrides': {},
    })
    const environs = await createEnvirons({ plugins: [openstack()], dataDir: '/nonexistent' })
    const provider = environs.providers.provider('openstack')
    if (!tellsSchema(provider)) throw new Error('no schema')
    for (const [name, { default: standard, description }] of Object.entries(provider.schema())) {
      expect(attrs[name]).toEqual(standard)
      expect(description).toBeTruthy()
    }
  })

  it('are read from texts, as they come from a command line', async () => {
    expect((await validated({ 'use-default-secgroup': 'true' })).attrs).toMatchObject({
      'use-default-secgroup': true,
    })
  })

  it.each([
    ['network', 3],
    ['external-network', ['public']],
    ['use-default-secgroup', 'perhaps'],
    ['use-openstack-gbp', 'perhaps'],
    ['endpoint-interface', 'secret'],
    ['endpoint-overrides', 'http://elsewhere'],
    ['policy-target-group', 'not-a-uuid'],
  ])('are refused by name when they are not what they have to be: %s', async (name, value) => {
    const error: unknown = await validated({ [name]: value }).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(NotValidError)
    expect(error).toMatchObject({
      message: expect.stringContaining(name),
      resource: `attribute ${name}`,
    })
  })

  it('of Group-Based Policy are understood, and the policy is not offered', async () => {
    expect((await validated({ 'policy-target-group': UUID })).attrs['policy-target-group']).toBe(UUID)
    await expect(
      validated({ 'use-openstack-gbp': true, 'policy-target-group': UUID }),
    ).rejects.toBeInstanceOf(NotSupportedError)
  })

  it('that are deprecated are warned about and left out', async () => {
    const { attrs, warnings } = await validated({
      'default-image-id': 'img',
      'default-instance-type': 'm1.tiny',
      network: 'private',
    })
    expect(Object.keys(attrs)).not.toContain('default-image-id')
    expect(Object.keys(attrs)).not.toContain('default-instance-type')
    expect(attrs['network']).toBe('private')
    expect(warnings).toEqual([
      expect.stringMatching(/default-image-id.*constraint image-id/),
      expect.stringMatching(/default-instance-type.*constraint instance-type/),
    ])
    expect((await validated({})).warnings).toEqual([])
  })

  it('can be changed later, but not what the model is', async () => {
    expect((await validated({ network: 'b' }, { network: 'a' })).attrs['network']).toBe('b')
    await expect(validated({ name: 'n' }, { name: 'm' })).rejects.toThrow(/cannot change name/)
  })

  it('that nobody knows are kept, with a warning that names the one that was meant', async () => {
    const { attrs, warnings } = await validated({ netwrok: 'private', 'external-network': 'public' })
    expect(attrs).toMatchObject({ netwrok: 'private', network: '', 'external-network': 'public' })
    expect(warnings).toEqual(['attribute "netwrok" is unknown, and kept; did you mean "network"?'])
  })

  it('have no name in common with those of every model or controller', async () => {
    const { provider } = await withLogger()
    if (!tellsSchema(provider)) throw new Error('no schema')
    expect(await modelConfigSchema(provider.schema())).toMatchObject(provider.schema())
    for (const { immutable, secret } of Object.values(provider.schema())) {
      expect([immutable, secret]).toEqual([undefined, undefined])
    }
  })
})

describe('a new model', () => {
  const prepared = async (attributes: Record<string, unknown>) => {
    const { provider } = await withLogger()
    const cloud = { type: 'openstack', name: 'c', endpoint: 'https://cloud.example:5000/v3' }
    return (await provider.prepareConfig({ cloud, config: await made(attributes) })).attrs
  }

  it('has its block devices from Cinder when nothing else is said', async () => {
    expect((await prepared({}))['storage-default-block-source']).toBe('cinder')
    const own = { 'storage-default-block-source': 'fast' }
    expect((await prepared(own))['storage-default-block-source']).toBe('fast')
    expect((await validated({})).attrs).not.toHaveProperty('storage-default-block-source')
  })

  it('is prepared the same each time', async () => {
    expect(await prepared({ network: 'a' })).toEqual(await prepared({ network: 'a' }))
  })
})

describe('an old model', () => {
  it('loses what is deprecated, with a warning each, once', async () => {
    const { provider, logger } = await withLogger()
    if (!upgradesConfig(provider)) throw new Error('no upgrade')
    const config = await made({
      'default-image-id': 'img',
      'default-instance-type': 'm1.tiny',
      'use-floating-ip': true,
      'tools-stream': 'devel',
      'use-default-secgroup': 'true',
    })
    const upgraded = await upgradeModelConfig(config, provider)
    expect(upgraded.agentStream).toBe('devel')
    expect(upgraded.unknownAttrs).toMatchObject({
      'use-default-secgroup': true,
      'endpoint-interface': 'public',
    })
    for (const name of ['default-image-id', 'default-instance-type', 'use-floating-ip', 'tools-stream']) {
      expect(upgraded.attrs).not.toHaveProperty(name)
    }
    expect(logger.lines.warn.map(({ message }) => message)).toEqual([
      expect.stringMatching(/default-image-id.*constraint image-id/),
      expect.stringMatching(/default-instance-type.*constraint instance-type/),
      expect.stringMatching(/use-floating-ip.*constraint allocate-public-ip/),
    ])
    expect(await provider.upgradeConfig(upgraded)).toEqual(upgraded)
    expect(await upgradeModelConfig(upgraded, provider)).toEqual(upgraded)
    expect(logger.lines.warn).toHaveLength(3)
  })
})
