import {
  AlreadyExistsError,
  type EnvironProvider,
  globalProviderRegistry,
  newEnviron,
  NotFoundError,
  type OpenParams,
  provider,
  registeredProviders,
  registerProvider,
} from 'cloud-environs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Providers } from '../../src/runtime/provider-registry.ts'

const fakeProvider = (members: object = {}): EnvironProvider => members as EnvironProvider

describe('a provider registry', () => {
  it('finds a provider by its type and by each alias', () => {
    const registry = new Providers()
    const one = fakeProvider()
    registry.registerProvider(one, 'openstack', 'os', 'nova')
    for (const name of ['openstack', 'os', 'nova']) expect(registry.provider(name)).toBe(one)
  })

  it('lists types, sorted, without aliases', () => {
    const registry = new Providers()
    registry.registerProvider(fakeProvider(), 'openstack', 'a')
    registry.registerProvider(fakeProvider(), 'memory', 'b')
    expect(registry.registeredProviders()).toEqual(['memory', 'openstack'])
  })

  it('says what is registered when a type is not', () => {
    const registry = new Providers()
    expect(() => registry.provider('aws')).toThrow(
      expect.objectContaining({ hint: 'no provider is registered' }),
    )
    registry.registerProvider(fakeProvider(), 'openstack', 'os')
    registry.registerProvider(fakeProvider(), 'memory')
    expect(() => registry.provider('aws')).toThrow(NotFoundError)
    expect(() => registry.provider('aws')).toThrow(
      expect.objectContaining({
        message: 'no registered provider for "aws"',
        hint: 'the registered providers are: memory, openstack',
      }),
    )
  })

  it.each<[string, string, readonly string[], string]>([
    ['a type that is a type', 'openstack', [], 'duplicate provider name "openstack"'],
    ['a type that is an alias', 'os', [], 'duplicate provider name "os"'],
    ['an alias that is a type', 'new', ['fresh', 'openstack'], 'duplicate provider alias "openstack"'],
    ['an alias that is an alias', 'new', ['fresh', 'os'], 'duplicate provider alias "os"'],
    ['an alias given twice', 'new', ['fresh', 'fresh'], 'duplicate provider alias "fresh"'],
    ['an alias that is its own type', 'new', ['new'], 'duplicate provider alias "new"'],
  ])('refuses %s, and stores nothing', (_, type, aliases, message) => {
    const registry = new Providers()
    const first = fakeProvider()
    registry.registerProvider(first, 'openstack', 'os')
    expect(() => registry.registerProvider(fakeProvider(), type, ...aliases)).toThrow(AlreadyExistsError)
    expect(() => registry.registerProvider(fakeProvider(), type, ...aliases)).toThrow(message)
    expect(registry.registeredProviders()).toEqual(['openstack'])
    expect(registry.provider('os')).toBe(first)
    for (const name of ['new', 'fresh']) expect(() => registry.provider(name)).toThrow(NotFoundError)
  })

  it('takes a registration back, aliases too, so that the names are free again', () => {
    const registry = new Providers()
    const unregister = registry.registerProvider(fakeProvider(), 'openstack', 'os')
    unregister()
    expect(registry.registeredProviders()).toEqual([])
    expect(() => registry.provider('os')).toThrow(NotFoundError)
    const second = fakeProvider()
    registry.registerProvider(second, 'os', 'openstack')
    expect(registry.provider('openstack')).toBe(second)
  })

  it('takes back its own registration only, however often it is asked', () => {
    const registry = new Providers()
    const same = fakeProvider()
    const unregister = registry.registerProvider(same, 'openstack')
    unregister()
    registry.registerProvider(same, 'openstack', 'os')
    unregister()
    expect(registry.provider('openstack')).toBe(same)
    expect(registry.provider('os')).toBe(same)
  })
})

describe('the global functions', () => {
  it('share one registry', () => {
    const mine = fakeProvider()
    const unregister = registerProvider('test-cloud', mine, 'test-alias')
    onTestFinished(unregister)
    expect(provider('test-alias')).toBe(mine)
    expect(registeredProviders()).toContain('test-cloud')
    expect(globalProviderRegistry().provider('test-cloud')).toBe(mine)
    expect(() => registerProvider('test-cloud', mine)).toThrow(AlreadyExistsError)
    unregister()
    expect(registeredProviders()).not.toContain('test-cloud')
  })

  it('open an environ with the provider of its cloud', async () => {
    const opened: unknown[] = []
    const mine = fakeProvider({ open: async (params: unknown) => (opened.push(params), { mine: true }) })
    onTestFinished(registerProvider('test-cloud', mine))
    const params = { cloud: { type: 'test-cloud', name: 'c' } } as OpenParams
    expect(await newEnviron(params)).toEqual({ mine: true })
    expect(opened).toEqual([params])
    const unknown = newEnviron({ ...params, cloud: { type: 'nothing', name: 'c' } })
    await expect(unknown).rejects.toBeInstanceOf(NotFoundError)
  })
})
