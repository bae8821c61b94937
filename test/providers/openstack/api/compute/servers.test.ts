import { NotSupportedError } from 'cloud-environs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CreateServer } from '../../../../../providers/openstack/api/index.ts'
import { CloudDouble, failure, wireServer } from '../cloud-double.ts'

let cloud: CloudDouble
beforeEach(async () => {
  cloud = await CloudDouble.start()
})
afterEach(() => cloud[Symbol.asyncDispose]())

const show = (server: object) => {
  cloud.handler = ({ path }) => (path === '/compute/v2.1/servers/s' ? { json: { server } } : undefined)
  return cloud.connect().compute.servers.get('s')
}

describe('a server', () => {
  test('has its fields under plain names', async () => {
    const server = await show(
      wireServer('s', {
        addresses: {
          private: [
            {
              addr: '10.0.0.4',
              version: 4,
              'OS-EXT-IPS:type': 'fixed',
              'OS-EXT-IPS-MAC:mac_addr': 'fa:16:3e:00:00:01',
            },
          ],
        },
        'OS-EXT-AZ:availability_zone': 'az1',
        config_drive: 'True',
        security_groups: [{ name: 'default' }],
        'os-extended-volumes:volumes_attached': [{ id: 'v' }],
        a_field_of_tomorrow: { x: 1 },
      }),
    )
    expect(server).toMatchObject({
      id: 's',
      vmState: 'active',
      powerState: 1,
      projectId: 'project-id',
      imageId: 'image',
      flavor: { id: '1' },
      availabilityZone: 'az1',
      configDrive: true,
      securityGroups: ['default'],
      attachedVolumes: ['v'],
      addresses: {
        private: [{ address: '10.0.0.4', version: 4, type: 'fixed', macAddress: 'fa:16:3e:00:00:01' }],
      },
    })
    expect(server.accessIpv4).toBeUndefined()
    expect(server).not.toHaveProperty('a_field_of_tomorrow')
  })

  test('shows what newer microversions have, and only when it is asked for', async () => {
    const newest = {
      locked: true,
      locked_reason: 'audit',
      tags: ['web'],
      'OS-EXT-SRV-ATTR:hostname': 'web-1',
      'OS-EXT-SRV-ATTR:host': 'compute1',
      'OS-EXT-SRV-ATTR:launch_index': 0,
      host_status: 'UP',
      server_groups: ['g'],
      'OS-DCF:diskConfig': 'AUTO',
    }
    cloud.handler = ({ path, headers }) => {
      if (path === '/compute/v2.1/') return { json: { version: { version: '2.93', min_version: '2.1' } } }
      const more = headers['openstack-api-version'] === 'compute 2.90' ? newest : {}
      if (path === '/compute/v2.1/servers/s') return { json: { server: wireServer('s', more) } }
      return path === '/compute/v2.1/servers/detail'
        ? { json: { servers: [wireServer('s', more)] } }
        : undefined
    }
    const { servers } = cloud.connect().compute
    const more = {
      locked: true,
      lockedReason: 'audit',
      tags: ['web'],
      hostname: 'web-1',
      extendedAttributes: { host: 'compute1', launchIndex: 0, hostStatus: 'UP' },
      serverGroups: ['g'],
      diskConfig: 'AUTO',
    }
    expect(await servers.get('s', { microversion: '2.90' })).toMatchObject(more)
    expect(await servers.all({}, { microversion: '2.90' })).toMatchObject([more])
    for await (const server of servers.list({ tags: ['web'] }, { microversion: '2.90' })) {
      expect(server).toMatchObject(more)
    }
    expect(await servers.get('s')).toMatchObject({ locked: undefined, extendedAttributes: undefined })
    cloud.received.length = 0
    expect(await failure(servers.get('s', { microversion: '2.96' }))).toBeInstanceOf(NotSupportedError)
    expect(cloud.requests()).toEqual([])
  })

  test('booted from a volume has no image; a newer cloud shows its flavor whole', async () => {
    const flavor = { original_name: 'm1.small', vcpus: 1, ram: 2048, disk: 20 }
    const server = await show(wireServer('s', { image: '', flavor }))
    expect(server.imageId).toBeUndefined()
    expect(server.flavor).toMatchObject({ name: 'm1.small', vcpus: 1, ram: 2048, disk: 20 })
  })

  test('of a cell that is down is readable', async () => {
    const server = await show({ id: 's', status: 'UNKNOWN', tenant_id: 'p', created: 'c', links: [] })
    expect(server).toMatchObject({ id: 's', name: '', status: 'UNKNOWN', addresses: {} })
  })
})

describe('a create', () => {
  const newest = { version: { id: 'v2.1', version: '2.60', min_version: '2.1' } }
  const base: CreateServer = { name: 's', flavor: '1', image: 'i' }
  const create = async (over: Partial<CreateServer>) => {
    cloud.handler = ({ method, path }) => {
      if (path === '/compute/v2.1/') return { json: newest }
      if (method === 'POST' && path === '/compute/v2.1/servers')
        return { status: 202, json: { server: { id: 's' } } }
      return undefined
    }
    await cloud.connect().compute.servers.create({ ...base, ...over })
    return cloud.requests('POST')[0]
  }

  test('sends what is given and nothing else, at the base version', async () => {
    const sent = await create({
      networks: [{ port: 'p' }, { network: 'n', fixedIp: '10.0.0.9' }],
      securityGroups: ['g'],
      userData: 'IyE=',
      metadata: { a: 'b' },
      serverGroup: 'sg',
    })
    expect(sent?.body).toEqual({
      server: {
        name: 's',
        flavorRef: '1',
        imageRef: 'i',
        networks: [{ port: 'p' }, { uuid: 'n', fixed_ip: '10.0.0.9' }],
        security_groups: [{ name: 'g' }],
        user_data: 'IyE=',
        metadata: { a: 'b' },
      },
      'os:scheduler_hints': { group: 'sg' },
    })
    expect(sent?.headers['openstack-api-version']).toBe('compute 2.1')
    expect(sent?.headers['x-openstack-nova-api-version']).toBe('2.1')
    expect(cloud.requests()).toHaveLength(1)
  })

  test('asks for a newer version only when it needs one, and then names the networks', async () => {
    const sent = await create({ tags: ['t'] })
    expect(sent?.headers['openstack-api-version']).toBe('compute 2.52')
    expect(sent?.body).toMatchObject({ server: { networks: 'auto', tags: ['t'] } })
  })

  test('of what the cloud is too old for creates nothing', async () => {
    const error = await failure(create({ hostname: 'hh' }))
    expect(error).toBeInstanceOf(NotSupportedError)
    expect(error).toMatchObject({ message: expect.stringContaining('needs compute microversion 2.90') })
    expect(cloud.requests('POST')).toEqual([])
  })
})

describe('a delete', () => {
  test.each([
    ['there was one', { status: 204 }, true],
    ['it is gone already', { status: 404, json: { itemNotFound: { message: 'no' } } }, false],
  ])('succeeds when %s', async (_, reply, existed) => {
    cloud.handler = ({ method }) => (method === 'DELETE' ? reply : undefined)
    expect(await cloud.connect().compute.servers.delete('s')).toBe(existed)
  })

  test('does not take the word of a gateway', async () => {
    cloud.handler = ({ method }) =>
      method === 'DELETE'
        ? { status: 404, headers: { 'content-type': 'text/html' }, text: '<html>no backend</html>' }
        : undefined
    expect(await failure(cloud.connect().compute.servers.delete('s'))).toMatchObject({ code: 'UNAVAILABLE' })
  })
})
