import {
  AlreadyExistsError,
  ConflictError,
  ForbiddenError,
  NotFoundError,
  NotValidError,
} from 'cloud-environs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CreateImage, Image, OpenStackConnection } from '../../../../providers/openstack/api/index.ts'
import { failure } from '../api/cloud-double.ts'
import { atTheEnd, type Clients, startClients } from './clients.ts'

let clients: Clients
let demo: OpenStackConnection['image']
let alt: OpenStackConnection['image']

beforeAll(async () => {
  clients = await startClients({ pageLimit: 3 })
  demo = clients.demo.image
  alt = clients.alt.image
})
afterAll(() => clients.close())

async function make(over: CreateImage = {}): Promise<Image> {
  const image = await demo.images.create({
    name: clients.prefix,
    diskFormat: 'raw',
    containerFormat: 'bare',
    visibility: 'private',
    ...over,
  })
  atTheEnd(() => demo.images.delete(image.id))
  return image
}

async function* data(): AsyncGenerator<Uint8Array> {
  for (let block = 0; block < 4; block++) yield Buffer.alloc(65_536, block)
}

describe('an image', () => {
  it('gets its data from a stream, once, and then is active', async () => {
    const image = await make({ properties: { os_distro: 'clients' }, tags: ['a'], minDisk: 2 })
    expect(image).toMatchObject({ status: 'queued', tags: ['a'], minDisk: 2, size: undefined })
    await demo.images.upload(image.id, data)
    const active = await demo.images.waitForStatus(image.id)
    expect(active).toMatchObject({ size: 262_144, osHashAlgo: 'sha512' })
    expect(active.properties).toEqual({ os_distro: 'clients' })
    expect(await failure(demo.images.upload(image.id, data))).toBeInstanceOf(ConflictError)
  })

  it('needs both formats before its data, and fits the schema', async () => {
    const image = await make({ diskFormat: undefined, containerFormat: undefined })
    expect(await failure(demo.images.upload(image.id, data))).toBeInstanceOf(NotValidError)
    expect(await failure(demo.images.create({ name: 'x'.repeat(256) }))).toBeInstanceOf(NotValidError)
    expect(await failure(demo.images.create({ minDisk: -1 }))).toBeInstanceOf(NotValidError)
    expect(await failure(demo.images.create({ visibility: 'public' }))).toBeInstanceOf(ForbiddenError)
    expect(await failure(demo.images.create({ id: image.id }))).toBeInstanceOf(AlreadyExistsError)
  })

  it('is changed all at once, again without harm, or not at all', async () => {
    const image = await make({ properties: { old: 'x', kept: 'y' } })
    const update = {
      name: `${clients.prefix}-2`,
      minRam: 64,
      tags: ['b', 'c'],
      properties: { old: null, never: null, 'a/b': '1' },
    }
    await demo.images.update(image.id, update)
    const updated = await demo.images.update(image.id, update)
    expect(updated).toMatchObject({ name: `${clients.prefix}-2`, minRam: 64 })
    expect([...updated.tags].sort()).toEqual(['b', 'c'])
    expect(updated.properties).toEqual({ kept: 'y', 'a/b': '1' })
    const refused = demo.images.update(image.id, { name: 'other', visibility: 'public' })
    expect(await failure(refused)).toBeInstanceOf(ForbiddenError)
    expect((await demo.images.get(image.id)).name).toBe(`${clients.prefix}-2`)
    await demo.images.addTag(image.id, 'd e')
    expect(await demo.images.removeTag(image.id, 'd e')).toBe(true)
    expect(await demo.images.removeTag(image.id, 'd e')).toBe(false)
  })

  it('is deleted when it is not protected, and when it is gone', async () => {
    const image = await make()
    await demo.images.update(image.id, { protected: true })
    expect(await failure(demo.images.delete(image.id))).toBeInstanceOf(ForbiddenError)
    await demo.images.update(image.id, { protected: false })
    expect([await demo.images.delete(image.id), await demo.images.delete(image.id)]).toEqual([true, false])
    expect(await failure(demo.images.waitForStatus(image.id))).toBeInstanceOf(NotFoundError)
  })
})

