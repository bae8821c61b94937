import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type AgentConstraint,
  AlreadyExistsError,
  type DataSource,
  findAgents,
  findExactAgent,
  generateAgentMetadata,
  newestAgents,
  NotFoundError,
  NotValidError,
  preferredStreams,
  UnavailableError,
  urlDataSource,
} from 'cloud-environs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { newKey, serveTree } from '../simplestreams/served-tree.ts'
import { newAgent, newDirectory, sourceOf } from './served-agents.ts'

/** A tree with agents of these versions in a stream. */
async function published(
  versions: readonly string[],
  more: { tree?: string; stream?: string; arch?: string } = {},
) {
  const { tree = await newDirectory(), arch, ...rest } = more
  const agents = await Promise.all(versions.map((version) => newAgent(tree, version, arch)))
  await generateAgentMetadata({ directory: tree, agents, ...rest })
  return tree
}
async function found(sources: readonly DataSource[], constraint: AgentConstraint = {}) {
  return (await findAgents(sources, constraint)).map(({ version, arch }) => `${version} ${arch}`)
}

describe('metadata of agents of one’s own', () => {
  it('is found again, with what is needed to download and check them', async () => {
    const tree = await newDirectory()
    const { path, ...packed } = await newAgent(tree, '3.6.1')
    await generateAgentMetadata({ directory: tree, agents: [{ ...packed, path }] })
    expect(await findAgents([sourceOf(tree)], {})).toEqual([
      { ...packed, url: `file://${path}`, stream: 'released', source: 'ours' },
    ])
  })

  it('is merged: other versions, architectures and streams stay', async () => {
    const tree = await published(['3.6.0'])
    await published(['3.6.1'], { tree, arch: 'arm64' })
    await published(['3.7-beta1'], { tree, stream: 'devel' })
    await published(['3.6.0'], { tree })
    expect(await found([sourceOf(tree)])).toEqual(['3.6.1 arm64', '3.6.0 amd64'])
    expect(await found([sourceOf(tree)], { streams: ['devel'] })).toEqual(['3.7-beta1 amd64'])
  })

  it('never makes another binary of a version that is published', async () => {
    const tree = await published(['3.6.1'])
    const agent = await newAgent(tree, '3.6.1')
    const other = { ...agent, sha256: '0'.repeat(64) }
    const again = generateAgentMetadata({ directory: tree, agents: [other] })
    await expect(again).rejects.toBeInstanceOf(AlreadyExistsError)
    await expect(again).rejects.toThrow('3.6.1-ubuntu-amd64')
  })

  it('keeps the mirrors that the index has', async () => {
    const tree = await published(['3.6.0'])
    const path = join(tree, 'tools/streams/v1/index.json')
    const mirrors = { 'com.ubuntu.juju:proposed:agents': [{ mirror: 'https://m.example', path: 'x.json' }] }
    await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), mirrors }))
    await published(['3.6.1'], { tree })
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ mirrors })
  })

  it('is signed with a key, every stream of it, and from then on only with one', async () => {
    const tree = await newDirectory()
    const { privateKey, publicKey } = await newKey()
    for (const stream of ['devel', 'released']) {
      const agents = [await newAgent(tree, stream === 'devel' ? '3.7-beta1' : '3.6.1')]
      await generateAgentMetadata({ directory: tree, agents, stream, signing: { privateKey } })
    }
    const signed = sourceOf(tree, { requireSigned: true, publicSigningKey: publicKey })
    expect(await found([signed], { streams: ['devel', 'released'] })).toEqual([
      '3.7-beta1 amd64',
      '3.6.1 amd64',
    ])
    await expect(published(['3.6.2'], { tree })).rejects.toBeInstanceOf(NotValidError)
    const stranger = { requireSigned: true, publicSigningKey: (await newKey()).publicKey }
    await expect(found([sourceOf(tree, stranger)])).rejects.toBeInstanceOf(NotValidError)
  })

  it('is only of archives in its tree, and of streams that can be a name', async () => {
    const [tree, other] = [await newDirectory(), await newDirectory()]
    const agents = [await newAgent(other, '3.6.1')]
    await expect(generateAgentMetadata({ directory: tree, agents })).rejects.toThrow(/is not in/)
    const escaping = generateAgentMetadata({ directory: other, agents, stream: '../../x' })
    await expect(escaping).rejects.toBeInstanceOf(NotValidError)
  })
})

