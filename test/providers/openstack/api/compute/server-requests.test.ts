/** What is refused before anything is sent, and what lists and creates send. */

import { NotSupportedError, NotValidError, Secret } from 'cloud-environs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CreateServer, ServerQuery, Servers } from '../../../../../providers/openstack/api/index.ts'
import { CloudDouble, failure } from '../cloud-double.ts'

let cloud: CloudDouble
beforeEach(async () => {
  cloud = await CloudDouble.start()
})
afterEach(() => cloud[Symbol.asyncDispose]())

/** Servers of a cloud with these microversions, which accepts all. */
const serversOf = (newest: string, oldest = '2.1') => {
  cloud.handler = ({ method, path }) => {
    if (path === '/compute/v2.1/') return { json: { version: { version: newest, min_version: oldest } } }
    if (method === 'GET' && /servers(\/detail)?$/.test(path)) return { json: { servers: [] } }
    if (method === 'POST') {
      return path.startsWith('/v3/')
        ? undefined
        : { status: 202, json: { server: { id: 's', adminPass: 'made-up' }, reservation_id: 'r-1' } }
    }
    return undefined
  }
  return cloud.connect().compute.servers
}
const sent = () => cloud.requests().filter(({ path }) => path.startsWith('/compute/v2.1/servers'))
const create: CreateServer = { name: 's', flavor: '1', image: 'i' }

describe('a cloud of the wrong age', () => {
  test.each<[string, (servers: Servers) => Promise<unknown>, string, string]>([
    [
      'topology',
      (s) => s.fetchTopology('s'),
      '2.72',
      'needs compute microversion 2.78, and the cloud has 2.72',
    ],
    ['a crash dump', (s) => s.triggerCrashDump('s'), '2.12', 'needs compute microversion 2.17'],
    ['tags', (s) => s.tags('s'), '2.25', 'needs compute microversion 2.26'],
    ['a reason to lock', (s) => s.lock('s', { reason: 'r' }), '2.72', 'needs compute microversion 2.73'],
    ['a host to go to', (s) => s.migrate('s', { host: 'h' }), '2.53', 'needs compute microversion 2.56'],
    ['a zone', (s) => s.unshelve('s', { availabilityZone: 'z' }), '2.76', 'needs compute microversion 2.77'],
    ['evacuation without shared storage', (s) => s.evacuate('s'), '2.12', 'needs compute microversion 2.14'],
    ['force', (s) => s.evacuate('s', { force: true }), '2.25', '2.29 to 2.67'],
    ['a filter', (s) => s.all({ changesBefore: 't' }), '2.65', 'needs compute microversion 2.66'],
    ['a filter of administrators', (s) => s.all({ vmState: 'active' }), '2.82', 'microversion 2.83'],
    ['an order', (s) => s.all({ sortKey: ['uuid', 'locked'] }), '2.72', 'needs compute microversion 2.73'],
    [
      'a tag of a card',
      (s) => s.create({ ...create, networks: [{ network: 'n', tag: 't' }] }),
      '2.31',
      'needs compute microversion 2.42 or 2.32 to 2.36, and the cloud has 2.31',
    ],
  ])('is not asked for %s', async (_, call, newest, message) => {
    const error = await failure(call(serversOf(newest)))
    expect(error).toBeInstanceOf(NotSupportedError)
    expect(error).toMatchObject({ message: expect.stringContaining(message) as unknown })
    expect(sent()).toEqual([])
  })

  test.each<[string, (servers: Servers) => Promise<unknown>]>([
    ['fixed addresses', (s) => s.addFixedIp('s', 'n')],
    ['floating addresses', (s) => s.removeFloatingIp('s', 'a')],
  ])('is not asked for %s when it gave them up', async (_, call) => {
    const error = await failure(call(serversOf('2.96', '2.50')))
    expect(error).toBeInstanceOf(NotSupportedError)
    expect(error).toMatchObject({
      message: expect.stringMatching(/2\.1 to 2\.43, and the cloud has 2\.50 to 2\.96$/) as unknown,
    })
    expect(sent()).toEqual([])
  })

  test('is told which of its versions has a tag of a card', async () => {
    await serversOf('2.38').create({ ...create, networks: [{ network: 'n', tag: 't' }] })
    expect(sent()[0]?.headers['openstack-api-version']).toBe('compute 2.32')
  })
})

