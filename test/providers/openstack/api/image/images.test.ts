import {
  AlreadyExistsError,
  ConflictError,
  ForbiddenError,
  NotFoundError,
  NotValidError,
  TimeoutError,
} from 'cloud-environs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ImageStatusError } from '../../../../../providers/openstack/api/index.ts'
import { CloudDouble, failure } from '../cloud-double.ts'

let cloud: CloudDouble
beforeEach(async () => {
  cloud = await CloudDouble.start()
})
afterEach(() => cloud[Symbol.asyncDispose]())

const PATH = '/image/v2/images'
const wire = (over: object = {}) => ({ id: 'i', name: 'jammy', status: 'active', tags: [], ...over })
const refusal = (status: number, message: string) => ({
  status,
  json: { message: `${message}<br /><br />\n\n\n`, code: `${status} x`, title: 'x' },
})
const images = () => cloud.connect().image.images
const always = (reply: { status?: number; json?: unknown; text?: string }) => {
  cloud.handler = ({ path }) => (path.startsWith(PATH) ? reply : undefined)
}

test('an image keeps the properties that choose it, and not those of its record', async () => {
  always({
    json: {
      ...wire({ visibility: 'public', min_disk: 8, min_ram: 512, size: 1, tags: undefined }),
      os_distro: 'ubuntu',
      os_version: '22.04',
      architecture: 'x86_64',
      checksum: 'c',
      os_hash_algo: 'sha512',
      os_hash_value: 'ff',
      self: '/v2/images/i',
      protected: true,
    },
  })
  const image = await images().get('i')
  expect(image).toMatchObject({
    id: 'i',
    name: 'jammy',
    status: 'active',
    minDisk: 8,
    minRam: 512,
    tags: [],
    protected: true,
    osHidden: false,
    osHashAlgo: 'sha512',
    osHashValue: 'ff',
  })
  expect(image.properties).toEqual({ os_distro: 'ubuntu', os_version: '22.04', architecture: 'x86_64' })
})

test('lists filter by one value or several, by tags and by any property', async () => {
  always({ json: { images: [wire()] } })
  const found = await images().all({
    name: ['jammy', 'noble, the second'],
    status: 'active',
    diskFormat: ['qcow2', 'raw'],
    visibility: 'all',
    owner: 'p',
    tags: ['a', 'b'],
    osHidden: true,
    protected: false,
    sizeMin: 1,
    createdAt: 'gt:2026-01-01T00:00:00Z',
    properties: { os_distro: 'ubuntu' },
    sort: 'name:asc,created_at:desc',
  })
  expect(found.map(({ id }) => id)).toEqual(['i'])
  const query = new URLSearchParams(cloud.requests()[0]?.query)
  expect(query.getAll('tag')).toEqual(['a', 'b'])
  query.delete('tag')
  expect(Object.fromEntries(query)).toEqual({
    os_distro: 'ubuntu',
    name: 'in:jammy,"noble, the second"',
    status: 'active',
    disk_format: 'in:qcow2,raw',
    visibility: 'all',
    owner: 'p',
    protected: 'false',
    os_hidden: 'true',
    size_min: '1',
    created_at: 'gt:2026-01-01T00:00:00Z',
    sort: 'name:asc,created_at:desc',
    limit: '1000',
  })
})

