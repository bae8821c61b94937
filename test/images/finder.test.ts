import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type DataSource,
  generateImageMetadata,
  ImageDataSourceRegistry,
  type ImageMetadata,
  NotFoundError,
  urlDataSource,
} from 'cloud-environs'
import type { LogFields } from 'cloud-environs/provider'
import { MockAgent } from 'undici'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ImageFinder, type ImageFinderServices } from '../../src/images/finder.ts'
import { fastClock } from '../providers/openstack/faults/fast-clock.ts'
import {
  clearSigned,
  CLOUD,
  index,
  newKey,
  products,
  PRODUCTS_PATH,
  serveTree,
} from '../simplestreams/served-tree.ts'
import { type ImagesOf, imagesEnviron } from './images-environ.ts'

const base = { os: 'ubuntu', version: '24.04' }
const image = (id: string, more: Partial<ImageMetadata> = {}): ImageMetadata => ({
  id,
  ...base,
  arch: 'amd64',
  source: 'image service',
  ...more,
})

async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'environs-finder-'))
  onTestFinished(() => rm(path, { recursive: true }))
  return path
}

/** A tree with these images. */
async function tree(images: readonly ImageMetadata[], more: object = {}): Promise<string> {
  const path = await directory()
  await generateImageMetadata({ directory: path, images, ...more })
  return path
}

const here = (id: string, more: Partial<ImageMetadata> = {}) => image(id, { ...CLOUD, ...more })

/** The official source, which says what `answer` is; nothing else is reached through it. */
function official(answer = ''): { readonly agent: MockAgent; readonly asked: string[] } {
  const agent = new MockAgent()
  agent.disableNetConnect()
  const asked: string[] = []
  agent
    .get('https://cloud-images.ubuntu.com')
    .intercept({ path: () => true })
    .reply(({ path }) => {
      asked.push(path)
      return { statusCode: answer === '' ? 404 : 200, data: answer }
    })
    .persist()
  onTestFinished(() => agent.close())
  return { agent, asked }
}

/** A finder, and what it warned of. */
async function finder(more: Partial<ImageFinderServices> = {}) {
  const warnings: string[] = []
  const logger = {
    debug() {},
    info() {},
    error() {},
    warn: (message: string, fields?: LogFields | (() => LogFields)) => {
      const { error } = typeof fields === 'function' ? fields() : (fields ?? {})
      warnings.push(`${message}: ${String(error)}`)
    },
    child: () => logger,
  }
  const registry = new ImageDataSourceRegistry()
  const dataDirectory = await directory()
  const services = { registry, dataDirectory, clock: fastClock, logger, ...more }
  const found = new ImageFinder(services)
  const ids = async (of: ImagesOf, constraints = {}) =>
    (await found.find(imagesEnviron(of), { base, constraints })).images.map(({ id }) => id)
  return { finder: found, registry: services.registry, dataDirectory, warnings, ids }
}

const inDirectory = (path: string, description = 'theirs'): DataSource =>
  urlDataSource({ description, baseUrl: join(path, 'images') })

describe('images for a machine', () => {
  it('are those of the first source that has some, with their source and their document', async () => {
    const [own, user, cloud] = await Promise.all(['own', 'user', 'cloud'].map((id) => tree([here(id)])))
    const { finder: found, registry, ids } = await finder()
    const all: ImagesOf = { source: inDirectory(cloud ?? ''), listed: [image('listed')] }
    expect(await ids(all)).toEqual(['cloud'])
    registry.registerUser('user', () => inDirectory(user ?? '', 'user'))
    expect(await ids(all)).toEqual(['user'])
    const of = { ...all, attrs: { 'image-metadata-url': own } }
    expect(await found.find(imagesEnviron(of), { base })).toEqual({
      images: [{ ...here('own'), stream: 'released', source: 'image-metadata-url' }],
      resolved: {
        source: 'image-metadata-url',
        signed: false,
        indexUrl: `file://${own}/images/streams/v1/index.json`,
      },
      skipped: [],
    })
  })

  it('are of the base, the architecture and the id that are wanted', async () => {
    const own = await tree([here('a'), here('b', { arch: 'arm64' }), here('old', { version: '22.04' })])
    const of: ImagesOf = { attrs: { 'image-metadata-url': own }, listed: [image('listed')] }
    const { ids } = await finder()
    expect(await ids(of)).toEqual(['a', 'b'])
    expect(await ids(of, { arch: 'arm64' })).toEqual(['b'])
    expect(await ids(of, { imageId: 'a' })).toEqual(['a'])
    expect(await ids(of, { imageId: 'listed' })).toEqual(['listed'])
  })

  it('are the cloud’s own where nobody has metadata, and nobody else is asked', async () => {
    const { agent, asked } = official()
    const { finder: found, warnings } = await finder({ dispatcher: agent })
    const listed = [image('a'), image('old', { version: '22.04' })]
    const { images, resolved, skipped } = await found.find(imagesEnviron({ listed }), { base })
    expect({ images, resolved, skipped, asked, warnings }).toEqual({
      images: [image('a')],
      resolved: undefined,
      skipped: [],
      asked: [],
      warnings: [],
    })
  })

  it('are the cloud’s own where there is no region to look for', async () => {
    const own = await tree([here('own')])
    const { ids } = await finder()
    const of: ImagesOf = { place: null, attrs: { 'image-metadata-url': own }, listed: [image('listed')] }
    expect(await ids(of)).toEqual(['listed'])
  })

  it('are of the stream that the model asks for, which no cloud’s own image is', async () => {
    const own = await tree([here('released'), here('daily', { stream: 'daily' })])
    const { agent, asked } = official()
    const { ids } = await finder({ dispatcher: agent })
    const attrs = { 'image-metadata-url': own, 'image-stream': 'daily' }
    expect(await ids({ attrs, listed: [image('listed')] })).toEqual(['daily'])
    expect(asked).toEqual([])
    expect(await ids({ attrs: { 'image-stream': 'daily' }, listed: [image('listed')] })).toEqual(['listed'])
    expect(asked[0]).toMatch('/daily/streams/v1/index2.sjson')
  })

  it('are left to the provider when nobody has any', async () => {
    const { agent, asked } = official()
    const { finder: found } = await finder({ dispatcher: agent })
    const { images, skipped } = await found.find(imagesEnviron({ listed: [] }), { base })
    expect(images).toEqual([])
    expect(skipped.map(({ source }) => source)).toEqual(['default ubuntu cloud images'])
    expect(asked[0]).toMatch('/releases/streams/v1/index2.sjson')
    asked.length = 0
    await found.find(imagesEnviron({ attrs: { 'image-metadata-defaults-disabled': true } }), { base })
    expect(asked).toEqual([])
  })
})

