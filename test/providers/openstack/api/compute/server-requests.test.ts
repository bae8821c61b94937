/** What is refused before anything is sent, and what lists and creates send. */

import { NotSupportedError, NotValidError, Secret } from 'cloud-environs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type {
  CreateServer,
  MigrationQuery,
  ServerQuery,
  Servers,
} from '../../../../../providers/openstack/api/index.ts'
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
    ['one hostname for two', (s) => s.createMany({ ...create, maxCount: 2, hostname: 'hh' })],
    ['a port with an address', (s) => s.createInterface('s', { port: 'p', fixedIp: '10.0.0.1' })],
    [
      'what no version has together',
      (s) => s.create({ ...create, hostname: 'hh', personality: [{ path: '/a', contents: 'YQ==' }] }),
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

describe('migrations of all servers', () => {
  const wire = { id: 4, instance_uuid: 's', status: 'migrating', dest_host: '5.6.7.8', updated_at: null }
  const sentMigrations = () =>
    cloud
      .requests('GET', '/compute/v2.1/os-migrations')
      .map(({ headers, query }) => [headers['openstack-api-version'], decodeURIComponent(query)])
  /** A cloud with two pages of migrations. */
  const migrationsOf = (newest: string) => {
    cloud.handler = ({ path, query }) => {
      if (path === '/compute/v2.1/') return { json: { version: { version: newest, min_version: '2.1' } } }
      if (path !== '/compute/v2.1/os-migrations') return undefined
      if (query.includes('marker=u1')) return { json: { migrations: [{ ...wire, id: 5, uuid: 'u2' }] } }
      const links = [{ rel: 'next', href: `${cloud.origin}/os-migrations?limit=1&marker=u1` }]
      return {
        json: { migrations: [{ ...wire, uuid: 'u1', migration_type: 'resize' }], migrations_links: links },
      }
    }
    return cloud.connect().compute.servers
  }

  test('come page by page, at the version that tells most', async () => {
    const all = await migrationsOf('2.96').allMigrations({ limit: 1 })
    expect(all).toEqual([
      { id: 4, serverId: 's', status: 'migrating', destHost: '5.6.7.8', uuid: 'u1', type: 'resize' },
      { id: 5, serverId: 's', status: 'migrating', destHost: '5.6.7.8', uuid: 'u2' },
    ])
    expect(sentMigrations()).toEqual([
      ['compute 2.80', 'limit=1'],
      ['compute 2.80', 'limit=1&marker=u1'],
    ])
  })

  test.each<[MigrationQuery, string, string, string]>([
    [{}, '2.12', '2.1', ''],
    [{}, '2.53', '2.23', ''],
    [
      { status: 'running', type: 'live-migration', server: 's', host: 'h', sourceCompute: 'c' },
      '2.12',
      '2.1',
      'status=running&migration_type=live-migration&instance_uuid=s&host=h&source_compute=c',
    ],
    [{ changesSince: 't' }, '2.60', '2.59', 'changes-since=t'],
    [{ changesBefore: 't' }, '2.72', '2.66', 'changes-before=t'],
    [{ userId: 'u', projectId: 'p' }, '2.96', '2.80', 'user_id=u&project_id=p'],
  ])('by %j in a cloud of %s', async (query, newest, microversion, expected) => {
    for await (const migration of migrationsOf(newest).listMigrations(query)) {
      expect(migration.serverId).toBe('s')
    }
    expect(sentMigrations()[0]).toEqual([`compute ${microversion}`, expected])
  })

  test('are not asked of a cloud without the filter, nor by a filter that no cloud has', async () => {
    const servers = migrationsOf('2.65')
    expect(await failure(servers.allMigrations({ changesBefore: 't' }))).toMatchObject({
      message: expect.stringMatching(
        /needs compute microversion 2\.80 or 2\.66, and the cloud has 2\.65$/,
      ) as unknown,
    })
    const odd = { colour: 'red' } as MigrationQuery
    expect(await failure(servers.allMigrations(odd))).toBeInstanceOf(NotValidError)
    expect(sentMigrations()).toEqual([])
  })
})

test('actions on a server come page by page', async () => {
  const wire = { action: 'stop', start_time: 't' }
  cloud.handler = ({ path, query }) => {
    if (path === '/compute/v2.1/') return { json: { version: { version: '2.96', min_version: '2.1' } } }
    if (path !== '/compute/v2.1/servers/s/os-instance-actions') return undefined
    if (query.includes('marker=r1')) return { json: { instanceActions: [{ ...wire, request_id: 'r2' }] } }
    const links = [{ rel: 'next', href: `${cloud.origin}/x?limit=1&marker=r1` }]
    return { json: { instanceActions: [{ ...wire, request_id: 'r1' }], links } }
  }
  const actions = await cloud.connect().compute.servers.instanceActions('s', { limit: 1 })
  expect(actions.map(({ requestId }) => requestId)).toEqual(['r1', 'r2'])
  expect(sent().map(({ query }) => query)).toEqual(['limit=1', 'limit=1&marker=r1'])
})

describe('the token of a console', () => {
  const target = { instance_uuid: 's', host: 'h', port: 5900, internal_access_path: null }
  test.each([
    ['2.98', '2.31', { console: target }, { serverId: 's', host: 'h', port: 5900 }],
    [
      '2.100',
      '2.99',
      { console: { ...target, tls_port: 5901 } },
      { serverId: 's', host: 'h', port: 5900, tlsPort: 5901 },
    ],
  ])('leads to it in a cloud of %s', async (newest, microversion, json, expected) => {
    cloud.handler = ({ path }) => {
      if (path === '/compute/v2.1/') return { json: { version: { version: newest, min_version: '2.1' } } }
      return path.startsWith('/compute/') ? { json } : undefined
    }
    expect(await cloud.connect().compute.servers.validateConsoleToken('a b')).toEqual(expected)
    const [request] = cloud.requests('GET', '/compute/v2.1/os-console-auth-tokens/a%20b')
    expect(request?.headers['openstack-api-version']).toBe(`compute ${microversion}`)
  })
})
