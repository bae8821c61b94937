import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type EmbeddedOpenStack,
  startEmbeddedOpenStack,
} from '../../../../providers/openstack/embedded/index.ts'
import { VolumeState } from '../../../../providers/openstack/embedded/cinder/state.ts'
import { ImageStore } from '../../../../providers/openstack/embedded/glance/images.ts'
import { settle } from '../../../../providers/openstack/embedded/options.ts'
import { DEFAULT_SEED } from '../../../../providers/openstack/embedded/seed.ts'
import { Timers } from '../../../../providers/openstack/embedded/timers.ts'
import { Secret } from 'cloud-environs'
import { connect, VolumeStatusError } from '../../../../providers/openstack/api/index.ts'
import { GLANCE, type Json, KEYSTONE, list, login, passwordAuth, pick, Rest, until } from './rest.ts'

let cloud: EmbeddedOpenStack
let demo: Rest
/** The endpoint with the project in it. */
let cinder: string

beforeAll(async () => {
  cloud = await startEmbeddedOpenStack({
    buildMillis: 40,
    deleteMillis: 10,
    quotas: { volumes: 6, gigabytes: 100, perVolumeGigabytes: 50 },
  })
  demo = await login(cloud)
  cinder = await endpointOf(demo, 'demo')
})
afterAll(() => cloud.close())

async function endpointOf(rest: Rest, user: string, type = 'block-storage'): Promise<string> {
  const { body } = await rest.post(`${KEYSTONE}/auth/tokens`, passwordAuth(user))
  const entry = list(pick(body, 'token'), 'catalog').find((each) => each.type === type)
  return String(pick(entry, 'endpoints', 0, 'url'))
}

const at = (version: string): Json => ({ 'openstack-api-version': `volume ${version}` })
const message = (body: Json, name = 'badRequest') => pick(body, name, 'message')

async function create(volume: Json, rest = demo, base = cinder): Promise<string> {
  const answer = await rest.post(`${base}/volumes`, { volume })
  if (answer.status !== 202) throw new Error(`create: ${answer.status} ${answer.text}`)
  return String(pick(answer.body, 'volume', 'id'))
}

async function settled(id: string, rest = demo, base = cinder): Promise<Json> {
  const busy = ['creating', 'deleting', 'extending']
  const answer = await until(
    () => rest.get(`${base}/volumes/${id}`),
    ({ body }) => !busy.includes(String(pick(body, 'volume', 'status'))),
  )
  return pick(answer.body, 'volume') as Json
}

async function removed(...ids: string[]): Promise<void> {
  for (const id of ids) expect((await demo.delete(`${cinder}/volumes/${id}`)).status).toBe(202)
  for (const id of ids)
    expect((await until(() => demo.get(`${cinder}/volumes/${id}`), isGone)).status).toBe(404)
}
const isGone = ({ status }: { status: number }) => status === 404

describe('versions', () => {
  it('are told to everybody at the root with 300, and below v3 with 200 to those with a token', async () => {
    const nobody = new Rest(cloud, '')
    const root = await nobody.get('/volume/')
    expect(root.status).toBe(300)
    expect(pick(root.body, 'versions', 0)).toMatchObject({ id: 'v3.0', version: '3.70', min_version: '3.0' })
    expect((await nobody.get('/volume/v3/')).status).toBe(401)
    const known = await demo.get('/volume/v3/')
    expect(known.status).toBe(200)
    expect(known.body).toEqual(root.body)
    expect((await demo.get('/volume/v2/')).status).toBe(404)
  })

  it('are echoed, refused out of range, and refused in a bad form', async () => {
    const path = `${cinder}/volumes`
    const plain = await demo.get(path)
    expect(plain.headers.get('openstack-api-version')).toBe('volume 3.0')
    expect(plain.headers.get('vary')).toBe('OpenStack-API-Version')
    expect((await demo.get(path, at('latest'))).headers.get('openstack-api-version')).toBe('volume 3.70')
    const high = await demo.get(path, at('3.99'))
    expect(high.status).toBe(406)
    expect(message(high.body, 'computeFault')).toBe(
      'Version 3.99 is not supported by the API. Minimum is 3.0 and maximum is 3.70.',
    )
    expect((await demo.get(path, at('foo'))).status).toBe(400)
  })
})

