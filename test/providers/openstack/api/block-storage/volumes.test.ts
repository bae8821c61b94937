import { ConflictError, NotSupportedError, NotValidError, QuotaExceededError } from 'cloud-environs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { faultOf } from '../../../../../providers/openstack/api/index.ts'
import { CloudDouble, failure } from '../cloud-double.ts'

let cloud: CloudDouble
beforeEach(async () => {
  cloud = await CloudDouble.start()
  cloud.services = { 'block-storage': '/volume/v3/project-id' }
})
afterEach(() => cloud[Symbol.asyncDispose]())

const PATH = '/volume/v3/project-id/volumes'
const volume = {
  id: 'v',
  name: null,
  description: null,
  status: 'available',
  size: 3,
  bootable: 'false',
  metadata: {},
  attachments: [],
}
const answer = (method: string, path: string, json: unknown, status = 200) => {
  cloud.handler = (request) =>
    request.method === method && request.path === path ? { status, json } : undefined
}
const volumes = () => cloud.connect().blockStorage.volumes

describe('the service', () => {
  test.each(['block-storage', 'volumev3', 'volume', 'block-store'])(
    'is found under the type %s, with the project in its URL or without',
    async (type) => {
      for (const url of ['/volume/v3/project-id', '/volume/v3']) {
        cloud.services = { [type]: url }
        answer('GET', `${url}/volumes/v`, { volume })
        expect(await volumes().get('v')).toMatchObject({ id: 'v', size: 3 })
      }
    },
  )

  test('is asked at no microversion but where one is needed', async () => {
    cloud.handler = ({ path }) => (path.startsWith(PATH) ? { status: 202, text: '' } : undefined)
    const client = volumes()
    await client.extend('v', 5)
    await client.extend('v', 6, { attached: true })
    const [plain, attached] = cloud.requests('POST', `${PATH}/v/action`)
    expect(plain?.headers['openstack-api-version']).toBeUndefined()
    expect(plain?.body).toEqual({ 'os-extend': { new_size: 5 } })
    expect(attached?.headers['openstack-api-version']).toBe('volume 3.42')
    expect(attached?.headers['x-openstack-nova-api-version']).toBeUndefined()
  })

  test('that is too old for a microversion does not support the call', async () => {
    const message = 'Version 3.42 is not supported by the API. Minimum is 3.0 and maximum is 3.27.'
    answer('POST', `${PATH}/v/action`, { computeFault: { code: 406, message } }, 406)
    expect(await failure(volumes().extend('v', 6, { attached: true }))).toBeInstanceOf(NotSupportedError)
  })
})

describe('a volume', () => {
  test('is read with what it is made of and where it is', async () => {
    answer('GET', `${PATH}/v`, {
      volume: {
        ...volume,
        bootable: 'true',
        attachments: [
          {
            id: 'v',
            attachment_id: 'a',
            volume_id: 'v',
            server_id: 's',
            host_name: null,
            device: '/dev/vdb',
          },
        ],
        volume_image_metadata: { os_distro: 'ubuntu' },
        'os-vol-tenant-attr:tenant_id': 'project-id',
      },
    })
    expect(await volumes().get('v')).toMatchObject({
      name: '',
      bootable: true,
      attachments: [{ attachmentId: 'a', serverId: 's', device: '/dev/vdb', hostName: undefined }],
      imageMetadata: { os_distro: 'ubuntu' },
      projectId: 'project-id',
    })
  })

  test('is created with names and units of Cinder', async () => {
    answer('POST', PATH, { volume: { ...volume, status: 'creating' } }, 202)
    const created = await volumes().create({
      size: 3,
      name: 'data',
      volumeType: 'ssd',
      availabilityZone: 'az1',
      imageId: 'i',
      sourceVolumeId: 'w',
      metadata: { a: 'b' },
      schedulerHints: { different_host: ['x'] },
    })
    expect(created.status).toBe('creating')
    expect(cloud.requests('POST', PATH)[0]?.body).toEqual({
      volume: {
        size: 3,
        name: 'data',
        volume_type: 'ssd',
        availability_zone: 'az1',
        imageRef: 'i',
        source_volid: 'w',
        metadata: { a: 'b' },
      },
      'OS-SCH-HNT:scheduler_hints': { different_host: ['x'] },
    })
  })

  test('over the quota fails at once, though the answer looks like a rate limit', async () => {
    cloud.handler = ({ path }) =>
      path === PATH
        ? {
            status: 413,
            headers: { 'retry-after': '0' },
            json: {
              overLimit: {
                code: 413,
                message:
                  "VolumeLimitExceeded: Maximum number of volumes allowed (1) exceeded for quota 'volumes'.",
                retryAfter: '0',
              },
            },
          }
        : undefined
    const error = await failure(volumes().create({ size: 1 }))
    expect(error).toBeInstanceOf(QuotaExceededError)
    expect(faultOf(error)).toBe('overLimit')
    expect(cloud.requests('POST', PATH)).toHaveLength(1)
  })

  test('is deleted when it is gone already, and refused as a conflict while it is in use', async () => {
    answer(
      'DELETE',
      `${PATH}/v`,
      { itemNotFound: { code: 404, message: 'Volume v could not be found.' } },
      404,
    )
    expect(await volumes().delete('v', { cascade: true })).toBe(false)
    expect(cloud.requests('DELETE')[0]?.query).toBe('cascade=true')
    const message = 'Invalid volume: Volume status must be available or error'
    answer('DELETE', `${PATH}/v`, { badRequest: { code: 400, message } }, 400)
    const error = await failure(volumes().delete('v'))
    expect(error).toBeInstanceOf(ConflictError)
    expect(error).toMatchObject({ status: 400, resource: 'volume v', operation: 'delete' })
    expect(faultOf(error)).toBe('badRequest')
  })

  test.each([
    ['no size', (client: ReturnType<typeof volumes>) => client.create({})],
    ['half a GiB', (client: ReturnType<typeof volumes>) => client.create({ size: 0.5 })],
    ['a long name', (client: ReturnType<typeof volumes>) => client.update('v', { name: 'x'.repeat(256) })],
    [
      'a long value',
      (client: ReturnType<typeof volumes>) => client.updateMetadata('v', { a: 'x'.repeat(256) }),
    ],
    [
      'a key with a newline',
      (client: ReturnType<typeof volumes>) => client.replaceMetadata('v', { 'a\n': '' }),
    ],
    ['an empty id', (client: ReturnType<typeof volumes>) => client.delete('')],
    ['an id with a newline', (client: ReturnType<typeof volumes>) => client.get('v\n')],
    ['an extension to nothing', (client: ReturnType<typeof volumes>) => client.extend('v', 0)],
  ])('with %s fails before anything is sent', async (_what, call) => {
    expect(await failure(call(volumes()))).toBeInstanceOf(NotValidError)
    expect(cloud.received).toHaveLength(0)
  })
})

