import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  AlreadyExistsError,
  ConflictError,
  FileServerStore,
  MemoryServerStore,
  type NewRecord,
  Secret,
  type ServerRecord,
  type ServerStore,
} from 'cloud-environs'
import { describe, expect, it, onTestFinished, test } from 'vitest'

const RECORD: NewRecord<ServerRecord> = {
  id: 'a',
  name: 'web',
  attempt: '1',
  labels: { organization: 'o', project: '007', 'resource-api-version': '2' },
  state: 'ready',
  image: 'i',
  flavor: 'f',
  userData: new Secret('I2Nsb3VkLWNvbmZpZwo='),
  publicIp: true,
  securityGroups: ['g'],
  allowedSourceAddresses: ['10.0.0.0/8'],
  tags: { tier: 'front' },
  ssh: { mode: 'ca', authorityId: 'x' },
  hint: { phase: 'Stopping', since: 1 },
}

async function directory(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'environs-servers-'))
  onTestFinished(() => rm(made, { recursive: true, force: true }))
  return join(made, 'data')
}

const STORES: readonly [string, () => Promise<ServerStore>][] = [
  ['in memory', async () => new MemoryServerStore()],
  ['in a file', async () => new FileServerStore(await directory())],
]

describe.each(STORES)('a store %s', (_, make) => {
  it('gives back what it keeps', async () => {
    const { servers, authorities, keys } = await make()
    expect([await servers.all(), await servers.get('a')]).toEqual([[], undefined])
    const kept = await servers.insert(RECORD)
    expect(kept).toEqual({ ...RECORD, revision: 1 })
    expect(await servers.get('a')).toEqual(kept)
    expect((await servers.get('a'))?.userData?.reveal()).toBe(RECORD.userData?.reveal())
    const { hint: _hint, userData: _userData, ...without } = kept
    await servers.replace(without)
    expect(await servers.all()).toEqual([{ ...without, revision: 2 }])
    await authorities.insert({ id: 'a', organization: 'o', project: 'p', publicKey: 'k' })
    await keys.insert({ id: 'a', publicKey: 'k', privateKey: new Secret('c4n4ry') })
    expect((await keys.get('a'))?.privateKey.reveal()).toBe('c4n4ry')
    await servers.remove('a')
    await servers.remove('a')
    expect([await servers.all(), (await authorities.all()).length]).toEqual([[], 1])
  })

  it('takes an id once, however many come at once', async () => {
    const { servers } = await make()
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => servers.insert(RECORD)))
    const refused = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []))
    expect(refused).toHaveLength(19)
    for (const refusal of refused) expect(refusal).toBeInstanceOf(AlreadyExistsError)
  })

  it('replaces what nobody has changed since it was read', async () => {
    const { servers } = await make()
    const first = await servers.insert(RECORD)
    const outcomes = await Promise.allSettled(['x', 'y'].map((name) => servers.replace({ ...first, name })))
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    await expect(servers.replace(first)).rejects.toBeInstanceOf(ConflictError)
    await servers.remove('a')
    await expect(servers.replace({ ...first, revision: 2 })).rejects.toBeInstanceOf(ConflictError)
  })
})

describe('the file', () => {
  it('is its owner’s alone, and two processes’', async () => {
    const dir = await directory()
    const [one, two] = [new FileServerStore(dir), new FileServerStore(dir)]
    const outcomes = await Promise.allSettled([one, two].map(({ servers }) => servers.insert(RECORD)))
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect((await stat(join(dir, 'servers.yaml'))).mode & 0o777).toBe(0o600)
    expect((await stat(dir)).mode & 0o777).toBe(0o700)
    expect(await readFile(join(dir, 'servers.yaml'), 'utf8')).toContain('I2Nsb3VkLWNvbmZpZwo=')
  })

  test('says where it is wrong', async () => {
    const dir = await directory()
    const store = new FileServerStore(dir)
    await store.servers.insert({ ...RECORD, state: 'lost' as 'ready' })
    await expect(store.servers.all()).rejects.toThrow(/servers\.yaml cannot be read: servers\.a\.state/)
  })
})
