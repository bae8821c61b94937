import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  fetchImageMetadata,
  generateImageMetadata,
  type ImageMetadata,
  NotValidError,
  urlDataSource,
  validateImageMetadata,
} from 'cloud-environs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { CLOUD, index, newKey, NOBLE, PRODUCTS_PATH, serveTree } from '../simplestreams/served-tree.ts'

async function tree() {
  const directory = await mkdtemp(join(tmpdir(), 'environs-images-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  const source = (more: object = {}) =>
    urlDataSource({ description: 'ours', baseUrl: join(directory, 'images'), ...more })
  return { directory, source }
}
const image = (id: string, more: Partial<ImageMetadata> = {}): ImageMetadata => ({
  id,
  os: 'ubuntu',
  version: '24.04',
  arch: 'amd64',
  ...CLOUD,
  ...more,
})
const ids = (images: readonly ImageMetadata[]) => images.map(({ id }) => id)

describe('metadata of images of one’s own', () => {
  it('is found again, with its source', async () => {
    const { directory, source } = await tree()
    await generateImageMetadata({
      directory,
      images: [image('a', { virtType: 'kvm' }), image('c', { os: 'centos', version: '9' })],
    })
    const { images, resolved } = await fetchImageMetadata([source()], CLOUD)
    expect(images).toEqual([
      { ...image('a', { virtType: 'kvm' }), stream: 'released', source: 'ours' },
      { ...image('c', { os: 'centos', version: '9' }), stream: 'released', source: 'ours' },
    ])
    expect(resolved).toMatchObject({ source: 'ours', signed: false })
  })

  it('is merged: the same kind is replaced, others stay, each region is listed once', async () => {
    const { directory, source } = await tree()
    const two = { ...CLOUD, region: 'RegionTwo' }
    await generateImageMetadata({
      directory,
      images: [image('a'), image('b', { arch: 'arm64' }), image('t', two)],
    })
    await generateImageMetadata({
      directory,
      images: [image('new'), image('k', { virtType: 'kvm' }), image('j', { version: '22.04' })],
    })
    expect(ids((await fetchImageMetadata([source()], CLOUD)).images)).toEqual(['b', 'j', 'k', 'new'])
    expect(ids((await fetchImageMetadata([source()], two)).images)).toEqual(['t'])
    const index = JSON.parse(await readFile(join(directory, 'images/streams/v1/index.json'), 'utf8'))
    expect(index.index['com.ubuntu.cloud:custom'].clouds).toHaveLength(2)
  })

  it('is filtered by arch, base, stream, virt type and storage', async () => {
    const { directory, source } = await tree()
    const images = [
      image('a'),
      image('b', { arch: 'arm64' }),
      image('d', { stream: 'daily' }),
      image('k', { virtType: 'kvm', storage: 'ssd' }),
    ]
    await generateImageMetadata({ directory, images })
    const find = async (more: object) =>
      ids((await fetchImageMetadata([source()], { ...CLOUD, ...more })).images)
    expect(await find({ arches: ['arm64'] })).toEqual(['b'])
    expect(await find({ stream: 'daily' })).toEqual(['d'])
    expect(await find({ virtType: 'kvm' })).toEqual(['k'])
    expect(await find({ storage: 'ssd' })).toEqual(['k'])
    expect(await find({ bases: [{ os: 'ubuntu', version: '20.04' }] })).toEqual([])
  })

  it('is signed with a key, and from then on only with one', async () => {
    const { directory, source } = await tree()
    const { privateKey, publicKey } = await newKey()
    await generateImageMetadata({ directory, images: [image('a')], signing: { privateKey } })
    const signed = source({ requireSigned: true, publicSigningKey: publicKey })
    expect((await fetchImageMetadata([signed], CLOUD)).resolved).toMatchObject({ signed: true })
    await expect(generateImageMetadata({ directory, images: [image('b')] })).rejects.toThrow(NotValidError)
  })
})

describe('a lookup', () => {
  it('asks the source of the highest priority first', async () => {
    const [low, high] = [await tree(), await tree()]
    await generateImageMetadata({ directory: low.directory, images: [image('low')] })
    await generateImageMetadata({ directory: high.directory, images: [image('high')] })
    const sources = [low.source({ priority: 10 }), high.source({ priority: 20 })]
    expect(ids((await fetchImageMetadata(sources, CLOUD)).images)).toEqual(['high'])
  })

  it('compares regions without case, endpoints without one slash at the end', async () => {
    const { directory, source } = await tree()
    await generateImageMetadata({ directory, images: [image('a')] })
    const alike = { region: 'region one', endpoint: `${CLOUD.endpoint}/` }
    expect(ids((await fetchImageMetadata([source()], alike)).images)).toEqual(['a'])
  })

  it.each([
    ['its item', { item: { virt: 'kvm', root_store: 'ssd' } }],
    ['its version', { version: { virt: 'kvm', root_store: 'ssd' } }],
    ['its product', { product: { virt: 'kvm', root_store: 'ssd' } }],
    ['the document', { top: { virt: 'kvm', root_store: 'ssd' } }],
    [
      'an alias',
      { item: { crsn: 'one' }, top: { _aliases: { crsn: { one: { virt: 'kvm', root_store: 'ssd' } } } } },
    ],
  ])('takes virtualisation and storage from %s', async (_, levels) => {
    const { item = {}, version = {}, product = {}, top = {} } = levels as Record<string, object>
    const versions = { '20240101': { ...version, items: { a: { id: 'a', ...item } } } }
    const document = {
      format: 'products:1.0',
      ...CLOUD,
      ...top,
      products: { [NOBLE]: { arch: 'amd64', ...product, versions } },
    }
    const baseUrl = await serveTree({ 'streams/v1/index.json': index(), [PRODUCTS_PATH]: document })
    const { images } = await fetchImageMetadata([urlDataSource({ description: 'x', baseUrl })], CLOUD)
    expect(images).toMatchObject([{ id: 'a', virtType: 'kvm', storage: 'ssd', arch: 'amd64' }])
  })

  it('takes the newest image of each kind, and none of another region', async () => {
    const items = (day: string) => ({
      items: {
        a: { id: `a${day}`, virt: 'kvm' },
        b: { id: `b${day}`, virt: 'lxd' },
        c: { id: `c${day}`, region: 'RegionTwo' },
      },
    })
    const versions = { '20240601': items('new'), '20240101': items('old'), '20231231': items('oldest') }
    const document = { format: 'products:1.0', ...CLOUD, products: { [NOBLE]: { versions } } }
    const baseUrl = await serveTree({ 'streams/v1/index.json': index(), [PRODUCTS_PATH]: document })
    const { images } = await fetchImageMetadata([urlDataSource({ description: 'x', baseUrl })], CLOUD)
    expect(ids(images)).toEqual(['anew', 'bnew'])
  })

  it.each([
    [{ os: 'plan9', version: '4' }],
    [{ os: 'Ubuntu', version: '24.04' }],
    [{ os: 'ubuntu', version: 'noble' }],
  ])('is of a base that can be told: not of %j', async (base) => {
    const { directory } = await tree()
    await expect(generateImageMetadata({ directory, images: [image('a', base)] })).rejects.toThrow(
      /nothing that metadata can tell/,
    )
  })

  it('that fails shows what was looked for beside what there is', async () => {
    const { directory, source } = await tree()
    await generateImageMetadata({ directory, images: [image('a')] })
    const wanted = { region: 'RegionOne', endpoint: 'https://keystone.example/v3' }
    await expect(fetchImageMetadata([source()], wanted)).rejects.toThrow(
      `no image metadata for RegionOne at https://keystone.example/v3; "ours" has RegionOne at ${CLOUD.endpoint}`,
    )
  })

  it('validates: gives what would be used, or says what is missing', async () => {
    const { directory, source } = await tree()
    await generateImageMetadata({ directory, images: [image('a')] })
    const base = { os: 'ubuntu', version: '24.04' }
    expect(ids((await validateImageMetadata([source()], { base, ...CLOUD })).images)).toEqual(['a'])
    const missing = validateImageMetadata([source()], { base: { ...base, version: '18.04' }, ...CLOUD })
    await expect(missing).rejects.toThrow(/no image of ubuntu@18.04 for RegionOne/)
  })
})
