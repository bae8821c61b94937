/** Where the images of an OpenStack come from. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Environ,
  generateImageMetadata,
  hasRegion,
  type ImageMetadata,
  listsImages,
  NotFoundError,
  urlDataSource,
} from 'cloud-environs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openModel } from '../../../environ-contract.ts'
import { serveTree } from '../../../simplestreams/served-tree.ts'
import { environSuite } from './suite.ts'

const suite = environSuite()
const noDefaults = { 'image-metadata-defaults-disabled': true }
const base = { os: 'ubuntu', version: '24.04' }

/** An environ of its own, and an image of its cloud. */
async function environWith(config: Record<string, unknown> = {}) {
  const { environ } = await openModel(suite.environs, suite.cloud, { config: { ...noDefaults, ...config } })
  if (!listsImages(environ) || !hasRegion(environ)) throw new Error('it has no images, or no region')
  const image = (await environ.images()).find(
    ({ os, version, arch }) => os === 'ubuntu' && version === '24.04' && arch === 'amd64',
  )
  if (!image) throw new Error('it has no image of ubuntu@24.04 for amd64')
  return { environ, place: environ.region(), image }
}

/** A directory with metadata of this image, said to be of an older system. */
async function metadataOf(image: ImageMetadata, place: object): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'environs-images-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const { id, arch } = image
  await generateImageMetadata({ directory, images: [{ id, arch, os: 'ubuntu', version: '18.04', ...place }] })
  return directory
}

const descriptions = async (environ: Environ) =>
  (await suite.environs.imageSources(environ)).map(({ description }) => description)

describe('data sources', () => {
  it('are the model’s, a user’s, the one of the catalog, and Ubuntu’s', async () => {
    const served = await serveTree({})
    const { environ } = await environWith({
      'image-metadata-url': 'https://own.example',
      'endpoint-overrides': { 'product-streams': served },
      'image-metadata-defaults-disabled': false,
    })
    const { imageDataSources } = suite.environs
    imageDataSources.registerUser('user', () => urlDataSource({ description: 'user', baseUrl: served }))
    onTestFinished(() => imageDataSources.unregister('user'))
    expect(await descriptions(environ)).toEqual([
      'image-metadata-url',
      'user',
      'keystone catalog',
      'default ubuntu cloud images',
    ])
    const catalog = (await suite.environs.imageSources(environ))[2]
    expect(catalog).toMatchObject({ priority: 20, requireSigned: false })
    expect(catalog?.url('x')).toBe(`${served}/x`)
  })

  it('leave out the catalog where it names none', async () => {
    expect(await descriptions((await environWith()).environ)).toEqual([])
  })
})

describe('images', () => {
  it('are those of the image service where nobody has metadata', async () => {
    const { environ, image } = await environWith()
    const { images, resolved } = await suite.environs.findImages(environ, { base })
    expect(images.map(({ id }) => id)).toContain(image.id)
    expect(images.every(({ source }) => source === 'image service')).toBe(true)
    expect(resolved).toBeUndefined()
  })

  it('of the catalog are found by region and endpoint', async () => {
    const { environ, place, image } = await environWith()
    const source = urlDataSource({
      description: 'keystone catalog',
      baseUrl: join(await metadataOf(image, place), 'images'),
    })
    Object.assign(environ, { imageDataSource: async () => source })
    const { images, resolved } = await suite.environs.findImages(environ, {
      base: { os: 'ubuntu', version: '18.04' },
    })
    expect(images).toMatchObject([{ id: image.id, ...place, source: 'keystone catalog' }])
    expect(resolved).toMatchObject({ source: 'keystone catalog' })
  })
})

describe('a bootstrap', () => {
  const bootstrap = (metadataSource: string) =>
    suite.environs.bootstrap({
      controllerName: 'metadata',
      cloud: suite.cloud.cloud,
      modelConfig: { ...suite.cloud.modelConfig, ...noDefaults },
      base: 'ubuntu@18.04',
      agent: 'none',
      metadataSource,
    })

  it('starts the image that its metadata source has, and so do the machines after it', async () => {
    const { place, image } = await environWith()
    const metadataSource = await metadataOf(image, place)
    const { details, instanceId } = await bootstrap(metadataSource)
    expect(details.modelConfig).toMatchObject({ 'image-metadata-url': metadataSource })
    const { credential } = suite.cloud.cloud
    await using environ = await suite.environs.openController('metadata', credential ? { credential } : {})
    const started = await suite.environs.startMachine('metadata', environ, { base: 'ubuntu@18.04' })
    const { servers } = suite.cloud.connection.compute
    for (const id of [instanceId, started.instance.id]) expect((await servers.get(id)).imageId).toBe(image.id)
    await suite.environs.destroyController('metadata', credential ? { credential } : {})
  })

  it('that finds none shows region and endpoint of the metadata beside its own', async () => {
    const { place, image } = await environWith()
    const elsewhere = { ...place, endpoint: 'https://keystone.example/v3' }
    const failed = bootstrap(await metadataOf(image, elsewhere))
    await expect(failed).rejects.toThrow(NotFoundError)
    await expect(failed).rejects.toThrow(
      `no image metadata for ${place.region} at ${place.endpoint}; "image-metadata-url" has ${place.region} at https://keystone.example/v3; the cloud itself lists `,
    )
    expect(await suite.environs.controllers.all()).toEqual([])
  })

  it.each([
    ['a directory that is not there', '/nowhere/at/all', /does not exist/],
    ['a directory without metadata', tmpdir(), /has no metadata in "images"/],
    ['neither directory nor address', 'metadata', /neither an absolute directory nor an address/],
  ])('refuses %s', async (_, source, message) => {
    await expect(bootstrap(source)).rejects.toThrow(message)
  })
})