describe('a lookup', () => {
  it('is by version, the beginning of one, system and architecture', async () => {
    const tree = await published(['2.9.50', '3.5.9', '3.6-beta1', '3.6.0', '3.6.10', '3.6.9'])
    await published(['3.6.9'], { tree, arch: 'arm64' })
    const find = async (constraint: AgentConstraint) => await found([sourceOf(tree)], constraint)
    expect(await find({ version: '3.6.9' })).toEqual(['3.6.9 amd64', '3.6.9 arm64'])
    expect(await find({ version: '3.6', arches: ['amd64'] })).toEqual([
      '3.6.10 amd64',
      '3.6.9 amd64',
      '3.6.0 amd64',
      '3.6-beta1 amd64',
    ])
    expect(await find({ version: '2' })).toEqual(['2.9.50 amd64'])
    expect(await find({ os: 'ubuntu', arches: ['arm64'] })).toEqual(['3.6.9 arm64'])
    await expect(find({ os: 'centos' })).rejects.toBeInstanceOf(NotFoundError)
    await expect(find({ version: 'latest' })).rejects.toBeInstanceOf(NotValidError)
  })

  it('gives the newest patch for each architecture that has it', async () => {
    const tree = await published(['3.6.9', '3.6.10'])
    await published(['3.6.9', '3.6.10'], { tree, arch: 'arm64' })
    await published(['3.6.8'], { tree, arch: 's390x' })
    const newest = newestAgents(await findAgents([sourceOf(tree)], { version: '3.6' }))
    expect(newest.map(({ version, arch }) => `${version} ${arch}`)).toEqual(['3.6.10 amd64', '3.6.10 arm64'])
    expect(newestAgents([])).toEqual([])
  })

  it('gives exactly one when everything is said', async () => {
    const tree = await published(['3.6.1', '3.6.2'])
    const exact = { version: '3.6.1', os: 'ubuntu', arch: 'amd64' }
    expect(await findExactAgent([sourceOf(tree)], exact)).toMatchObject(exact)
    const none = findExactAgent([sourceOf(tree)], { ...exact, arch: 'arm64' })
    await expect(none).rejects.toBeInstanceOf(NotFoundError)
    await expect(findExactAgent([sourceOf(tree)], { ...exact, version: '3.6' })).rejects.toThrow(
      NotValidError,
    )
  })

  it('falls back from stream to stream; the first that has a binary counts', async () => {
    const tree = await published(['3.6.1', '3.6.0'])
    await published(['3.7-beta1', '3.6.1'], { tree, stream: 'devel' })
    const streams = preferredStreams('3.7-beta1')
    const agents = await findAgents([sourceOf(tree)], { streams })
    expect(agents.map(({ version, stream }) => [version, stream])).toEqual([
      ['3.7-beta1', 'devel'],
      ['3.6.1', 'devel'],
      ['3.6.0', 'released'],
    ])
    expect(await found([sourceOf(tree)], { version: '3.6.0', streams })).toEqual(['3.6.0 amd64'])
  })

  it('asks the source of the highest priority first, and the next when it has not what is looked for', async () => {
    const [low, high] = [await published(['3.6.1', '3.6.2']), await published(['3.6.1'])]
    const sources = [
      sourceOf(low, { priority: 10, description: 'low' }),
      sourceOf(high, { priority: 20, description: 'high' }),
    ]
    const from = async (version: string) => (await findAgents(sources, { version }))[0].source
    expect(await from('3.6.1')).toBe('high')
    expect(await from('3.6.2')).toBe('low')
    expect(await found(sources)).toEqual(['3.6.1 amd64'])
  })

  it('is by region and endpoint or by neither', async () => {
    for (const half of [{ region: 'RegionOne' }, { endpoint: 'https://keystone.example' }]) {
      await expect(found([], half)).rejects.toBeInstanceOf(NotValidError)
    }
  })

  it('prefers what it finds over a source that is down, and says so when it finds nothing', async () => {
    const tree = await published(['3.6.1'])
    const clock = { sleep: () => Promise.resolve() }
    const requests: string[] = []
    const base = await serveTree({}, requests)
    const down = urlDataSource({ description: 'down', baseUrl: 'http://127.0.0.1:9', clock, priority: 90 })
    const empty = urlDataSource({ description: 'empty', baseUrl: base })
    expect(await found([down, empty, sourceOf(tree)])).toEqual(['3.6.1 amd64'])
    await expect(found([down, empty])).rejects.toBeInstanceOf(UnavailableError)
    await expect(found([empty])).rejects.toBeInstanceOf(NotFoundError)
    await expect(found([])).rejects.toBeInstanceOf(NotFoundError)
  })
})

