import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type EmbeddedOpenStack,
  startEmbeddedOpenStack,
} from '../../../../providers/openstack/embedded/index.ts'
import {
  at,
  built,
  createServer,
  gone,
  GLANCE,
  list,
  login,
  NEUTRON,
  NOVA,
  pick,
  type Rest,
  seedOf,
  until,
} from './rest.ts'

let cloud: EmbeddedOpenStack
let demo: Rest
let image: string
let network: string

beforeAll(async () => {
  cloud = await startEmbeddedOpenStack({ buildMillis: 40, deleteMillis: 10 })
  demo = await login(cloud)
  const seed = await seedOf(demo)
  image = seed.image
  network = seed.network
})
afterAll(() => cloud.close())

describe('microversions', () => {
  it('are echoed in both headers with Vary', async () => {
    const answer = await demo.get(`${NOVA}/servers`, at('2.53'))
    expect(answer.headers.get('openstack-api-version')).toBe('compute 2.53')
    expect(answer.headers.get('x-openstack-nova-api-version')).toBe('2.53')
    expect(answer.headers.get('vary')).toBe('OpenStack-API-Version, X-OpenStack-Nova-API-Version')
    expect(answer.headers.get('x-compute-request-id')).toMatch(/^req-/)
    expect(answer.headers.get('x-openstack-request-id')).toBe(answer.headers.get('x-compute-request-id'))
  })

  it('default to 2.1, resolve latest, and are refused out of range or in a bad form', async () => {
    const path = `${NOVA}/limits`
    expect((await demo.get(path)).headers.get('openstack-api-version')).toBe('compute 2.1')
    expect((await demo.get(path, at('latest'))).headers.get('openstack-api-version')).toBe('compute 2.93')
    const high = await demo.get(path, at('2.99'))
    expect(high.status).toBe(406)
    expect(pick(high.body, 'computeFault', 'message')).toBe(
      'Version 2.99 is not supported by the API. Minimum is 2.1 and maximum is 2.93.',
    )
    expect((await demo.get(path, at('foo'))).status).toBe(400)
    expect((await demo.get(path, { 'x-openstack-nova-api-version': '2.0' })).status).toBe(406)
  })
})