describe('bad input is refused before anything is sent:', () => {
  const long = 'x'.repeat(256)
  test.each<[string, (servers: Servers) => Promise<unknown>]>([
    ['an empty id', (s) => s.get('')],
    ['an id that leads elsewhere', (s) => s.delete('..')],
    ['an id with a newline', (s) => s.stop('a\nb')],
    ['an empty id of a volume', (s) => s.deleteVolumeAttachment('s', '')],
    ['an id of a migration that is none', (s) => s.abortMigration('s', Number.NaN)],
    ['a value of metadata over 255', (s) => s.updateMetadata('s', { a: long })],
    ['the same of a create', (s) => s.create({ ...create, metadata: { a: long } })],
    ['a key of metadata with a slash', (s) => s.setMetadataItem('s', 'a/b', 'c')],
    ['user data over 65,535', (s) => s.create({ ...create, userData: 'A'.repeat(65_536) })],
    ['the same of a rebuild', (s) => s.rebuild('s', { image: 'i', userData: 'A'.repeat(65_536) })],
    ['a name over 255', (s) => s.create({ ...create, name: long })],
    ['an empty name to find', (s) => s.find('')],
    ['a tag with a comma', (s) => s.addTag('s', 'a,b')],
    ['tags to filter by, with a comma', (s) => s.all({ tags: ['a,b'] })],
    [
      '51 tags',
      (s) =>
        s.replaceTags(
          's',
          Array.from({ length: 51 }, (_, index) => `t${index}`),
        ),
    ],
    ['an unknown filter', (s) => s.all({ colour: 'red' } as ServerQuery)],
    ['an unknown order', (s) => s.all({ sortKey: 'colour' as 'uuid' })],
    ['an unknown console', (s) => s.getConsoleUrl('s', 'toString' as 'serial')],
    ['backups less than none', (s) => s.backup('s', { name: 'n', type: 'daily', rotation: -1 })],
    ['an update of nothing', (s) => s.update('s', {})],
    ['more servers at least than at most', (s) => s.createMany({ ...create, minCount: 3, maxCount: 2 })],
    ['one hostname for two', (s) => s.createMany({ ...create, maxCount: 2, hostname: 'h' })],
    ['a port with an address', (s) => s.createInterface('s', { port: 'p', fixedIp: '10.0.0.1' })],
    [
      'what no version has together',
      (s) => s.create({ ...create, hostname: 'h', personality: [{ path: '/a', contents: 'YQ==' }] }),
    ],
    ['force without the versions for it', (s) => s.evacuate('s', { force: true, onSharedStorage: true })],
  ])('%s', async (_, call) => {
    expect(await failure(call(serversOf('2.96')))).toBeInstanceOf(NotValidError)
    expect(cloud.received).toEqual([])
  })

  test('an unknown filter of a list that is read one by one', async () => {
    const list = serversOf('2.96').list({ colour: 'red' } as ServerQuery)
    expect(await failure(list[Symbol.asyncIterator]().next())).toBeInstanceOf(NotValidError)
    expect(cloud.received).toEqual([])
  })

  test('an id with a slash stays one', async () => {
    await serversOf('2.96').stop('a/b')
    expect(sent()[0]?.path).toBe('/compute/v2.1/servers/a%2Fb/action')
  })
})

describe('a list', () => {
  const queryOf = async (query: ServerQuery, newest = '2.96') => {
    await serversOf(newest).all(query)
    const [request] = sent()
    return [request?.headers['openstack-api-version'], decodeURIComponent(request?.query ?? '')]
  }

  test.each<[ServerQuery, string, string]>([
    [{}, '2.1', ''],
    [
      {
        name: '^a',
        status: 'ACTIVE',
        image: 'i',
        flavor: '1',
        ip: '10',
        reservationId: 'r',
        limit: 5,
        marker: 'm',
      },
      '2.1',
      'name=^a&status=ACTIVE&image=i&flavor=1&ip=10&reservation_id=r&limit=5&marker=m',
    ],
    [{ changesSince: '2026-01-01' }, '2.1', 'changes-since=2026-01-01'],
    [{ ip6: 'fe' }, '2.5', 'ip6=fe'],
    [
      { tags: ['a', 'b'], tagsAny: ['c'], notTags: ['d'], notTagsAny: ['e', 'f'] },
      '2.26',
      'tags=a,b&tags-any=c&not-tags=d&not-tags-any=e,f',
    ],
    [{ changesBefore: '2026-01-01' }, '2.66', 'changes-before=2026-01-01'],
    [{ locked: true }, '2.73', 'locked=true'],
    [
      { availabilityZone: 'z', configDrive: true, keyName: 'k', powerState: 1, taskState: 't', vmState: 'v' },
      '2.83',
      'availability_zone=z&config_drive=true&key_name=k&power_state=1&task_state=t&vm_state=v',
    ],
    [
      { createdAt: 'c', launchedAt: 'l', terminatedAt: 't', progress: 1, userId: 'u' },
      '2.83',
      'created_at=c&launched_at=l&terminated_at=t&progress=1&user_id=u',
    ],
    [{ hostname: 'h' }, '2.90', 'hostname=h'],
    [{ hostname: 'h', allTenants: true, vmState: 'v' }, '2.1', 'hostname=h&all_tenants=true&vm_state=v'],
    [{ allTenants: false }, '2.1', ''],
    [
      {
        allTenants: true,
        projectId: 'p',
        host: 'h',
        node: 'n',
        uuid: 'u',
        deleted: true,
        softDeleted: false,
      },
      '2.1',
      'all_tenants=true&project_id=p&host=h&node=n&uuid=u&deleted=true&soft_deleted=false',
    ],
    [
      {
        lockedBy: 'admin',
        launchIndex: 0,
        rootDeviceName: 'r',
        kernelId: 'k',
        ramdiskId: 'r',
        imageRef: 'i',
      },
      '2.1',
      'locked_by=admin&launch_index=0&root_device_name=r&kernel_id=k&ramdisk_id=r&image_ref=i',
    ],
    [
      { diskConfig: 'AUTO', description: 'd', accessIpv4: '4', accessIpv6: '6' },
      '2.1',
      'auto_disk_config=AUTO&description=d&access_ip_v4=4&access_ip_v6=6',
    ],
    [
      { sortKey: ['display_name', 'uuid'], sortDir: ['asc', 'desc'] },
      '2.1',
      'sort_key=display_name&sort_key=uuid&sort_dir=asc&sort_dir=desc',
    ],
  ])('by %j', async (query, microversion, expected) => {
    expect(await queryOf(query)).toEqual([`compute ${microversion}`, expected])
  })

  test('of names asks for the version of its filters, too', async () => {
    for await (const server of serversOf('2.96').listBrief({ locked: false })) expect(server).toBeUndefined()
    expect(sent()[0]).toMatchObject({ path: '/compute/v2.1/servers', query: 'locked=false' })
    expect(sent()[0]?.headers['openstack-api-version']).toBe('compute 2.73')
  })
})