describe('lists', () => {
  it('are filtered in every way, over pages', async () => {
    const names = ['a', 'b', 'c', 'd, e'].map((end) => `${clients.prefix}-${end}`)
    const made: Image[] = []
    for (const name of names) made.push(await make({ name, tags: ['mine', name.slice(-1)] }))
    const [first] = made
    const hidden = await make({ osHidden: true, properties: { odd: clients.prefix } })
    const found = async (query: Parameters<typeof demo.images.all>[0]) =>
      (await demo.images.all({ visibility: 'private', ...query })).map(({ name }) => name).sort()
    expect(await found({ name: names })).toEqual(names)
    expect(await found({ name: [names[0] ?? '', names[3] ?? ''] })).toEqual([names[0], names[3]])
    expect(await found({ name: names, limit: 1 })).toEqual(names)
    expect(await found({ id: first?.id, status: ['queued', 'active'] })).toEqual([names[0]])
    expect(await found({ id: first?.id, status: 'active' })).toEqual([])
    expect(await found({ name: names, tags: ['mine', 'b'] })).toEqual([names[1]])
    expect(await found({ name: names, diskFormat: ['qcow2', 'raw'] })).toEqual(names)
    expect(await found({ name: names, owner: first?.owner, createdAt: 'gt:2020-01-01T00:00:00Z' })).toEqual(
      names,
    )
    expect(await found({ name: names, protected: true })).toEqual([])
    expect(await found({ osHidden: true, properties: { odd: clients.prefix } })).toEqual([hidden.name])
    expect(await found({ properties: { odd: clients.prefix } })).toEqual([])
    const sorted = await demo.images.all({ name: names, sort: 'name:desc' })
    expect(sorted.map(({ name }) => name)).toEqual(names.toReversed())
    expect(await failure(demo.images.all({ sort: 'odd' }))).toBeInstanceOf(NotValidError)
  })
})

describe('what is another project’s', () => {
  it('is not there, but what is shared is, and only to be looked at', async () => {
    const image = await make()
    expect(await failure(alt.images.get(image.id))).toBeInstanceOf(NotFoundError)
    expect(await alt.images.delete(image.id)).toBe(false)
    await demo.images.update(image.id, { visibility: 'community' })
    expect(await alt.images.get(image.id)).toMatchObject({ id: image.id })
    expect(await alt.images.all({ name: clients.prefix })).toEqual([])
    expect(await alt.images.all({ name: clients.prefix, visibility: 'community' })).toHaveLength(1)
    const attempts = [
      alt.images.update(image.id, { name: 'mine' }),
      alt.images.delete(image.id),
      alt.images.addTag(image.id, 'a'),
      alt.images.upload(image.id, data),
    ]
    for (const error of await Promise.all(attempts.map(failure))) expect(error).toBeInstanceOf(ForbiddenError)
  })

  it('is shared with a project, which accepts it or not', async () => {
    const image = await make({ visibility: 'shared' })
    const { project } = await clients.alt.identity.authenticate()
    const member = project?.id ?? ''
    expect(await demo.members.create(image.id, member)).toMatchObject({ status: 'pending' })
    expect(await failure(demo.members.create(image.id, member))).toBeInstanceOf(AlreadyExistsError)
    expect(await alt.images.get(image.id)).toMatchObject({ id: image.id })
    expect(await alt.images.all({ name: clients.prefix })).toEqual([])
    expect(await alt.images.all({ name: clients.prefix, memberStatus: 'pending' })).toHaveLength(1)
    expect(await failure(demo.members.update(image.id, member, 'accepted'))).toBeInstanceOf(ForbiddenError)
    expect(await alt.members.update(image.id, member, 'accepted')).toMatchObject({ status: 'accepted' })
    expect(await alt.images.all({ name: clients.prefix })).toHaveLength(1)
    expect(await alt.members.all(image.id)).toMatchObject([{ memberId: member, status: 'accepted' }])
    expect(await failure(alt.members.delete(image.id, member))).toBeInstanceOf(ForbiddenError)
    expect(await demo.members.delete(image.id, member)).toBe(true)
    expect(await demo.members.delete(image.id, member)).toBe(false)
    expect(await failure(alt.images.get(image.id))).toBeInstanceOf(NotFoundError)
    await demo.images.update(image.id, { visibility: 'private' })
    expect(await failure(demo.members.all(image.id))).toBeInstanceOf(ForbiddenError)
  })
})