describe('a server', () => {
  it('is built in the background, connected, and deleted to a 404', async () => {
    const id = await createServer(demo, { name: 'web a_B', metadata: { role: 'web' }, tags: ['x'] })
    const young = await demo.get(`${NOVA}/servers/${id}`, at('2.90'))
    expect(pick(young.body, 'server')).toMatchObject({
      status: 'BUILD',
      addresses: {},
      'OS-EXT-STS:vm_state': 'building',
    })
    const server = await built(demo, id)
    expect(server).toMatchObject({
      status: 'ACTIVE',
      metadata: { role: 'web' },
      tags: ['x'],
      flavor: { original_name: 'm1.tiny', vcpus: 1 },
      security_groups: [{ name: 'default' }],
      'OS-EXT-STS:power_state': 1,
      'OS-EXT-SRV-ATTR:hostname': 'web-a-b',
    })
    const address = pick(server, 'addresses', 'private', 0) as Record<string, unknown>
    expect(address).toMatchObject({ version: 4, 'OS-EXT-IPS:type': 'fixed' })
    const ports = await demo.get(`${NEUTRON}/ports?device_id=${id}`)
    expect(list(ports.body, 'ports')).toMatchObject([
      {
        status: 'ACTIVE',
        mac_address: address['OS-EXT-IPS-MAC:mac_addr'],
        fixed_ips: [{ ip_address: address.addr }],
      },
    ])
    const old = await demo.get(`${NOVA}/servers/${id}`)
    expect(pick(old.body, 'server', 'flavor', 'id')).toBe('1')

    expect((await demo.delete(`${NOVA}/servers/${id}`)).status).toBe(204)
    const dying = await demo.get(`${NOVA}/servers/${id}`)
    expect([undefined, 'deleting']).toContain(pick(dying.body, 'server', 'OS-EXT-STS:task_state'))
    const answer = await gone(demo, id)
    expect(answer.body).toEqual({
      itemNotFound: { code: 404, message: `Instance ${id} could not be found.` },
    })
    expect((await demo.delete(`${NOVA}/servers/${id}`)).status).toBe(404)
    expect(cloud.inventory().demo).toMatchObject({ servers: [], ports: [] })
  })

  it('is another project’s secret', async () => {
    const id = await createServer(demo)
    const alt = await login(cloud, 'alt_demo')
    expect((await alt.get(`${NOVA}/servers/${id}`)).status).toBe(404)
    expect((await alt.delete(`${NOVA}/servers/${id}`)).status).toBe(404)
    expect(list((await alt.get(`${NOVA}/servers`)).body, 'servers')).toEqual([])
    expect((await alt.get(`${NOVA}/servers?all_tenants=1`)).status).toBe(403)
    await built(demo, id)
    const admin = await login(cloud, 'admin')
    const all = await admin.get(`${NOVA}/servers/detail?all_tenants=1`)
    expect(list(all.body, 'servers')[0]).toMatchObject({ id, 'OS-EXT-SRV-ATTR:host': expect.anything() })
    await demo.delete(`${NOVA}/servers/${id}`)
    await gone(demo, id)
  })

  it.each([
    [{}, "Invalid input for field/attribute server. Value: {}. 'name' is a required property"],
    [{ flavorRef: '1', name: 'a' }, "'networks' is a required property"],
    [{ flavorRef: 'nope', name: 'a', networks: 'none' }, 'Flavor nope could not be found.'],
    [{ flavorRef: '1', name: 'a', networks: 'none' }, 'Missing imageRef attribute'],
    [
      { flavorRef: '1', name: 'a', networks: 'none', wings: 1 },
      "Additional properties are not allowed ('wings' was unexpected)",
    ],
    [
      { flavorRef: '1', name: ' a', networks: 'none' },
      "An invalid 'name' value was provided. The name must be: printable characters. Can not start or end with whitespace.",
    ],
    [
      { flavorRef: '1', name: 'a', networks: 'none', availability_zone: 'mars' },
      'The requested availability zone is not available',
    ],
    [{ flavorRef: '1', name: 'a', networks: 'none', user_data: 'x'.repeat(65_536) }, 'is too long'],
    [{ flavorRef: '1', name: 'a', networks: 'none', user_data: 'abcde' }, "is not a 'base64'"],
    [{ flavorRef: '1', name: 'a', networks: 'none', metadata: { k: 5 } }, "5 is not of type 'string'"],
    [{ flavorRef: '1', name: 'a', networks: 'none', tags: ['a/b'] }, "'a/b' does not match '^[^,/]*$'"],
  ])('is refused with Nova’s words: %#', async (server, message) => {
    const answer = await demo.post(`${NOVA}/servers`, { server }, at('2.90'))
    expect(answer.status).toBe(400)
    expect(pick(answer.body, 'badRequest', 'message')).toContain(message)
  })

  it('is refused for what it names and nobody has', async () => {
    const attempt = async (extra: object) => {
      const server = { name: 'a', flavorRef: '1', imageRef: image, networks: [{ uuid: network }], ...extra }
      const answer = await demo.post(`${NOVA}/servers`, { server }, at('2.90'))
      return `${answer.status} ${String(pick(answer.body, Object.keys(answer.body)[0] ?? '', 'message'))}`
    }
    const none = '00000000-0000-4000-8000-000000000000'
    expect(await attempt({ imageRef: none })).toBe('400 Can not find requested image')
    expect(await attempt({ networks: [{ uuid: none }] })).toBe(`400 Network ${none} could not be found.`)
    expect(await attempt({ networks: [{ port: none }] })).toBe(`400 Port id ${none} could not be found.`)
    expect(await attempt({ key_name: 'k' })).toBe('400 Invalid key_name provided.')
    expect(await attempt({ security_groups: [{ name: 'g' }] })).toBe(
      "400 Unable to find security_group with name or id 'g'",
    )
    expect(await attempt({ flavorRef: '6' })).toBe(
      '403 Only volume-backed servers are allowed for flavors with zero disk.',
    )
    expect(await attempt({ min_count: 3, max_count: 2 })).toBe('400 min_count must be <= max_count')
    expect(cloud.inventory().demo?.servers).toEqual([])
  })

  it('takes a pre-made port, which outlives it', async () => {
    const made = await demo.post(`${NEUTRON}/ports`, { port: { network_id: network, name: 'mine' } })
    const port = String(pick(made.body, 'port', 'id'))
    const id = await createServer(demo, { networks: [{ port }] })
    await built(demo, id)
    const bound = await demo.get(`${NEUTRON}/ports/${port}`)
    expect(pick(bound.body, 'port')).toMatchObject({ device_id: id, status: 'ACTIVE' })
    const rival = { name: 'b', flavorRef: '1', imageRef: image, networks: [{ port }] }
    const refused = await demo.post(`${NOVA}/servers`, { server: rival }, at('2.90'))
    expect(refused.status).toBe(409)
    expect(pick(refused.body, 'conflictingRequest', 'message')).toBe(`Port ${port} is still in use.`)
    await demo.delete(`${NOVA}/servers/${id}`)
    await gone(demo, id)
    const freed = await demo.get(`${NEUTRON}/ports/${port}`)
    expect(pick(freed.body, 'port')).toMatchObject({ device_id: '', device_owner: '', status: 'DOWN' })
    expect((await demo.delete(`${NEUTRON}/ports/${port}`)).status).toBe(204)
  })

  it('comes as several, and boots from a volume that Nova makes', async () => {
    const server = { name: 'many', flavorRef: '1', imageRef: image, networks: 'none', min_count: 2 }
    const answer = await demo.post(
      `${NOVA}/servers`,
      { server: { ...server, return_reservation_id: true } },
      at('2.90'),
    )
    expect(pick(answer.body, 'reservation_id')).toMatch(/^r-/)
    const listed = await demo.get(`${NOVA}/servers?name=^many-`)
    expect(list(listed.body, 'servers').map(({ name }) => name)).toEqual(['many-2', 'many-1'])
    const root = {
      source_type: 'image',
      destination_type: 'volume',
      uuid: image,
      boot_index: 0,
      volume_size: 1,
    }
    const volumeBacked = { name: 'v', flavorRef: '6', networks: 'none', block_device_mapping_v2: [root] }
    const created = await demo.post(`${NOVA}/servers`, { server: volumeBacked }, at('2.90'))
    expect(created.status).toBe(202)
    const shown = await built(demo, String(pick(created.body, 'server', 'id')))
    expect(shown).toMatchObject({ status: 'ACTIVE', image: '' })
    expect(shown['os-extended-volumes:volumes_attached']).toHaveLength(1)
    for (const each of list((await demo.get(`${NOVA}/servers`)).body, 'servers')) {
      await demo.delete(`${NOVA}/servers/${String(each.id)}`)
      await gone(demo, String(each.id))
    }
  })

  it('ends in ERROR with a fault where it does not fit, or when asked to', async () => {
    await using small = await startEmbeddedOpenStack({
      buildMillis: 20,
      zones: [{ name: 'az1', hosts: 1, vcpus: 1 }],
    })
    const rest = await login(small)
    const first = await createServer(rest)
    await built(rest, first)
    const second = await built(rest, await createServer(rest))
    expect(second).toMatchObject({
      status: 'ERROR',
      fault: { code: 500, message: expect.stringMatching(/^No valid host was found\./) },
    })
    await rest.delete(`${NOVA}/servers/${first}`)
    await gone(rest, first)
    small.failNextBuild('The tubes are clogged')
    const third = await built(rest, await createServer(rest))
    expect(third).toMatchObject({ status: 'ERROR', fault: { message: 'The tubes are clogged' } })
    const hooked = await createServer(rest, { metadata: { loopback_build_fault: 'abort' } })
    expect(pick(await built(rest, hooked), 'fault', 'message')).toMatch(/^Build of instance .* aborted:/)
    expect(small.inventory().demo?.ports).toEqual([])
  })
})

