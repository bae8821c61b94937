import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  AlreadyExistsError,
  createEnvirons,
  defaultEnvirons,
  type EnvironsOptions,
  FileControllerStore,
  globalProviderRegistry,
  type Logger,
  NotFoundError,
  NotValidError,
  type ProviderPlugin,
  type ProviderServices,
  registerProvider,
} from 'cloud-environs'
import { MemoryCloud, memory } from 'cloud-environs/providers/memory'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { compose } from '../../src/runtime/container.ts'
import { TOKENS } from '../../src/runtime/tokens.ts'
import { MemoryControllerStore } from 'cloud-environs/testing'
import { ManualClock } from '../environ/manual-clock.ts'

const CLOUD = { type: 'memory', name: 'memory', region: 'memory' }

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
}

const host = { variables: {}, homeDir: '/nowhere', workingDir: '/nowhere' }

let serial = 0
const random = {
  number: () => 0.5,
  uuid: () => `00000000-0000-4000-8000-${String(serial++).padStart(12, '0')}`,
  hex: (bytes: number) => 'ab'.repeat(bytes),
}

let cloud: MemoryCloud
let controllers: MemoryControllerStore
beforeEach(() => {
  cloud = new MemoryCloud()
  controllers = new MemoryControllerStore()
  serial = 0
})

const make = (over: EnvironsOptions = {}) =>
  createEnvirons({ plugins: [memory(cloud)], controllers, host, logger: silent, ...over })

describe('wiring', () => {
  it('has every service, each made once', () => {
    const resolve = compose({ plugins: [memory(cloud)], host, logger: silent })
    for (const [name, token] of Object.entries(TOKENS)) {
      const service: unknown = resolve<unknown>(token)
      expect(service, name).toBeTypeOf('object')
      expect(service, name).not.toBeNull()
      expect(resolve<unknown>(token), `${name}, again`).toBe(service)
    }
  })

  it('gives plug-ins the services that were handed in', async () => {
    const seen: ProviderServices[] = []
    const plugin: ProviderPlugin = {
      type: 'spy',
      create: (services) => {
        seen.push(services)
        return memory(cloud).create(services)
      },
    }
    const clock = new ManualClock()
    const dispatcher = {} as NonNullable<EnvironsOptions['dispatcher']>
    const dialer = {} as NonNullable<EnvironsOptions['dialer']>
    const environs = await make({ plugins: [plugin], clock, random, dialer, dispatcher })
    expect(seen).toHaveLength(1)
    expect(seen[0]).toEqual({ logger: silent, clock, random, host, dialer, dispatcher })
    expect(seen[0]?.clock).toBe(clock)
    expect(environs).toMatchObject({ clock, logger: silent, controllers })
  })

  it('registers plug-ins under their aliases too', async () => {
    const environs = await make({ plugins: [{ ...memory(cloud), aliases: ['mem'] }] })
    expect(environs.providers.registeredProviders()).toEqual(['memory'])
    expect(environs.providers.provider('mem')).toBe(environs.providers.provider('memory'))
  })

  it('refuses plug-ins that share a name, with the error of the registry', async () => {
    const twice = make({ plugins: [memory(cloud), memory(cloud)] })
    await expect(twice).rejects.toBeInstanceOf(AlreadyExistsError)
    await expect(twice).rejects.toThrow('duplicate provider name "memory"')
  })

  it('passes on what a plug-in throws', async () => {
    const refused = new NotValidError('set a region first')
    const create = () => {
      throw refused
    }
    await expect(make({ plugins: [{ type: 'broken', create }] })).rejects.toBe(refused)
  })

  it('gives each runtime registries of its own, and the default one the global ones', async () => {
    const [one, two] = await Promise.all([make(), make({ plugins: [] })])
    expect(two.providers.registeredProviders()).toEqual([])
    expect(one.imageDataSources).not.toBe(two.imageDataSources)
    const defaults = await defaultEnvirons()
    expect(await defaultEnvirons()).toBe(defaults)
    expect(defaults.providers).toBe(globalProviderRegistry())
    onTestFinished(registerProvider('test-default', one.providers.provider('memory')))
    expect(defaults.providers.registeredProviders()).toContain('test-default')
  })

  it('remembers controllers in files below the directory that the host names', async () => {
    const home = await mkdtemp(join(tmpdir(), 'environs-test-'))
    onTestFinished(() => rm(home, { recursive: true }))
    const options = { plugins: [memory(cloud)], logger: silent }
    const directory = async (over: EnvironsOptions) => {
      const { controllers: store } = await createEnvirons({ ...options, ...over })
      expect(store).toBeInstanceOf(FileControllerStore)
      return (store as FileControllerStore).directory
    }
    const at = (variables: Record<string, string>) => ({ host: { ...host, homeDir: home, variables } })
    expect(await directory(at({}))).toBe(join(home, '.local/share/environs'))
    expect(await directory(at({ XDG_DATA_HOME: '/xdg' }))).toBe('/xdg/environs')
    expect(await directory(at({ XDG_DATA_HOME: '/xdg', ENVIRONS_DATA: '/data' }))).toBe('/data')
    expect(await directory({ ...at({ ENVIRONS_DATA: '/data' }), dataDir: '/own' })).toBe('/own')
    expect(await readdir(home)).toEqual([])
  })
})

