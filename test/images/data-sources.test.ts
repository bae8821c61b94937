import {
  type DataSource,
  ImageDataSourceRegistry,
  imageMetadataSources,
  NotSupportedError,
  registerImageDataSourceFunc,
  registerUserImageDataSourceFunc,
  UnavailableError,
  unregisterImageDataSourceFunc,
} from 'cloud-environs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fakeEnviron } from '../environ/fakes.ts'
import { imagesEnviron } from './images-environ.ts'

const source = (description: string): DataSource => ({
  description,
  priority: 10,
  requireSigned: false,
  url: (path) => path,
  fetch: () => Promise.reject(new Error('not asked for')),
})

const environ = fakeEnviron({})

/** Registers a source of that description in a registry, or globally. */
const giving = (description: string) => async () => source(description)

async function order(registry: ImageDataSourceRegistry): Promise<readonly string[]> {
  return (await registry.sources(environ)).map(({ description }) => description)
}

describe('a registry of image data sources', () => {
  it('has none at first', async () => {
    expect(await order(new ImageDataSourceRegistry())).toEqual([])
  })

  it('asks user functions before others, the latest first, and others in their order', async () => {
    const registry = new ImageDataSourceRegistry()
    registry.register('a', giving('a'))
    registry.registerUser('u', giving('u'))
    registry.register('b', giving('b'))
    registry.registerUser('v', giving('v'))
    expect(await order(registry)).toEqual(['v', 'u', 'a', 'b'])
  })

  it('replaces a function of the same id where it stands, whichever way it is registered', async () => {
    const registry = new ImageDataSourceRegistry()
    for (const id of ['a', 'b', 'c']) registry.register(id, giving(id))
    registry.register('b', giving('B'))
    registry.registerUser('c', giving('C'))
    expect(await order(registry)).toEqual(['a', 'B', 'C'])
  })

  it('forgets a function, and does not mind an id that it does not know', async () => {
    const registry = new ImageDataSourceRegistry()
    for (const id of ['a', 'b']) registry.register(id, giving(id))
    registry.unregister('a')
    registry.unregister('a')
    registry.unregister('never')
    expect(await order(registry)).toEqual(['b'])
  })

  it('skips a function that has nothing for this environ', async () => {
    const registry = new ImageDataSourceRegistry()
    registry.register('none', () => Promise.reject(new NotSupportedError('no catalogue')))
    registry.register('wrapped', () => {
      throw new Error('outer', { cause: new NotSupportedError('no region') })
    })
    registry.register('a', () => source('a'))
    expect(await order(registry)).toEqual(['a'])
  })

  it('fails with any other error', async () => {
    const down = new UnavailableError('down')
    const registry = new ImageDataSourceRegistry()
    registry.register('a', giving('a'))
    registry.register('down', () => Promise.reject(down))
    await expect(registry.sources(environ)).rejects.toBe(down)
  })

  it('hands on the environ and the signal', async () => {
    const seen: unknown[] = []
    const registry = new ImageDataSourceRegistry()
    registry.register('a', (...args) => {
      seen.push(...args)
      return source('a')
    })
    const { signal } = new AbortController()
    await registry.sources(environ, { signal })
    expect(seen).toEqual([environ, { signal }])
    expect(seen[0]).toBe(environ)
  })
})

describe('the global functions', () => {
  it('share one registry', async () => {
    const ids = ['test-a', 'test-u', 'test-b']
    onTestFinished(() => ids.forEach(unregisterImageDataSourceFunc))
    registerImageDataSourceFunc('test-a', giving('a'))
    registerUserImageDataSourceFunc('test-u', giving('u'))
    registerImageDataSourceFunc('test-b', giving('b'))
    const attrs = { 'image-metadata-defaults-disabled': true }
    const descriptions = async () =>
      (await imageMetadataSources(imagesEnviron({ attrs }))).map(({ description }) => description)
    expect(await descriptions()).toEqual(['u', 'a', 'b'])
    unregisterImageDataSourceFunc('test-a')
    expect(await descriptions()).toEqual(['u', 'b'])
  })
})