describe('the endpoint', () => {
  it('is in the catalog under both types with the project, and works without it', async () => {
    expect(cinder).toMatch(/\/volume\/v3\/[0-9a-f]{32}$/)
    expect(await endpointOf(demo, 'demo', 'volumev3')).toBe(cinder)
    expect((await demo.get('/volume/v3/volumes')).status).toBe(200)
  })

  it("refuses another project's path and bad tokens", async () => {
    const alt = await login(cloud, 'alt_demo')
    const foreign = await alt.get(`${cinder}/volumes`)
    expect(foreign.status).toBe(400)
    expect(message(foreign.body)).toBe('Malformed request url')
    const refused = await new Rest(cloud, 'bad').get(`${cinder}/volumes`)
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toMatch(/^Keystone uri="/)
    expect(pick(refused.body, 'error', 'title')).toBe('Unauthorized')
  })

  it('does not know other paths and methods', async () => {
    for (const answer of [await demo.get(`${cinder}/nope`), await demo.put(`${cinder}/volumes`, {})]) {
      expect(answer.status).toBe(404)
      expect(answer.body).toMatchObject({ code: '404 Not Found', title: 'Not Found' })
    }
  })
})

describe('a volume', () => {
  it('is created in the background, shown, counted, and deleted to a 404', async () => {
    const answer = await demo.post(`${cinder}/volumes`, {
      volume: { size: 2, name: 'data', metadata: { a: 'b' }, availability_zone: 'az2' },
    })
    expect(answer.status).toBe(202)
    const young = pick(answer.body, 'volume') as Json
    expect(young).toMatchObject({
      status: 'creating',
      size: 2,
      availability_zone: 'az2',
      updated_at: null,
      volume_type: '__DEFAULT__',
      bootable: 'false',
      attachments: [],
    })
    expect(young).not.toHaveProperty('os-vol-tenant-attr:tenant_id')
    const id = String(young.id)
    const early = await demo.delete(`${cinder}/volumes/${id}`)
    expect(early.status).toBe(400)
    expect(message(early.body)).toMatch(/^Invalid volume: Volume status must be available or error or /)
    const shown = await settled(id)
    expect(shown.status).toBe('available')
    expect(cinder.endsWith(String(shown['os-vol-tenant-attr:tenant_id']))).toBe(true)
    expect(cloud.inventory().demo?.volumes).toEqual([{ id, name: 'data', status: 'available' }])
    const { body } = await demo.get(`${cinder}/limits`)
    expect(pick(body, 'limits', 'absolute')).toMatchObject({ totalVolumesUsed: 1, totalGigabytesUsed: 2 })
    await removed(id)
    const missing = await demo.get(`${cinder}/volumes/${id}`)
    expect(message(missing.body, 'itemNotFound')).toBe(`Volume ${id} could not be found.`)
    expect(cloud.inventory().demo?.volumes).toEqual([])
  })

  it('is seen by its project alone', async () => {
    const id = await create({ size: 1 })
    const alt = await login(cloud, 'alt_demo')
    expect((await alt.get(`/volume/v3/volumes/${id}`)).status).toBe(404)
    expect((await alt.delete(`/volume/v3/volumes/${id}`)).status).toBe(404)
    expect(list((await alt.get('/volume/v3/volumes')).body, 'volumes')).toEqual([])
    const admin = await login(cloud, 'admin')
    const all = await admin.get('/volume/v3/volumes?all_tenants=1')
    expect(list(all.body, 'volumes').map((volume) => volume.id)).toEqual([id])
    await settled(id)
    await removed(id)
  })

  it('fails to come or to go when its metadata asks for it', async () => {
    const failing = await create({ size: 1, metadata: { loopback_fault: 'create' } })
    expect((await settled(failing)).status).toBe('error')
    const staying = await create({ size: 1, metadata: { loopback_fault: 'delete' } })
    await settled(staying)
    await demo.delete(`${cinder}/volumes/${staying}`)
    expect((await settled(staying)).status).toBe('error_deleting')
    expect((await demo.delete(`${cinder}/volumes/${staying}`)).status).toBe(400)
    await demo.delete(`${cinder}/volumes/${staying}/metadata/loopback_fault`)
    const reset = { 'os-reset_status': { status: 'available' } }
    expect((await demo.post(`${cinder}/volumes/${staying}/action`, reset)).status).toBe(403)
    const admin = await login(cloud, 'admin')
    expect((await admin.post(`/volume/v3/volumes/${staying}/action`, reset)).status).toBe(202)
    await removed(failing, staying)
  })

  it('is made of an image, which makes it bootable, and copied', async () => {
    const images = await demo.get(`${GLANCE}/images?name=debian-12-genericcloud-amd64`)
    const image = pick(images.body, 'images', 0, 'id')
    const small = await demo.post(`${cinder}/volumes`, { volume: { size: 1, imageRef: image } })
    expect(small.status).toBe(400)
    expect(message(small.body)).toContain('cannot be smaller than the image minDisk size 3GB')
    const id = await create({ size: 3, imageRef: image })
    expect(await settled(id)).toMatchObject({
      bootable: 'true',
      volume_image_metadata: { image_id: image, os_distro: 'debian', min_disk: '3' },
    })
    const copy = await create({ source_volid: id })
    expect(await settled(copy)).toMatchObject({ size: 3, source_volid: id, bootable: 'true' })
    await removed(id, copy)
  })

  it('is extended in the background when it is available', async () => {
    const id = await create({ size: 2 })
    const path = `${cinder}/volumes/${id}/action`
    await settled(id)
    expect(message((await demo.post(path, { 'os-extend': { new_size: 2 } })).body)).toBe(
      'Invalid input received: New size for extend must be greater than current size. (current: 2, extended: 2).',
    )
    expect((await demo.post(path, { 'os-extend': { new_size: 60 } })).status).toBe(413)
    expect((await demo.post(path, { 'os-extend': { new_size: 5 } })).status).toBe(202)
    expect((await settled(id)).size).toBe(5)
    expect((await demo.post(path, { 'os-reserve': null })).status).toBe(202)
    expect(message((await demo.post(path, { 'os-extend': { new_size: 6 } })).body)).toContain(
      'to extend, currently attaching.',
    )
    expect((await demo.delete(`${cinder}/volumes/${id}?cascade=true`)).status).toBe(400)
    await demo.post(path, { 'os-unreserve': null })
    expect(message((await demo.post(path, { 'os-nope': {} })).body)).toContain(
      'There is no such action: os-nope.',
    )
    await removed(id)
  })

  it('is renamed and described', async () => {
    const id = await create({ size: 1 })
    await settled(id)
    const path = `${cinder}/volumes/${id}`
    const changed = await demo.put(path, { volume: { name: 'x', description: 'd' } })
    expect(pick(changed.body, 'volume')).toMatchObject({ name: 'x', description: 'd' })
    expect((await demo.put(path, { volume: { size: 4 } })).status).toBe(400)
    await removed(id)
  })
})

describe('a create', () => {
  const refusals: [volume: Json, text: string, name?: string][] = [
    [{}, 'The server could not comply with the request since it is either malformed or otherwise incorrect.'],
    [{ size: 0 }, 'Invalid input for field/attribute size. Value: 0. 0 is less than the minimum of 1'],
    [{ size: 'x' }, "Invalid input for field/attribute size. Value: x. 'x' does not match '^[0-9]+$'"],
    [{ size: 1, name: 'x'.repeat(256) }, 'Invalid input received: name has 256 characters, more than 255.'],
    [{ size: 1, volume_type: 'nope' }, 'Volume type with name nope could not be found.', 'itemNotFound'],
    [
      { size: 1, metadata: { a: 1 } },
      "Invalid input for field/attribute a. Value: 1. 1 is not of type 'string'",
    ],
    [{ size: 1, imageRef: 'nope' }, 'Invalid image identifier or unable to access requested image.'],
    [
      { size: 1, snapshot_id: '11111111-1111-4111-8111-111111111111' },
      'Snapshot 11111111-1111-4111-8111-111111111111 could not be found.',
      'itemNotFound',
    ],
  ]
  it.each(refusals)('with %j is refused', async (volume, text, name) => {
    expect(message((await demo.post(`${cinder}/volumes`, { volume })).body, name)).toBe(text)
  })

  it('may have unknown members below 3.53 only, and any zone', async () => {
    const volume = { size: 1, bogus: 1, availability_zone: 'nope' }
    const id = await create(volume)
    expect(await settled(id)).toMatchObject({ availability_zone: 'az1' })
    const strict = await demo.post(`${cinder}/volumes`, { volume }, at('3.53'))
    expect(message(strict.body)).toContain("('bogus' was unexpected)")
    expect(message((await demo.post(`${cinder}/volumes`, {})).body)).toBe("'volume' is a required property")
    expect(message((await demo.post(`${cinder}/volumes`, '{')).body)).toBe('Malformed request body')
    await removed(id)
  })

  it('over a quota is refused with 413 and a Retry-After of nothing', async () => {
    const large = await demo.post(`${cinder}/volumes`, { volume: { size: 51 } })
    expect(large.status).toBe(413)
    expect(large.headers.get('retry-after')).toBe('0')
    expect(pick(large.body, 'overLimit')).toEqual({
      code: 413,
      message: 'VolumeSizeExceedsLimit: Requested volume size 51G is larger than maximum allowed limit 50G.',
      retryAfter: '0',
    })
    const ids = [await create({ size: 50 }), await create({ size: 49 })]
    const full = await demo.post(`${cinder}/volumes`, { volume: { size: 2 } })
    expect(message(full.body, 'overLimit')).toBe(
      'VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed gigabytes quota. Requested 2G, quota is 100G and 99G has been consumed.',
    )
    for (const id of ids) await settled(id)
    await removed(...ids)
  })
})

it('metadata is merged, replaced and removed', async () => {
  const id = await create({ size: 1, metadata: { a: 'b' } })
  await settled(id)
  const path = `${cinder}/volumes/${id}/metadata`
  expect((await demo.post(path, { metadata: { c: 'd' } })).body).toEqual({ metadata: { a: 'b', c: 'd' } })
  expect((await demo.put(`${path}/c`, { meta: { c: 'e' } })).body).toEqual({ meta: { c: 'e' } })
  expect(message((await demo.put(`${path}/c`, { meta: { x: 'e' } })).body)).toBe(
    'Request body and URI mismatch',
  )
  expect((await demo.get(`${path}/c`)).body).toEqual({ meta: { c: 'e' } })
  expect((await demo.put(path, { metadata: { z: '1' } })).body).toEqual({ metadata: { z: '1' } })
  expect((await demo.delete(`${path}/z`)).status).toBe(200)
  const missing = await demo.delete(`${path}/z`)
  expect(missing.status).toBe(404)
  expect(message(missing.body, 'itemNotFound')).toBe(`Volume ${id} has no metadata with key z.`)
  await removed(id)
})

describe('lists', () => {
  const names = ({ body }: { body: Json }) => list(body, 'volumes').map(({ name }) => name)

  it('come in pages, and by name, status, metadata and zone', async () => {
    const ids = [
      await create({ size: 1, name: 'one', metadata: { a: 'b' } }),
      await create({ size: 2, name: 'two', availability_zone: 'az3' }),
      await create({ size: 3, name: 'three', metadata: { loopback_fault: 'create' } }),
    ]
    for (const id of ids) await settled(id)
    const path = `${cinder}/volumes`
    const first = await demo.get(`${path}?limit=2`)
    expect(names(first)).toEqual(['three', 'two'])
    const next = String(pick(first.body, 'volumes_links', 0, 'href'))
    expect(next).toBe(`${path}?limit=2&marker=${ids[1]}`)
    const rest = await demo.get(next)
    expect(names(rest)).toEqual(['one'])
    expect(rest.body).not.toHaveProperty('volumes_links')
    expect(list(first.body, 'volumes')[0]).not.toHaveProperty('status')
    expect(list((await demo.get(`${path}/detail`)).body, 'volumes')[0]).toHaveProperty('status')
    expect(names(await demo.get(`${path}?name=two`))).toEqual(['two'])
    expect(names(await demo.get(`${path}?status=error`))).toEqual(['three'])
    expect(names(await demo.get(`${path}?metadata=${encodeURIComponent("{'a': 'b'}")}`))).toEqual(['one'])
    expect(names(await demo.get(`${path}?availability_zone=az3`))).toEqual(['two'])
    expect(names(await demo.get(`${path}?sort=size:asc`))).toEqual(['one', 'two', 'three'])
    expect(names(await demo.get(`${path}?limit=0`))).toEqual([])
    expect((await demo.get(`${path}?with_count=true&limit=1`, at('3.45'))).body.count).toBe(3)
    await removed(...ids)
  })

  it('refuse bad limits, markers and sorts, and unknown filters from 3.31', async () => {
    const path = `${cinder}/volumes`
    expect(message((await demo.get(`${path}?limit=-1`)).body)).toBe('limit param must be positive')
    expect(message((await demo.get(`${path}?limit=x`)).body)).toBe('limit param must be an integer')
    expect((await demo.get(`${path}?marker=nope`)).status).toBe(404)
    expect(message((await demo.get(`${path}?sort=bogus`)).body)).toBe(
      'Invalid input received: Invalid sort key',
    )
    expect((await demo.get(`${path}?bogus=1`)).status).toBe(200)
    expect(message((await demo.get(`${path}?bogus=1`, at('3.31'))).body)).toBe(
      'Invalid filters bogus are found in query options.',
    )
  })
})

it('types, zones and quotas are told', async () => {
  const types = list((await demo.get(`${cinder}/types`)).body, 'volume_types')
  expect(types.map(({ name }) => name)).toEqual(['multiattach', 'standard', '__DEFAULT__'])
  const byDefault = await demo.get(`${cinder}/types/default`)
  expect(pick(byDefault.body, 'volume_type', 'name')).toBe('__DEFAULT__')
  const missing = await demo.get(`${cinder}/types/__DEFAULT__`)
  expect(message(missing.body, 'itemNotFound')).toBe('Volume type __DEFAULT__ could not be found.')
  const zones = await demo.get(`${cinder}/os-availability-zone`)
  expect(pick(zones.body, 'availabilityZoneInfo', 1)).toEqual({
    zoneName: 'az2',
    zoneState: { available: true },
  })
  const project = cinder.slice(-32)
  const quota = await demo.get(`${cinder}/os-quota-sets/${project}?usage=True`)
  expect(pick(quota.body, 'quota_set', 'gigabytes')).toEqual({ limit: 100, in_use: 0, reserved: 0 })
  expect((await demo.get(`${cinder}/os-quota-sets/other`)).status).toBe(403)
})

it('the typed client does all of it', async () => {
  await using connection = connect({
    authUrl: cloud.authUrl,
    credential: {
      method: 'password',
      user: { name: 'demo', domain: { name: 'Default' } },
      password: new Secret('secret'),
    },
    scope: { project: { name: 'demo', domain: { name: 'Default' } } },
  })
  const { volumes, volumeTypes } = connection.blockStorage
  const { id } = await volumes.create({ size: 1, name: 'v', volumeType: 'standard', metadata: { a: 'b' } })
  expect(await volumes.waitForStatus(id)).toMatchObject({ volumeType: 'standard', size: 1 })
  await volumes.extend(id, 2)
  expect(await volumes.waitForStatus(id)).toMatchObject({ size: 2 })
  expect(await volumes.updateMetadata(id, { c: 'd' })).toEqual({ a: 'b', c: 'd' })
  expect((await volumes.all({ metadata: { c: 'd' } })).map((volume) => volume.id)).toEqual([id])
  expect((await volumes.update(id, { name: 'w' })).name).toBe('w')
  expect(await volumeTypes.all({ limit: 1 })).toHaveLength(3)
  expect(await volumes.delete(id, { cascade: true })).toBe(true)
  await volumes.waitForDelete(id)
  expect(await volumes.delete(id)).toBe(false)
  const bad = await volumes.create({ size: 1, metadata: { loopback_fault: 'create' } })
  await expect(volumes.waitForStatus(bad.id)).rejects.toBeInstanceOf(VolumeStatusError)
  await volumes.delete(bad.id)
  await volumes.waitForDelete(bad.id)
})

describe('the seam to Nova', () => {
  const state = new VolumeState(settle({ buildMillis: 0 }, DEFAULT_SEED), new Timers(), new ImageStore())
  const add = async (typeName: string) => {
    const type = state.types.find(({ name }) => name === typeName)
    if (!type) throw new Error(typeName)
    const given = { name: null, description: null, size: 1, bootable: false, metadata: {}, zone: 'az1', type }
    const volume = state.add({
      ...given,
      projectId: 'p',
      userId: 'u',
      sourceVolumeId: null,
      imageMetadata: undefined,
    })
    await until(
      async () => volume.status,
      (status) => status === 'available',
    )
    return volume
  }

  it('reserves, attaches and detaches a volume of the project', async () => {
    const volume = await add('standard')
    expect(() => state.reserve(volume.id, 'other')).toThrow('404')
    state.reserve(volume.id, 'p')
    expect(volume.status).toBe('reserved')
    expect(() => state.reserve(volume.id, 'p')).toThrow('400')
    state.attach(volume.id, 'p', 's', '/dev/vdb')
    expect(volume).toMatchObject({ status: 'in-use', attachments: [{ serverId: 's', device: '/dev/vdb' }] })
    state.detach(volume.id, 's')
    expect(volume).toMatchObject({ status: 'available', attachments: [] })
    state.reserve(volume.id, 'p')
    state.detach(volume.id, 's')
    expect(volume.status).toBe('available')
    state.detach('gone', 's')
  })

  it('lets several servers have a volume of a type for that', async () => {
    const volume = await add('multiattach')
    for (const server of ['s', 't']) {
      state.reserve(volume.id, 'p')
      state.attach(volume.id, 'p', server, '/dev/vdb')
    }
    state.detach(volume.id, 's')
    expect(volume).toMatchObject({ status: 'in-use', attachments: [{ serverId: 't' }] })
    state.detach(volume.id, 't')
    expect(volume.status).toBe('available')
  })
})