describe('an image', () => {
  test('is created with its properties beside its fields', async () => {
    always({ status: 201, json: wire({ status: 'queued' }) })
    const created = await images().create({
      name: 'jammy',
      diskFormat: 'qcow2',
      containerFormat: 'bare',
      minDisk: 3,
      osHidden: true,
      visibility: 'private',
      tags: ['a'],
      properties: { os_distro: 'ubuntu' },
    })
    expect(created.status).toBe('queued')
    expect(cloud.requests('POST')[0]?.body).toEqual({
      name: 'jammy',
      disk_format: 'qcow2',
      container_format: 'bare',
      min_disk: 3,
      os_hidden: true,
      visibility: 'private',
      tags: ['a'],
      os_distro: 'ubuntu',
    })
    always(refusal(409, 'Image ID i already exists!'))
    expect(await failure(images().create({ id: 'i' }))).toBeInstanceOf(AlreadyExistsError)
  })

  test('is updated by a patch that does the same however often it is sent', async () => {
    let count = 0
    cloud.handler = ({ path }) => {
      if (path !== `${PATH}/i`) return undefined
      return ++count === 1 ? { status: 503, json: {} } : { json: wire() }
    }
    await images().update('i', {
      name: 'noble',
      protected: false,
      tags: [],
      minRam: undefined,
      properties: { os_distro: 'ubuntu', 'a/b~c': null, left: undefined },
    })
    const [, request] = cloud.requests('PATCH')
    expect(request?.headers['content-type']).toBe('application/openstack-images-v2.1-json-patch')
    expect(request?.body).toEqual([
      { op: 'replace', path: '/name', value: 'noble' },
      { op: 'replace', path: '/protected', value: false },
      { op: 'replace', path: '/tags', value: [] },
      { op: 'add', path: '/os_distro', value: 'ubuntu' },
      { op: 'add', path: '/a~1b~0c', value: '' },
      { op: 'remove', path: '/a~1b~0c' },
    ])
  })

  test('takes no field of its own for a property', async () => {
    const properties = { visibility: 'public' }
    expect(await failure(images().update('i', { properties }))).toBeInstanceOf(NotValidError)
    expect(await failure(images().create({ name: 'x', properties }))).toBeInstanceOf(NotValidError)
    expect(cloud.received).toHaveLength(0)
  })

  test('is deleted when it is gone already, and neither while it is protected nor in use', async () => {
    always({ status: 204, text: '' })
    expect(await images().delete('i')).toBe(true)
    always(refusal(404, 'Failed to find image i to delete'))
    expect(await images().delete('i')).toBe(false)
    always(refusal(403, 'Image i is protected and cannot be deleted.'))
    expect(await failure(images().delete('i'))).toBeInstanceOf(ForbiddenError)
    always(refusal(409, 'Image i could not be deleted because it is in use: the image has clones'))
    expect(await failure(images().delete('i'))).toBeInstanceOf(ConflictError)
    for (const id of ['', '..']) expect(await failure(images().delete(id))).toBeInstanceOf(NotValidError)
  })

  test('gets and loses tags one by one, as long as it is there', async () => {
    cloud.handler = ({ method, path }) => {
      if (path === `${PATH}/i/tags/a%20b`) return { status: 204, text: '' }
      if (path === `${PATH}/i`) return method === 'GET' ? { json: wire() } : undefined
      return path.startsWith(PATH) ? refusal(404, 'The resource could not be found.') : undefined
    }
    await images().addTag('i', 'a b')
    expect(await images().removeTag('i', 'a b')).toBe(true)
    expect(await images().removeTag('i', 'other')).toBe(false)
    expect(await failure(images().removeTag('gone', 'a'))).toBeInstanceOf(NotFoundError)
  })
})

describe('waiting', () => {
  const statuses = (...all: string[]) => {
    let at = 0
    cloud.handler = ({ path }) =>
      path === `${PATH}/i` ? { json: wire({ status: all[Math.min(at++, all.length - 1)] }) } : undefined
  }

  test('ends with active, whatever Glance stumbles over meanwhile', async () => {
    let at = 0
    cloud.handler = ({ path }) => {
      if (path !== `${PATH}/i`) return undefined
      at++
      return at === 2 ? { status: 500, json: {} } : { json: wire({ status: at < 4 ? 'saving' : 'active' }) }
    }
    const seen: string[] = []
    const image = await images().waitForStatus('i', { onStatus: ({ status }) => seen.push(status) })
    expect(image.status).toBe('active')
    expect(seen).toEqual(['saving', 'saving', 'active'])
  })

  test('fails with what the image came to, when it is gone, and in the end', async () => {
    statuses('saving', 'killed')
    const killed = await failure(images().waitForStatus('i'))
    expect(killed).toBeInstanceOf(ImageStatusError)
    expect(killed).toMatchObject({ image: { status: 'killed' } })
    statuses('queued')
    expect(await failure(images().waitForStatus('i', { timeoutMs: 20_000 }))).toBeInstanceOf(TimeoutError)
    always(refusal(404, 'No image found with ID i'))
    expect(await failure(images().waitForStatus('i'))).toBeInstanceOf(NotFoundError)
    statuses('queued')
    expect(await images().waitForStatus('i', { accept: ['queued'] })).toMatchObject({ status: 'queued' })
  })
})

test('members are added once, decide, and go', async () => {
  const member = { image_id: 'i', member_id: 'p', status: 'pending', created_at: 'x' }
  const path = `${PATH}/i/members`
  cloud.handler = (request) => {
    if (request.path === path) return { json: request.method === 'GET' ? { members: [member] } : member }
    if (request.path !== `${path}/p`) return undefined
    return request.method === 'PUT'
      ? { json: { ...member, status: 'accepted' } }
      : refusal(404, 'p not found in the member list of the image i.')
  }
  const { members } = cloud.connect().image
  const pending = { imageId: 'i', memberId: 'p', status: 'pending' }
  expect(await members.create('i', 'p')).toEqual(pending)
  expect(await members.all('i')).toEqual([pending])
  expect(await members.update('i', 'p', 'accepted')).toMatchObject({ status: 'accepted' })
  expect(await members.delete('i', 'p')).toBe(false)
  expect(cloud.requests().map(({ body }) => body)).toEqual([
    { member: 'p' },
    undefined,
    { status: 'accepted' },
    undefined,
  ])
  always(refusal(409, 'Member p is duplicated for image i'))
  expect(await failure(members.create('i', 'p'))).toBeInstanceOf(AlreadyExistsError)
})
