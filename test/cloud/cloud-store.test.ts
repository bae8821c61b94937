import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AlreadyExistsError, type Cloud, FileCloudStore, NotFoundError, NotValidError } from 'cloud-environs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { recordingLogger } from './recording-logger.ts'

let directory: string
let file: string
let logger: ReturnType<typeof recordingLogger>
let store: FileCloudStore
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'environs-test-')), 'environs')
  file = join(directory, 'clouds.yaml')
  logger = recordingLogger()
  store = new FileCloudStore(directory, logger)
})
afterEach(() => rm(join(directory, '..'), { recursive: true }))

async function write(text: string): Promise<void> {
  await mkdir(directory, { recursive: true })
  await writeFile(file, text)
}

const HOME: Cloud = {
  name: 'home',
  type: 'openstack',
  description: 'under the desk',
  authTypes: ['userpass', 'application-credential'],
  endpoint: 'https://home:5000/v3',
  identityEndpoint: 'https://home:5000/v3',
  storageEndpoint: 'https://home:8776',
  regions: [
    {
      name: 'second',
      endpoint: 'https://second:5000/v3',
      identityEndpoint: 'https://home:5000/v3',
      storageEndpoint: 'https://home:8776',
    },
    {
      name: 'first',
      endpoint: 'https://home:5000/v3',
      identityEndpoint: 'https://home:5000/v3',
      storageEndpoint: 'https://home:8776',
    },
  ],
  caCertificates: ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
  skipTlsVerify: false,
  config: { network: 'private', 'use-default-secgroup': true },
  regionConfig: { first: { network: 'other' } },
}

describe('clouds that a user adds', () => {
  it('are none before the first, and reading makes nothing', async () => {
    expect(await store.all()).toEqual([])
    await expect(store.get('home')).rejects.toMatchObject({ hint: 'there is no cloud yet; add one' })
    expect(await readdir(join(directory, '..'))).toEqual([])
  })

  it('are read back as they were, in their order, also by another store', async () => {
    const away = { name: 'away', type: 'memory', authTypes: ['empty'], regions: [] }
    await store.add(HOME)
    await store.add(away)
    const other = new FileCloudStore(directory, logger)
    expect(await other.all()).toEqual([HOME, away])
    expect(await other.get('home')).toEqual(HOME)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await readdir(directory)).toEqual(['clouds.yaml'])
    expect(logger.warnings).toEqual([])
  })

  it('have one name each, and a name that is one', async () => {
    await store.add(HOME)
    await expect(store.add({ ...HOME, type: 'memory' })).rejects.toBeInstanceOf(AlreadyExistsError)
    expect((await store.get('home')).type).toBe('openstack')
    for (const name of ['', 'a b', '-a', 'a/b', '../x']) {
      await expect(store.add({ ...HOME, name })).rejects.toBeInstanceOf(NotValidError)
    }
  })

  it('are updated: what they have no more goes, what we do not know stays', async () => {
    await write(
      '# mine\nclouds:\n  home:\n    type: memory\n    endpoint: old\n    flavour: new\n  b: {type: memory}\n',
    )
    await store.update({ name: 'home', type: 'openstack', authTypes: [], regions: [] })
    const text = await readFile(file, 'utf8')
    expect(text).toContain('# mine')
    expect(text).toContain('flavour: new')
    expect(text).not.toContain('endpoint')
    expect((await store.all()).map(({ name, type }) => [name, type])).toEqual([
      ['home', 'openstack'],
      ['b', 'memory'],
    ])
    const updating = store.update({ ...HOME, name: 'hmoe' })
    await expect(updating).rejects.toBeInstanceOf(NotFoundError)
    await expect(updating).rejects.toThrow('cloud "hmoe" not found; did you mean "home"?')
  })

  it('are removed, also twice', async () => {
    await store.add(HOME)
    await store.remove('home')
    await store.remove('home')
    expect(await store.all()).toEqual([])
    await store.add(HOME)
    expect(await store.all()).toHaveLength(1)
  })

  it('are all kept when several stores add at once', async () => {
    const names = Array.from({ length: 8 }, (_, n) => `c${n}`)
    await Promise.all(names.map((name) => new FileCloudStore(directory, logger).add({ ...HOME, name })))
    expect((await store.all()).map(({ name }) => name).sort()).toEqual(names)
  })
})

