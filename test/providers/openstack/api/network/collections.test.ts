import { afterEach, beforeEach, expect, test } from 'vitest'
import { CloudDouble, failure } from '../cloud-double.ts'

let cloud: CloudDouble
beforeEach(async () => {
  cloud = await CloudDouble.start()
})
afterEach(() => cloud[Symbol.asyncDispose]())

const port = {
  id: 'p',
  network_id: 'n',
  mac_address: 'fa:16:3e:00:00:01',
  fixed_ips: [{ subnet_id: 's', ip_address: '10.0.0.4' }],
  device_id: '',
}
const rule = {
  id: 'r',
  security_group_id: 'g',
  direction: 'ingress',
  ethertype: 'IPv4',
  protocol: 'tcp',
  port_range_min: 22,
  port_range_max: 22,
  remote_ip_prefix: null,
}
const answer = (method: string, path: string, json: unknown, status = 200) => {
  cloud.handler = (request) =>
    request.method === method && request.path === `/network/v2.0${path}` ? { status, json } : undefined
}

test("filters go out under Neutron's names: several values are several keys, and tags one", async () => {
  answer('GET', '/ports', { ports: [port] })
  const query = { deviceId: ['a', 'b'], fixedIps: 'ip_address=10.0.0.4', tags: ['x', 'y'], tagsAny: 'z' }
  expect(await cloud.connect().network.ports.all(query)).toMatchObject([
    {
      id: 'p',
      networkId: 'n',
      fixedIps: [{ subnetId: 's', ipAddress: '10.0.0.4' }],
      portSecurityEnabled: true,
    },
  ])
  expect(cloud.requests()[0]?.query).toBe(
    'device_id=a&device_id=b&fixed_ips=ip_address%3D10.0.0.4&tags=x%2Cy&tags-any=z',
  )
})

test('external networks are found by their odd name', async () => {
  answer('GET', '/networks', {
    networks: [{ id: 'n', 'router:external': true, port_security_enabled: false }],
  })
  expect(await cloud.connect().network.networks.all({ external: true })).toMatchObject([
    { id: 'n', external: true, portSecurityEnabled: false },
  ])
  expect(cloud.requests()[0]?.query).toBe('router%3Aexternal=true')
})

test('a create is sent at every depth under the names of Neutron', async () => {
  answer('POST', '/ports', { port }, 201)
  await cloud.connect().network.ports.create({
    networkId: 'n',
    fixedIps: [{ subnetId: 's' }],
    allowedAddressPairs: [{ ipAddress: '0.0.0.0/0' }],
    vnicType: 'direct',
  })
  expect(cloud.requests()[0]?.body).toEqual({
    port: {
      network_id: 'n',
      fixed_ips: [{ subnet_id: 's' }],
      allowed_address_pairs: [{ ip_address: '0.0.0.0/0' }],
      'binding:vnic_type': 'direct',
    },
  })
})

test('many rules are one request', async () => {
  answer('POST', '/security-group-rules', { security_group_rules: [rule, { ...rule, id: 'r2' }] }, 201)
  const { securityGroupRules } = cloud.connect().network
  const create = { securityGroupId: 'g', direction: 'ingress', etherType: 'IPv4', protocol: 'tcp' } as const
  const made = await securityGroupRules.createMany([create, create])
  expect(made.map(({ id }) => id)).toEqual(['r', 'r2'])
  expect(made[0]).toMatchObject({ etherType: 'IPv4', portRangeMin: 22, remoteIpPrefix: undefined })
  expect(await securityGroupRules.createMany([])).toEqual([])
  expect(cloud.requests()).toHaveLength(1)
  expect(cloud.requests()[0]?.body).toMatchObject({ security_group_rules: [{ ethertype: 'IPv4' }, {}] })
})

test('a group comes with its rules', async () => {
  answer('GET', '/security-groups/g', {
    security_group: { id: 'g', name: 'x', security_group_rules: [rule] },
  })
  expect(await cloud.connect().network.securityGroups.get('g')).toMatchObject({
    rules: [{ id: 'r', direction: 'ingress', protocol: 'tcp' }],
  })
})

test('null clears, and what is not given stays', async () => {
  const floatingip = { id: 'f', floating_ip_address: '1.2.3.4', floating_network_id: 'n', port_id: null }
  answer('PUT', '/floatingips/f', { floatingip })
  const updated = await cloud
    .connect()
    .network.floatingIps.update('f', { portId: null, description: undefined })
  expect(updated.portId).toBeUndefined()
  expect(cloud.requests()[0]?.body).toEqual({ floatingip: { port_id: null } })
})

test('ids cannot lead elsewhere', async () => {
  await failure(cloud.connect().network.ports.get('..?x#y%2F'))
  expect(cloud.requests()[0]?.path).toBe('/network/v2.0/ports/..%3Fx%23y%252F')
})

test('joining a router is not repeated when it may have happened', async () => {
  cloud.handler = ({ method }) => (method === 'PUT' ? { status: 503, json: {} } : undefined)
  await failure(cloud.connect().network.routers.addInterface('r', { subnetId: 's' }))
  expect(cloud.requests('PUT')).toHaveLength(1)
  expect(cloud.requests('PUT')[0]?.body).toEqual({ subnet_id: 's' })
})