test('lists follow the links, and filter by metadata in one parameter', async () => {
  cloud.handler = ({ path, query }) => {
    if (path !== `${PATH}/detail`) return undefined
    if (query.includes('marker')) return { json: { volumes: [{ ...volume, id: 'w' }] } }
    const href = `http://elsewhere.invalid/v3/volumes/detail?limit=1&marker=v`
    return { json: { volumes: [volume], volumes_links: [{ rel: 'next', href }] } }
  }
  const query = { metadata: { a: 'b' }, availabilityZone: 'az1', bootable: false, limit: 1 }
  expect((await volumes().all(query)).map(({ id }) => id)).toEqual(['v', 'w'])
  const sent = new URLSearchParams(cloud.requests('GET', `${PATH}/detail`)[0]?.query)
  expect(Object.fromEntries(sent)).toEqual({
    metadata: '{"a":"b"}',
    availability_zone: 'az1',
    bootable: 'false',
    limit: '1',
  })
})

describe('metadata', () => {
  test('is merged, replaced, and removed key by key', async () => {
    cloud.handler = ({ path, body, method }) => {
      if (path === `${PATH}/v/metadata`) return { json: body ?? { metadata: { x: 'y' } } }
      const missing = { itemNotFound: { code: 404, message: 'Volume v has no metadata with key z.' } }
      if (path === `${PATH}/v/metadata/z`) return { status: 404, json: missing }
      return method === 'DELETE' ? { text: '' } : undefined
    }
    const client = volumes()
    expect(await client.getMetadata('v')).toEqual({ x: 'y' })
    expect(await client.updateMetadata('v', { a: 'b' })).toEqual({ a: 'b' })
    expect(await client.replaceMetadata('v', { c: 'd' })).toEqual({ c: 'd' })
    expect(await client.deleteMetadata('v', 'z')).toBe(false)
    expect(await client.deleteMetadata('v', 'a b')).toBe(true)
    expect(cloud.requests().map(({ method, path }) => `${method} ${path}`)).toEqual([
      `GET ${PATH}/v/metadata`,
      `POST ${PATH}/v/metadata`,
      `PUT ${PATH}/v/metadata`,
      `DELETE ${PATH}/v/metadata/z`,
      `DELETE ${PATH}/v/metadata/a%20b`,
    ])
  })
})

test('types, zones and limits are read', async () => {
  const base = '/volume/v3/project-id'
  cloud.handler = ({ path }) => {
    const type = { id: 't', name: '__DEFAULT__', description: null, is_public: true, extra_specs: { a: 'b' } }
    if (path === `${base}/types`) return { json: { volume_types: [type] } }
    if (path === `${base}/types/default`) return { json: { volume_type: type } }
    if (path === `${base}/os-availability-zone`) {
      return { json: { availabilityZoneInfo: [{ zoneName: 'az1', zoneState: { available: true } }] } }
    }
    const absolute = {
      maxTotalVolumes: 10,
      totalVolumesUsed: 2,
      maxTotalVolumeGigabytes: -1,
      totalGigabytesUsed: 7,
    }
    return path === `${base}/limits` ? { json: { limits: { rate: [], absolute } } } : undefined
  }
  const { volumeTypes, availabilityZones, limits } = cloud.connect().blockStorage
  const type = { id: 't', name: '__DEFAULT__', description: '', isPublic: true, extraSpecs: { a: 'b' } }
  expect(await volumeTypes.all()).toEqual([type])
  expect(await volumeTypes.get('default')).toEqual(type)
  expect(await availabilityZones.all()).toEqual([{ name: 'az1', available: true }])
  expect(await limits.get()).toMatchObject({
    volumes: { limit: 10, used: 2 },
    gigabytes: { limit: undefined, used: 7 },
    snapshots: { used: 0 },
  })
})