describe('a runtime', () => {
  it('draws what must be unique from the random numbers that were handed in', async () => {
    const environs = await make({ random })
    const { details } = await environs.bootstrap({ controllerName: 'main', cloud: CLOUD })
    expect(details.uuid).toMatch(/^00000000-0000-4000-8000-/)
    expect(details.modelConfig.uuid).toMatch(/^00000000-0000-4000-8000-/)
    expect(cloud.machines()[0]?.userData).toContain('machine-0:00000000-0000-4000-8000-')
  })

  it('opens the environ of a controller that it knows, with the credential that it finds', async () => {
    const environs = await make()
    const { instanceId } = await environs.bootstrap({ controllerName: 'main', cloud: CLOUD })
    await using environ = await environs.openController('main')
    expect((await environ.allInstances()).map(({ id }) => id)).toEqual([instanceId])
    await expect(environs.openController('mian')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      hint: 'the controllers are: main',
    })
  })

  it('opens it with the credential that is given, and looks for none then', async () => {
    const opened: unknown[] = []
    const plugin = memory(cloud)
    const spy: ProviderPlugin = {
      ...plugin,
      create: (services) => {
        const provider = plugin.create(services)
        return Object.assign(provider, {
          detectCloud: () => Promise.reject(new Error('looked for clouds')),
          open: (params: unknown) => {
            opened.push(params)
            return (Object.getPrototypeOf(provider) as typeof provider).open.call(provider, params as never)
          },
        })
      },
    }
    const environs = await make({ plugins: [spy] })
    const { details } = await environs.bootstrap({ controllerName: 'main', cloud: CLOUD })
    const credential = { authType: 'empty', attributes: {} }
    await using _ = await environs.openController('main', { credential })
    expect(opened.at(-1)).toMatchObject({ cloud: { ...CLOUD, credential }, controllerUuid: details.uuid })
    await expect(environs.openController('main')).rejects.toThrow('looked for clouds')
  })

  it('says so when the credential of a controller is not found any more', async () => {
    const environs = await make()
    await environs.bootstrap({ controllerName: 'main', cloud: CLOUD, credentialName: 'gone' })
    const opening = environs.openController('main')
    await expect(opening).rejects.toBeInstanceOf(NotFoundError)
    await expect(opening).rejects.toThrow('credential "gone" of cloud "memory" not found')
  })

  it('destroys a controller and forgets it', async () => {
    const environs = await make()
    await environs.bootstrap({ controllerName: 'main', cloud: CLOUD })
    await environs.bootstrap({ controllerName: 'other', cloud: CLOUD })
    await environs.destroyController('main')
    expect(cloud.machines()).toHaveLength(1)
    expect((await controllers.all()).map(({ name }) => name)).toEqual(['other'])
    await expect(environs.destroyController('main')).rejects.toBeInstanceOf(NotFoundError)
    expect(cloud.machines()).toHaveLength(1)
  })

  it('opens no environ of an unknown type', async () => {
    const environs = await make()
    const config = {} as never
    await expect(environs.open({ cloud: { type: 'aws', name: 'x' }, config })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      hint: 'the registered providers are: memory',
    })
  })
})
