import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import {
  EnvironsError,
  fetchImageMetadata,
  NotFoundError,
  NotValidError,
  TimeoutError,
  UnavailableError,
  urlDataSource,
} from 'cloud-environs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { getMetadata } from '../../src/simplestreams/index.ts'
import {
  clearSigned,
  CLOUD,
  index,
  newKey,
  NOBLE,
  products,
  PRODUCTS_PATH,
  serveTree,
  type Tree,
} from './served-tree.ts'

const clock = { sleep: () => Promise.resolve() }
const source = (baseUrl: string, more: object = {}) =>
  urlDataSource({ description: 'test', baseUrl, clock, ...more })

async function ids(tree: Tree, more: object = {}, requests: string[] = []): Promise<readonly string[]> {
  const base = await serveTree(tree, requests)
  return (await fetchImageMetadata([source(base, more)], CLOUD)).images.map(({ id }) => id)
}
const unsigned = { 'streams/v1/index2.json': index(), [PRODUCTS_PATH]: products() }

describe('documents', () => {
  it('are found by index2, otherwise index', async () => {
    expect(await ids(unsigned)).toEqual(['img-1'])
    expect(await ids({ 'streams/v1/index.json': index(), [PRODUCTS_PATH]: products() })).toEqual(['img-1'])
  })

  it('may be compressed', async () => {
    const packed = gzipSync(JSON.stringify(products()))
    expect(await ids({ ...unsigned, [PRODUCTS_PATH]: packed })).toEqual(['img-1'])
  })

  it('are read from a directory', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'environs-streams-'))
    onTestFinished(() => rm(directory, { recursive: true }))
    await mkdir(join(directory, 'streams/v1'), { recursive: true })
    for (const [path, content] of Object.entries(unsigned))
      await writeFile(join(directory, path), JSON.stringify(content))
    expect((await fetchImageMetadata([source(directory)], CLOUD)).images).toHaveLength(1)
  })

  it.each(['http:', 'ftp://x', 'relative/directory'])('are not read from %s', (baseUrl) => {
    expect(() => source(baseUrl)).toThrow(NotValidError)
  })

  it.each([
    ['another format', { ...products(), format: 'products:2.0' }, NotValidError],
    ['no JSON', '<html>', NotValidError],
    ['broken compression', Buffer.from([0x1f, 0x8b, 1, 2]), NotValidError],
    ['too much', ' '.repeat(5_000), UnavailableError],
    ['a little that inflates to too much', gzipSync(' '.repeat(50_000)), UnavailableError],
  ])('fail typed when they are %s', async (_, content, type) => {
    const base = await serveTree({ ...unsigned, [PRODUCTS_PATH]: content as string })
    const found = fetchImageMetadata([source(base, { maxBytes: 4_000 })], CLOUD, { maxBytes: 4_000 })
    await expect(found).rejects.toBeInstanceOf(type)
  })

  it.each([
    '../secret',
    '/etc/passwd',
    'https://evil.example/x',
    '//evil.example/x',
    'a/%2e%2e/b',
    'a\\..\\b',
    '',
  ])('never lead out of their source: %j', async (path) => {
    const requests: string[] = []
    await expect(ids({ 'streams/v1/index2.json': index(path) }, {}, requests)).rejects.toThrow(NotValidError)
    expect(requests.every((request) => request.startsWith('/base/streams/v1/index'))).toBe(true)
  })
})

describe('the network', () => {
  it('is asked three times while a server fails, and once when it says no', async () => {
    const requests: string[] = []
    let fails = 2
    const flaky: Tree[string] = (_, response) => {
      if (fails-- > 0) response.writeHead(503).end()
      else response.end(JSON.stringify(products()))
    }
    expect(await ids({ ...unsigned, [PRODUCTS_PATH]: flaky }, {}, requests)).toEqual(['img-1'])
    expect(requests.filter((path) => path.endsWith('released.json'))).toHaveLength(3)
    expect(requests.filter((path) => path.endsWith('sjson'))).toHaveLength(0)
    const [again, key] = [[] as string[], { publicSigningKey: (await newKey()).publicKey }]
    expect(await ids(unsigned, key, again)).toEqual(['img-1'])
    expect(again.filter((path) => path.endsWith('index2.sjson'))).toHaveLength(1)
  })

  it('fails typed on endless redirects', async () => {
    const tree: Tree = {
      ...unsigned,
      [PRODUCTS_PATH]: ({ url }, response) => response.writeHead(302, { location: url }).end(),
    }
    await expect(ids(tree)).rejects.toThrow(/redirects more than 5 times/)
  })

  it('has a time limit, and may be left', async () => {
    const silent: Tree = {
      'streams/v1/index2.sjson': () => undefined,
      'streams/v1/index2.json': () => undefined,
    }
    await expect(ids(silent, { timeoutMs: 50 })).rejects.toBeInstanceOf(TimeoutError)
    const reason = new Error('enough')
    const base = await serveTree(silent)
    const signal = AbortSignal.any([AbortSignal.abort(reason)])
    await expect(fetchImageMetadata([source(base)], CLOUD, { signal })).rejects.toBe(reason)
  })
})