describe('a lookup that fails shows what was looked for beside what there is:', () => {
  it('other versions', async () => {
    const tree = await published(['3.6.0', '3.6.1'])
    const exact = { version: '3.6.2', os: 'ubuntu', arches: ['amd64'] }
    await expect(found([sourceOf(tree)], exact)).rejects.toThrow(
      'no agent 3.6.2 for ubuntu on amd64 in the stream released; "ours" has 3.6.1, 3.6.0',
    )
  })

  it('other architectures', async () => {
    const tree = await published(['3.6.0'])
    await expect(found([sourceOf(tree)], { arches: ['arm64', 's390x'] })).rejects.toThrow(
      'no agent on arm64 or s390x in the stream released; "ours" has agents for ubuntu on amd64',
    )
  })

  it('other regions, the one of that name first', async () => {
    const tree = await published(['3.6.0'])
    const path = join(tree, 'tools/streams/v1/index.json')
    const index = JSON.parse(await readFile(path, 'utf8'))
    const clouds = ['RegionTwo', 'RegionOne'].map((region) => ({ region, endpoint: 'https://old.example' }))
    index.index['com.ubuntu.juju:released:agents'].clouds = clouds
    await writeFile(path, JSON.stringify(index))
    const wanted = { region: 'RegionOne', endpoint: 'https://new.example' }
    await expect(found([sourceOf(tree)], wanted)).rejects.toThrow(
      'no agent in RegionOne at https://new.example in the stream released; ' +
        '"ours" has RegionOne at https://old.example, RegionTwo at https://old.example',
    )
    expect(await found([sourceOf(tree)], { ...wanted, endpoint: 'https://old.example/' })).toHaveLength(1)
  })
})

describe('metadata from elsewhere', () => {
  const item = { version: '3.6.1', size: 3, path: 'agent/a.tar.gz', sha256: 'a'.repeat(64) }
  const contentId = 'com.ubuntu.juju:released:agents'
  const product = 'com.ubuntu.juju:ubuntu:amd64'
  const treeOf = (items: object, more: object = {}) => ({
    'streams/v1/index2.json': {
      format: 'index:1.0',
      index: { [contentId]: { datatype: 'content-download', path: 'p.json', products: [product] } },
      ...more,
    },
    'p.json': { format: 'products:1.0', products: { [product]: { versions: { '20260101': { items } } } } },
  })
  const served = async (items: object, more: object = {}) =>
    urlDataSource({ description: 'served', baseUrl: await serveTree(treeOf(items, more)) })

  it('leads to a mirror when it names one', async () => {
    const mirror = await serveTree({ 'm.json': treeOf({ a: { ...item, version: '3.6.7' } })['p.json'] })
    const source = await served({ a: item }, { mirrors: { [contentId]: [{ mirror, path: 'm.json' }] } })
    const [agent] = await findAgents([source], {})
    expect(agent).toMatchObject({ version: '3.6.7', url: `${mirror}/agent/a.tar.gz`, source: 'served' })
  })

  it.each([
    ['no version', { version: undefined }],
    ['a broken version', { version: '3.six' }],
    ['no checksum', { sha256: '' }],
    ['half a checksum', { sha256: 'abc' }],
    ['no size', { size: undefined }],
    ['a negative size', { size: -1 }],
    ['an endless size', { size: '1e400' }],
    ['no path', { path: '' }],
  ])('with %s is not used, the rest is', async (_, wrong) => {
    const source = await served({ a: { ...item, ...wrong }, b: { ...item, version: '3.6.2' } })
    expect(await found([source])).toEqual(['3.6.2 amd64'])
  })

  it.each(['../a.tgz', '/a.tgz', 'https://evil.example/a.tgz', 'a/%2e%2e/b'])(
    'never leads out of its source: %s',
    async (path) => {
      await expect(found([await served({ a: { ...item, path } })])).rejects.toBeInstanceOf(NotValidError)
    },
  )

  it('is read or refused, whatever an item says', async () => {
    let items: object = {}
    const base = await serveTree({
      ...treeOf({}),
      'p.json': (_, response) => response.end(JSON.stringify(treeOf(items)['p.json'])),
    })
    const source = urlDataSource({ description: 'served', baseUrl: base })
    const change = fc.tuple(fc.constantFrom(...Object.keys(item), 'release', 'arch'), fc.jsonValue())
    await fc.assert(
      fc.asyncProperty(change, async ([name, value]) => {
        items = { a: { ...item, [name]: value } }
        const result = await found([source]).catch((error: unknown) => error)
        const typed = [NotFoundError, NotValidError].some((type) => result instanceof type)
        expect(typed || Array.isArray(result)).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  it('of a format that is not known is no place to add to', async () => {
    const tree = await published(['3.6.0'])
    const index = join(tree, 'tools/streams/v1/index.json')
    await rename(index, join(tree, 'tools/streams/v1/index2.json'))
    await expect(published(['3.6.1'], { tree })).rejects.toThrow(/would be read instead/)
    await mkdir(join(tree, 'tools/streams'), { recursive: true })
    await writeFile(join(tree, 'tools/streams/v1/com.ubuntu.juju-devel-agents.json'), '{}')
    const adding = published(['3.6.1'], { tree, stream: 'devel' })
    await expect(adding).rejects.toBeInstanceOf(NotValidError)
  })
})