describe('the file clouds.yaml', () => {
  it('may have the clouds below "clouds", or nothing else', async () => {
    for (const text of ['clouds:\n  a: {type: memory}\n', 'a: {type: memory}\n']) {
      await write(text)
      expect(await store.all()).toEqual([{ name: 'a', type: 'memory', authTypes: [], regions: [] }])
      await store.add({ ...HOME, name: 'b' })
      expect((await store.all()).map(({ name }) => name)).toEqual(['a', 'b'])
    }
  })

  it.each(['', '# nothing yet\n', 'clouds:\n', 'clouds: {}\n'])('may be empty: %j', async (text) => {
    await write(text)
    expect(await store.all()).toEqual([])
    await store.add(HOME)
    expect(await store.all()).toEqual([HOME])
  })

  it("gives a region the cloud's endpoints where its own are blank", async () => {
    await write(
      `clouds:
  home:
    type: openstack
    endpoint: https://home
    storage-endpoint: https://storage
    regions:
      north: {endpoint: https://north}
      south: {endpoint: ""}
      7:
`,
    )
    expect((await store.get('home')).regions).toEqual([
      { name: 'north', endpoint: 'https://north', storageEndpoint: 'https://storage' },
      { name: 'south', endpoint: 'https://home', storageEndpoint: 'https://storage' },
      { name: '7', endpoint: 'https://home', storageEndpoint: 'https://storage' },
    ])
  })

  it('has configuration of the cloud and of its regions', async () => {
    await write(`clouds:
  home:
    type: openstack
    regions: {north: {}, south: {}}
    config: {bool: true, nested: {a: 1}}
    region-config:
      north: {network: b}
      south:
`)
    expect(await store.get('home')).toMatchObject({
      config: { bool: true, nested: { a: 1 } },
      regionConfig: { north: { network: 'b' }, south: {} },
    })
  })

  it('names a cloud by its key, whatever its field "name" says', async () => {
    await write('clouds:\n  home: {name: other, type: memory}\n')
    expect((await store.get('home')).name).toBe('home')
    expect(logger.warnings).toEqual([])
  })

  it('has lines that mean nothing, which are told once each with what was probably meant', async () => {
    await write(`clouds:
  home:
    type: openstack
    auth-type: [userpass]
    regions:
      north:
        endpont: https://north
    region-config:
      nroth: {network: a}
    colour: blue
`)
    await store.get('home')
    await store.all()
    expect(logger.warnings).toEqual([
      `${file}, line 4: cloud "home": "auth-type" means nothing; did you mean "auth-types"?`,
      `${file}, line 10: cloud "home": "colour" means nothing`,
      `${file}, line 7: cloud "home", regions, north: "endpont" means nothing; did you mean "endpoint"?`,
      `${file}, line 9: cloud "home", region-config: "nroth" means nothing; did you mean "north"?`,
    ])
  })

  it.each([
    ['no type', 'a: {endpoint: x}', /line 2: cloud "a", type: /],
    ['regions that are no map', 'a: {type: memory, regions: [x]}', /line 2: cloud "a", regions: /],
    ['certificates that are no list', 'a: {type: memory, ca-certificates: x}', /ca-certificates: /],
    ['nothing', 'a:', /line 2: cloud "a": /],
  ])('with a cloud that has %s tells so, and gives the others', async (_, entry, message) => {
    await write(`clouds:\n  ${entry}\n  b: {type: memory}\n`)
    const getting = store.get('a')
    await expect(getting).rejects.toBeInstanceOf(NotValidError)
    await expect(getting).rejects.toThrow(message)
    await expect(getting).rejects.toThrow(file)
    expect((await store.all()).map(({ name }) => name)).toEqual(['b'])
    expect(logger.warnings).toEqual([expect.stringMatching(message)])
  })

  const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'
    .split('')
    .map((name, n) => `${name}: &${name} [${Array<string>(9).fill(`*${'abcdefgh'[n]}`).join(',')}]`)
    .join('\n')}\n`
  it.each([
    ['is no YAML', 'clouds:\n  a: {type: [\n', /line 3, column 1: not valid YAML/],
    ['is a list', '- a\n', /it is not a map of clouds/],
    ['has a list', 'clouds: [a]\n', /it is not a map of clouds/],
    ['has a cloud twice', 'clouds:\n  a: {type: m}\n  a: {type: m}\n', /line 3, column 3/],
    ['is a bomb', bomb, /aliases are circular, too many/],
  ])('that %s gives one clear error, and is not written over', async (_, text, message) => {
    await write(text)
    for (const call of [
      () => store.all(),
      () => store.get('a'),
      () => store.add(HOME),
      () => store.remove('a'),
    ]) {
      const error: unknown = await call().catch((e: unknown) => e)
      expect(error).toBeInstanceOf(NotValidError)
      expect(error).toMatchObject({ message: expect.stringMatching(message) as string, resource: file })
    }
    expect(await readFile(file, 'utf8')).toBe(text)
  })
})