describe('a source', () => {
  it.each([
    ['that nobody serves', 'http://127.0.0.1:9/images', /cannot be reached/],
    ['that is no metadata', undefined, /is not JSON/],
  ])('%s is skipped with a warning', async (_, url, reason) => {
    const broken = url ?? (await serveTree({ 'streams/v1/index2.json': '<html>' }))
    const { finder: found, warnings } = await finder()
    const of = { attrs: { 'image-metadata-url': broken }, listed: [image('listed')] }
    const { images, skipped } = await found.find(imagesEnviron(of), { base })
    expect(images).toEqual([image('listed')])
    expect(skipped).toMatchObject([{ source: 'image-metadata-url' }])
    expect(warnings.join()).toMatch(/"image-metadata-url" is skipped/)
    expect(warnings.join()).toMatch(reason)
  })

  it('that never answers is skipped after 15 seconds', async () => {
    const silent = await serveTree({
      'streams/v1/index2.sjson': () => undefined,
      'streams/v1/index2.json': () => undefined,
    })
    const { ids, warnings } = await finder()
    expect(await ids({ attrs: { 'image-metadata-url': silent }, listed: [image('listed')] })).toEqual([
      'listed',
    ])
    expect(warnings.join()).toMatch(/was not read within 15 s/)
  })

  it('is left at once when the caller leaves', async () => {
    const abort = new AbortController()
    const silent = await serveTree({ 'streams/v1/index2.sjson': () => abort.abort(new Error('enough')) })
    const { finder: found } = await finder()
    const environ = imagesEnviron({ attrs: { 'image-metadata-url': silent }, listed: [image('listed')] })
    await expect(found.find(environ, { base }, { signal: abort.signal })).rejects.toThrow('enough')
  })

  it('with metadata for other clouds only is shown beside what was looked for', async () => {
    const own = await tree([here('a', { region: 'RegionTwo' })])
    const { agent } = official()
    const { finder: found, ids } = await finder({ dispatcher: agent })
    const attrs = { 'image-metadata-url': own }
    const nothing = found.find(imagesEnviron({ attrs, listed: [image('x', { version: '22.04' })] }), { base })
    await expect(nothing).rejects.toThrow(NotFoundError)
    await expect(nothing).rejects.toThrow(
      `no image metadata for RegionOne at ${CLOUD.endpoint}; "image-metadata-url" has RegionTwo at ${CLOUD.endpoint}; the cloud itself lists ubuntu@22.04 amd64`,
    )
    expect(await ids({ attrs, listed: [image('listed')] })).toEqual(['listed'])
  })

  it('of the model counts when it is signed with one of the user’s keys', async () => {
    const { privateKey, publicKey } = await newKey()
    const own = await tree([here('a')], { signing: { privateKey } })
    const { finder: found, dataDirectory } = await finder()
    const environ = imagesEnviron({ attrs: { 'image-metadata-url': own } })
    expect((await found.find(environ, { base })).resolved).toMatchObject({ signed: false })
    await writeFile(join(dataDirectory, 'publicsimplestreamskey'), publicKey)
    expect((await found.find(environ, { base })).resolved).toMatchObject({ signed: true })
  })

  it('that is the official one counts with Ubuntu’s signature only', async () => {
    const { privateKey } = await newKey()
    const { agent } = official(await clearSigned(index(), privateKey))
    const { ids, warnings } = await finder({ dispatcher: agent })
    expect(await ids({})).toEqual([])
    expect(warnings.join()).toMatch(/"default ubuntu cloud images" is skipped.*signature .* is not valid/)
  })

  it('may be served', async () => {
    const served = await serveTree({ 'streams/v1/index.json': index(), [PRODUCTS_PATH]: products('served') })
    const { ids } = await finder()
    expect(await ids({ attrs: { 'image-metadata-url': served } })).toEqual(['served'])
  })
})