describe('a list of servers', () => {
  it('comes in pages with links, newest first, filtered and sorted', async () => {
    for (const name of ['p1', 'p2', 'p3']) await createServer(demo, { name, networks: 'none' })
    const first = await demo.get(`${NOVA}/servers?limit=2&name=^p`)
    expect(list(first.body, 'servers').map(({ name }) => name)).toEqual(['p3', 'p2'])
    const next = pick(first.body, 'servers_links', 0) as { rel: string; href: string }
    expect(next.rel).toBe('next')
    expect(new URL(next.href).searchParams.get('name')).toBe('^p')
    const second = await demo.get(next.href)
    expect(list(second.body, 'servers').map(({ name }) => name)).toEqual(['p1'])
    expect(second.body).not.toHaveProperty('servers_links')
    const ascending = await demo.get(`${NOVA}/servers?sort_key=display_name&sort_dir=asc&name=p`)
    expect(list(ascending.body, 'servers').map(({ name }) => name)).toEqual(['p1', 'p2', 'p3'])
    expect((await demo.get(`${NOVA}/servers?marker=nope`)).status).toBe(400)
    expect((await demo.get(`${NOVA}/servers?limit=-1`)).status).toBe(400)
    expect((await demo.get(`${NOVA}/servers?nope=1`)).status).toBe(200)
    expect((await demo.get(`${NOVA}/servers?nope=1`, at('2.75'))).status).toBe(400)
    expect((await demo.get(`${NOVA}/servers?status=NOPE`, at('2.38'))).status).toBe(400)
    const since = new Date(Date.now() - 60_000).toISOString()
    for (const each of list((await demo.get(`${NOVA}/servers?name=^p`)).body, 'servers')) {
      await demo.delete(`${NOVA}/servers/${String(each.id)}`)
      await gone(demo, String(each.id))
    }
    const changed = await demo.get(`${NOVA}/servers/detail?name=^p&changes-since=${since}`)
    expect(list(changed.body, 'servers').map(({ status }) => status)).toEqual([
      'DELETED',
      'DELETED',
      'DELETED',
    ])
  })
})