describe('a create', () => {
  test('with everything of a new cloud', async () => {
    const created = await serversOf('2.96').create({
      ...create,
      adminPassword: new Secret('pw'),
      accessIpv4: '1.2.3.4',
      accessIpv6: '80fe::',
      diskConfig: 'AUTO',
      trustedImageCertificates: ['c'],
      host: 'h',
      hypervisorHostname: 'hh',
      hostname: 'custom.example.com',
      networks: 'none',
      serverGroup: 'g',
      schedulerHints: {
        differentHost: ['a', 'b'],
        sameHost: 'c',
        query: '[]',
        buildNearHostIp: '192.168.1.5',
        cidr: '/24',
        others: { own: true },
      },
      blockDevices: [
        {
          sourceType: 'blank',
          destinationType: 'local',
          bootIndex: -1,
          volumeSize: 1,
          guestFormat: 'swap',
          deviceName: '/dev/vdb',
          deviceType: 'disk',
          diskBus: 'virtio',
          tag: 't',
          noDevice: false,
        },
      ],
    })
    expect(sent()[0]?.headers['openstack-api-version']).toBe('compute 2.94')
    expect(sent()[0]?.body).toEqual({
      server: {
        name: 's',
        flavorRef: '1',
        imageRef: 'i',
        adminPass: 'pw',
        accessIPv4: '1.2.3.4',
        accessIPv6: '80fe::',
        'OS-DCF:diskConfig': 'AUTO',
        trusted_image_certificates: ['c'],
        host: 'h',
        hypervisor_hostname: 'hh',
        hostname: 'custom.example.com',
        networks: 'none',
        block_device_mapping_v2: [
          {
            source_type: 'blank',
            destination_type: 'local',
            boot_index: -1,
            volume_size: 1,
            guest_format: 'swap',
            device_name: '/dev/vdb',
            device_type: 'disk',
            disk_bus: 'virtio',
            tag: 't',
            no_device: false,
          },
        ],
      },
      'os:scheduler_hints': {
        group: 'g',
        different_host: ['a', 'b'],
        same_host: 'c',
        query: '[]',
        build_near_host_ip: '192.168.1.5',
        cidr: '/24',
        own: true,
      },
    })
    expect(created.id).toBe('s')
    expect(created.adminPassword?.reveal()).toBe('made-up')
  })

  test('with files goes to a version that has them', async () => {
    await serversOf('2.96').create({
      ...create,
      tags: ['t'],
      personality: [{ path: '/a', contents: 'YQ==' }],
    })
    expect(sent()[0]?.headers['openstack-api-version']).toBe('compute 2.52')
    expect(sent()[0]?.body).toMatchObject({ server: { personality: [{ path: '/a', contents: 'YQ==' }] } })
  })

  test('of several answers their reservation', async () => {
    expect(await serversOf('2.96').createMany({ ...create, minCount: 2, maxCount: 5 })).toBe('r-1')
    expect(sent()[0]?.body).toEqual({
      server: {
        name: 's',
        flavorRef: '1',
        imageRef: 'i',
        min_count: 2,
        max_count: 5,
        return_reservation_id: true,
      },
    })
  })
})
