import { DATA_SOURCE_PRIORITY } from 'cloud-environs/provider'
import {
  type DataSource,
  ImageDataSourceRegistry,
  NotSupportedError,
  NotValidError,
  UnavailableError,
  urlDataSource,
} from 'cloud-environs'
import { describe, expect, it } from 'vitest'
import { imageMetadataSources } from '../../src/images/sources.ts'
import { imagesEnviron } from './images-environ.ts'

const named = (description: string): DataSource =>
  urlDataSource({ description, baseUrl: `https://${description}.example`, priority: 20 })

function registry(): ImageDataSourceRegistry {
  const registry = new ImageDataSourceRegistry()
  registry.register('theirs', () => named('registered'))
  registry.registerUser('ours', () => named('user'))
  return registry
}

const descriptions = (sources: readonly DataSource[]) => sources.map(({ description }) => description)

describe('the data sources of images', () => {
  it('are the model’s own, a user’s, registered ones, the cloud’s, Ubuntu’s', async () => {
    const environ = imagesEnviron({
      attrs: { 'image-metadata-url': 'https://own.example/images' },
      source: named('keystone'),
    })
    const sources = await imageMetadataSources(environ, { registry: registry(), publicSigningKey: 'key' })
    expect(descriptions(sources)).toEqual([
      'image-metadata-url',
      'user',
      'registered',
      'keystone',
      'default ubuntu cloud images',
    ])
    expect(sources[0]).toMatchObject({
      priority: DATA_SOURCE_PRIORITY.specific,
      requireSigned: false,
      publicSigningKey: 'key',
    })
    expect(sources[0]?.url('x')).toBe('https://own.example/images/x')
    expect(sources.at(-1)).toMatchObject({ priority: DATA_SOURCE_PRIORITY.default, requireSigned: true })
    expect(sources.at(-1)?.publicSigningKey).toContain('BEGIN PGP PUBLIC KEY')
  })

  it('of a directory are in its "images"', async () => {
    const environ = imagesEnviron({ attrs: { 'image-metadata-url': '/srv/metadata' } })
    const [own] = await imageMetadataSources(environ)
    expect(own?.url('x')).toBe('file:///srv/metadata/images/x')
  })

  it.each([
    [{}, ['https://cloud-images.ubuntu.com/releases/x']],
    [{ 'image-stream': 'daily' }, ['https://cloud-images.ubuntu.com/daily/x']],
    [{ 'image-metadata-defaults-disabled': true }, []],
  ])('with %j end with %j', async (attrs, urls) => {
    const sources = await imageMetadataSources(imagesEnviron({ attrs }))
    expect(sources.map((source) => source.url('x'))).toEqual(urls)
  })

  it('leave out a cloud that names none, and functions that have none for it', async () => {
    const registry = new ImageDataSourceRegistry()
    registry.register('none', () => Promise.reject(new NotSupportedError('not here')))
    const attrs = { 'image-metadata-defaults-disabled': true }
    const unnamed = imagesEnviron({ attrs, source: new NotSupportedError('no such service') })
    expect(await imageMetadataSources(unnamed, { registry })).toEqual([])
  })

  it('fail with a function or a cloud that fails', async () => {
    const down = new UnavailableError('down')
    await expect(imageMetadataSources(imagesEnviron({ source: down }))).rejects.toBe(down)
    const registry = new ImageDataSourceRegistry()
    registry.register('down', () => Promise.reject(down))
    await expect(imageMetadataSources(imagesEnviron({}), { registry })).rejects.toBe(down)
  })

  it('are places to read from', async () => {
    const environ = imagesEnviron({ attrs: { 'image-metadata-url': 'metadata' } })
    await expect(imageMetadataSources(environ)).rejects.toThrow(NotValidError)
  })
})