describe('actions and sub-resources', () => {
  let id: string
  const act = (body: object, headers = {}) => demo.post(`${NOVA}/servers/${id}/action`, body, headers)
  const settled = (status: string) =>
    until(
      () => demo.get(`${NOVA}/servers/${id}`),
      ({ body }) =>
        pick(body, 'server', 'status') === status && pick(body, 'server', 'OS-EXT-STS:task_state') === null,
    )

  beforeAll(async () => {
    id = await createServer(demo, { name: 'worker' })
    expect((await act({ 'os-stop': null })).status).toBe(409)
    await built(demo, id)
  })
  afterAll(async () => {
    await demo.delete(`${NOVA}/servers/${id}`)
    await gone(demo, id)
  })

  it('stop, start and reboot', async () => {
    expect((await act({ 'os-start': null })).status).toBe(409)
    expect((await act({ 'os-stop': null })).status).toBe(202)
    await settled('SHUTOFF')
    expect((await act({ reboot: { type: 'SOFT' } })).status).toBe(409)
    expect((await act({ 'os-start': null })).status).toBe(202)
    await settled('ACTIVE')
    expect((await act({ reboot: { type: 'HARD' } })).status).toBe(202)
    await settled('ACTIVE')
    expect((await act({ fly: null })).status).toBe(400)
  })

  it('show a console log', async () => {
    const last = await act({ 'os-getConsoleOutput': { length: 1 } })
    expect(last.body).toEqual({ output: 'worker login: ' })
  })

  it('write metadata and tags', async () => {
    const path = `${NOVA}/servers/${id}/metadata`
    expect((await demo.post(path, { metadata: { a: '1', b: '2' } })).body).toEqual({
      metadata: { a: '1', b: '2' },
    })
    expect((await demo.put(path, { metadata: { b: '3' } })).body).toEqual({ metadata: { b: '3' } })
    expect((await demo.put(`${path}/c`, { meta: { c: '4' } })).status).toBe(200)
    expect((await demo.put(`${path}/c`, { meta: { d: '4' } })).status).toBe(400)
    expect((await demo.delete(`${path}/c`)).status).toBe(204)
    expect((await demo.delete(`${path}/c`)).status).toBe(404)
    const tags = `${NOVA}/servers/${id}/tags`
    expect((await demo.get(tags)).status).toBe(404)
    expect((await demo.ask('PUT', `${tags}/new`, undefined, at('2.26'))).status).toBe(201)
    expect((await demo.ask('PUT', `${tags}/new`, undefined, at('2.26'))).status).toBe(204)
    expect((await demo.get(tags, at('2.26'))).body).toEqual({ tags: ['new'] })
    expect((await demo.delete(`${tags}/old`, at('2.26'))).status).toBe(404)
  })

  it('attach and detach interfaces', async () => {
    const path = `${NOVA}/servers/${id}/os-interface`
    const attached = await demo.post(path, { interfaceAttachment: { net_id: network } })
    expect(attached.status).toBe(200)
    const port = String(pick(attached.body, 'interfaceAttachment', 'port_id'))
    expect(list((await demo.get(path)).body, 'interfaceAttachments')).toHaveLength(2)
    expect((await demo.post(path, { interfaceAttachment: { port_id: port } })).status).toBe(409)
    expect((await demo.delete(`${path}/${port}`)).status).toBe(202)
    await until(
      () => demo.get(path),
      ({ body }) => list(body, 'interfaceAttachments').length === 1,
    )
    expect((await demo.get(`${NEUTRON}/ports/${port}`)).status).toBe(404)
  })

  it('add and remove a security group, which cannot go while in use', async () => {
    const made = await demo.post(`${NEUTRON}/security-groups`, { security_group: { name: 'extra' } })
    const group = String(pick(made.body, 'security_group', 'id'))
    expect((await act({ addSecurityGroup: { name: 'extra' } })).status).toBe(202)
    const inUse = await demo.delete(`${NEUTRON}/security-groups/${group}`)
    expect(inUse.status).toBe(409)
    expect(pick(inUse.body, 'NeutronError', 'type')).toBe('SecurityGroupInUse')
    const shown = await demo.get(`${NOVA}/servers/${id}/os-security-groups`)
    expect(list(shown.body, 'security_groups').map(({ name }) => name)).toEqual(['default', 'extra'])
    expect((await act({ removeSecurityGroup: { name: 'extra' } })).status).toBe(202)
    expect((await act({ removeSecurityGroup: { name: 'extra' } })).status).toBe(404)
    expect((await demo.delete(`${NEUTRON}/security-groups/${group}`)).status).toBe(204)
  })

  it('make an image', async () => {
    const answer = await act({ createImage: { name: 'snap' } }, at('2.45'))
    const snapshot = String(pick(answer.body, 'image_id'))
    await until(
      () => demo.get(`${GLANCE}/images/${snapshot}`),
      ({ body }) => body.status === 'active',
    )
    expect((await demo.delete(`${GLANCE}/images/${snapshot}`)).status).toBe(204)
  })

  it('rename', async () => {
    const answer = await demo.put(`${NOVA}/servers/${id}`, { server: { name: 'artist' } }, at('2.90'))
    expect(pick(answer.body, 'server', 'name')).toBe('artist')
  })
})