describe('signatures', async () => {
  const [ours, other] = await Promise.all([newKey(), newKey()])
  const signedPath = 'streams/v1/signed.sjson'
  const signedTree = async (key: string) => ({
    'streams/v1/index2.sjson': await clearSigned(index(signedPath), key),
    [signedPath]: await clearSigned(products('signed'), key),
  })
  const require = { requireSigned: true, publicSigningKey: ours.publicKey }

  it('are checked with the key of the source', async () => {
    expect(await ids({ ...unsigned, ...(await signedTree(ours.privateKey)) }, require)).toEqual(['signed'])
  })

  it.each([
    ['of another key', require, /signature .* is not valid/],
    ['without a key to check them with', { requireSigned: true }, /public key .* cannot be read/],
    ['with a broken key', { requireSigned: true, publicSigningKey: 'x' }, /public key .* cannot be read/],
  ])('%s are refused where signatures are required', async (_, options, message) => {
    await expect(ids({ ...unsigned, ...(await signedTree(other.privateKey)) }, options)).rejects.toThrow(
      message,
    )
  })

  it('are refused when the text was changed or is not signed at all', async () => {
    const tree = await signedTree(ours.privateKey)
    const changed = { ...tree, [signedPath]: tree[signedPath]?.replace('"signed"', '"forged"') ?? '' }
    await expect(ids(changed, require)).rejects.toThrow(/signature .* is not valid/)
    await expect(ids({ ...tree, [signedPath]: products() }, require)).rejects.toThrow(/is not signed/)
  })

  const [own, theirs] = [ours.privateKey, other.privateKey]
  it.each([
    ['signed by its key', own, { publicSigningKey: ours.publicKey }, 'signed'],
    ['signed by its key, which is required', own, require, 'signed'],
    ['signed, where nobody knows the key', own, {}, 'img-1'],
    ['signed, where nobody knows the key that is required', own, { requireSigned: true }, undefined],
    ['signed by another key', theirs, { publicSigningKey: ours.publicKey }, 'img-1'],
    ['signed by another key than the one that is required', theirs, require, undefined],
    ['not signed, where a key is known', undefined, { publicSigningKey: ours.publicKey }, 'img-1'],
    ['not signed, where a key is required', undefined, require, undefined],
    ['not signed, where nobody knows a key', undefined, {}, 'img-1'],
  ])('of a source that is %s decide what is read', async (_, key, options, expected) => {
    const tree = { ...unsigned, ...(key === undefined ? {} : await signedTree(key)) }
    const found = ids(tree, options)
    if (expected === undefined) await expect(found).rejects.toBeInstanceOf(EnvironsError)
    else expect(await found).toEqual([expected])
  })

  it('tell that a key is missing where there is nothing else', async () => {
    await expect(ids(await signedTree(ours.privateKey))).rejects.toThrow(/public key .* cannot be read/)
  })

  it('need not be there where they are not required', async () => {
    expect(await ids({ ...unsigned, ...(await signedTree(other.privateKey)) })).toEqual(['img-1'])
    await expect(ids(unsigned, require)).rejects.toBeInstanceOf(NotFoundError)
  })
})

describe('mirrors', () => {
  const query = (mirrorContentId: string) => ({
    datatype: 'image-ids',
    cloud: CLOUD,
    productId: (id: string) => id === NOBLE,
    mirrorContentId,
  })
  const reference = { datatype: 'image-ids', path: 'streams/v1/cpc.json', clouds: [CLOUD] }

  it('are named by the mirrors document or the index', async () => {
    const mirror = await serveTree({ 'x.json': products('mirrored') })
    const cpc = { format: 'mirrors:1.0', mirrors: { c: [{ mirror, path: 'x.json', clouds: [CLOUD] }] } }
    const both = [
      { 'streams/v1/index2.json': { ...index(), mirrors: { c: [reference] } } },
      { 'streams/v1/mirrors.json': { format: 'mirrors:1.0', mirrors: { c: [reference] } } },
    ]
    for (const more of both) {
      const base = await serveTree({ ...unsigned, ...more, 'streams/v1/cpc.json': cpc })
      const { items, resolved } = await getMetadata([source(base)], query('c'))
      expect(items[0]?.attributes.get('id')).toBe('mirrored')
      expect(resolved).toMatchObject({ mirrorUrl: mirror, source: 'test' })
      expect((await getMetadata([source(base)], query('d'))).items[0]?.attributes.get('id')).toBe('img-1')
    }
  })

  it.each(['file:///etc', 'http://u:p@evil.example', 'x'])('are refused at %s', async (mirror) => {
    const mirrors = { c: [{ mirror, path: 'x.json' }] }
    const base = await serveTree({ ...unsigned, 'streams/v1/index2.json': { ...index(), mirrors } })
    await expect(getMetadata([source(base)], query('c'))).rejects.toThrow(NotValidError)
  })
})