describe('flavors, key pairs, zones and quotas', () => {
  it('lists flavors in pages', async () => {
    const first = await demo.get(`${NOVA}/flavors/detail?limit=4&minRam=1000`)
    expect(list(first.body, 'flavors').map(({ name }) => name)).toEqual([
      'm1.small',
      'm1.medium',
      'm1.large',
      'm1.xlarge',
    ])
    const second = await demo.get(String(pick(first.body, 'flavors_links', 0, 'href')))
    expect(list(second.body, 'flavors').map(({ name }) => name)).toEqual(['bfv.small'])
    expect((await demo.get(`${NOVA}/flavors/nope`)).status).toBe(404)
    expect((await demo.get(`${NOVA}/flavors/1/os-extra_specs`)).body).toEqual({ extra_specs: {} })
  })

  it('makes, imports and deletes key pairs', async () => {
    const path = `${NOVA}/os-keypairs`
    const made = await demo.post(path, { keypair: { name: 'made' } }, at('2.2'))
    expect(made.status).toBe(201)
    expect(pick(made.body, 'keypair', 'private_key')).toContain('BEGIN RSA PRIVATE KEY')
    expect((await demo.post(path, { keypair: { name: 'made' } })).status).toBe(409)
    const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOUvTMyOB9W3pwWCM7pNX6fZkL9bnNagwTkLN4HiHI7n someone'
    const imported = await demo.post(path, { keypair: { name: 'mine', public_key: key } }, at('2.92'))
    expect(pick(imported.body, 'keypair', 'fingerprint')).toBe(
      '28:ee:d2:06:0f:49:33:ab:2f:24:47:be:45:28:db:bf',
    )
    expect((await demo.post(path, { keypair: { name: 'x' } }, at('2.92'))).status).toBe(400)
    expect((await demo.delete(`${path}/made`)).status).toBe(202)
    expect((await demo.delete(`${path}/mine`, at('2.2'))).status).toBe(204)
    expect((await demo.delete(`${path}/mine`)).status).toBe(404)
  })

  it('lists zones', async () => {
    const answer = await demo.get(`${NOVA}/os-availability-zone`)
    expect(list(answer.body, 'availabilityZoneInfo').map(({ zoneName }) => zoneName)).toEqual([
      'az1',
      'az2',
      'az3',
    ])
  })

  it('enforces quotas with Nova’s texts', async () => {
    await using tight = await startEmbeddedOpenStack({ quotas: { instances: 1, cores: 1, ports: 1 } })
    const rest = await login(tight)
    const seed = await seedOf(rest)
    const body = (networks: unknown) => ({
      server: { name: 'q', flavorRef: '1', imageRef: seed.image, networks },
    })
    const ports = [{ uuid: seed.network }]
    const portless = await rest.post(`${NOVA}/servers`, body(ports), at('2.90'))
    // The router's own port fills the quota of demo.
    expect(portless.status).toBe(403)
    expect(pick(portless.body, 'forbidden', 'message')).toBe('Maximum number of ports exceeded')
    expect((await rest.post(`${NOVA}/servers`, body('none'), at('2.90'))).status).toBe(202)
    const over = await rest.post(`${NOVA}/servers`, body('none'), at('2.90'))
    expect(over.status).toBe(403)
    expect(pick(over.body, 'forbidden', 'message')).toBe(
      'Quota exceeded for cores, instances: Requested 1, 1, but already used 1, 1 of 1, 1 cores, instances',
    )
    const limits = await rest.get(`${NOVA}/limits`)
    expect(pick(limits.body, 'limits', 'absolute')).toMatchObject({
      maxTotalInstances: 1,
      totalInstancesUsed: 1,
    })
  })
})

describe('routes that are not there', () => {
  it('answer as webob does', async () => {
    expect((await demo.get(`${NOVA}/nope`)).body).toMatchObject({ code: '404 Not Found', title: 'Not Found' })
    const html = await demo.get(`${NOVA}/nope`, { accept: 'text/html' })
    expect(html.text).toContain('<h1>404 Not Found</h1>')
    expect((await demo.ask('PATCH', `${NOVA}/servers`, {})).status).toBe(404)
    const foreign = await demo.get(`${NOVA}/00000000000000000000000000000000/servers`)
    expect(foreign.status).toBe(400)
  })
})
