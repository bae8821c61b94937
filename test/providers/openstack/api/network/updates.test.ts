import { ConflictError, NotValidError, QuotaExceededError } from 'cloud-environs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { faultOf } from '../../../../../providers/openstack/api/index.ts'
import { CloudDouble, failure } from '../cloud-double.ts'

let cloud: CloudDouble
beforeEach(async () => {
  cloud = await CloudDouble.start()
})
afterEach(() => cloud[Symbol.asyncDispose]())

const base = '/network/v2.0'
const port = { id: 'p', network_id: 'n', mac_address: 'fa:16:3e:00:00:01', revision_number: 7 }
const refuse = (status: number, type: string, message: string) => {
  cloud.handler = ({ path }) =>
    path.startsWith(base) ? { status, json: { NeutronError: { type, message, detail: '' } } } : undefined
}

describe('an update', () => {
  test('of a port goes out under the names of Neutron', async () => {
    cloud.handler = ({ path }) => (path === `${base}/ports/p` ? { json: { port } } : undefined)
    const allowedAddressPairs = [{ ipAddress: '10.0.0.0/8', macAddress: 'fa:16:3e:00:00:02' }]
    const client = cloud.connect().network.ports
    const updated = await client.update('p', { allowedAddressPairs, vnicType: 'direct', dnsName: 'web' })
    expect(updated).toMatchObject({ revisionNumber: 7, vnicType: 'normal', hostId: undefined })
    const [request] = cloud.requests('PUT')
    expect(request?.headers['if-match']).toBeUndefined()
    expect(request?.body).toEqual({
      port: {
        allowed_address_pairs: [{ ip_address: '10.0.0.0/8', mac_address: 'fa:16:3e:00:00:02' }],
        'binding:vnic_type': 'direct',
        dns_name: 'web',
      },
    })
  })

  test('can be bound to a revision, and then is not repeated', async () => {
    const { ports } = cloud.connect().network
    refuse(412, 'RevisionNumberConstraintFailed', 'Constrained to 7, but current revision is 8')
    const error = await failure(ports.update('p', { name: 'x' }, { revisionNumber: 7 }))
    expect(error).toBeInstanceOf(ConflictError)
    expect(error).toMatchObject({ status: 412, hint: expect.stringContaining('read it again') })
    expect(cloud.requests('PUT')[0]?.headers['if-match']).toBe('revision_number=7')
    cloud.handler = ({ method }) => (method === 'PUT' ? { status: 503, json: {} } : undefined)
    await failure(ports.update('p', { name: 'x' }, { revisionNumber: 7 }))
    expect(cloud.requests('PUT')).toHaveLength(2)
  })

  test('of a router sets its gateway and its routes, and reads them back', async () => {
    const router = {
      id: 'r',
      external_gateway_info: {
        network_id: 'n',
        enable_snat: true,
        external_fixed_ips: [{ subnet_id: 's', ip_address: '172.24.0.5' }],
      },
      routes: [{ destination: '10.9.0.0/24', nexthop: '10.0.0.9' }],
    }
    cloud.handler = ({ path }) => (path === `${base}/routers/r` ? { json: { router } } : undefined)
    const { routers } = cloud.connect().network
    const updated = await routers.update('r', {
      externalGatewayInfo: { networkId: 'n', externalFixedIps: [{ subnetId: 's' }] },
      routes: router.routes,
    })
    expect(cloud.requests('PUT')[0]?.body).toEqual({
      router: {
        external_gateway_info: { network_id: 'n', external_fixed_ips: [{ subnet_id: 's' }] },
        routes: router.routes,
      },
    })
    expect(updated).toMatchObject({
      externalGatewayInfo: {
        networkId: 'n',
        enableSnat: true,
        externalFixedIps: [{ subnetId: 's', ipAddress: '172.24.0.5' }],
      },
      routes: router.routes,
    })
  })
})

describe('a router', () => {
  test('tells which port it was given, and is parted from what it has not', async () => {
    const path = `${base}/routers/r/add_router_interface`
    cloud.handler = (request) =>
      request.path === path ? { json: { id: 'r', port_id: 'p', subnet_id: 's' } } : undefined
    const { routers } = cloud.connect().network
    expect(await routers.addInterface('r', { portId: 'p' })).toEqual({ portId: 'p', subnetId: 's' })
    refuse(404, 'RouterInterfaceNotFound', 'Router r does not have an interface with id s')
    expect(await routers.removeInterface('r', { subnetId: 's' })).toBe(false)
    refuse(409, 'RouterInterfaceInUseByFloatingIP', 'Router interface for subnet s cannot be deleted')
    expect(await failure(routers.removeInterface('r', { subnetId: 's' }))).toMatchObject({
      code: 'CONFLICT',
      hint: expect.stringContaining('floating IPs'),
    })
  })
})

describe('a refusal', () => {
  test.each([
    [409, 'NetworkInUse', 'delete the ports'],
    [409, 'SubnetInUse', 'delete the ports'],
    [409, 'RouterInUse', 'remove the interfaces'],
    [409, 'SecurityGroupInUse', 'take the security group off'],
    [409, 'IpAddressGenerationFailure', 'add a subnet'],
    [409, 'FloatingIPPortAlreadyAssociated', 'has already'],
    [404, 'ExternalGatewayForFloatingIPNotFound', 'router whose gateway'],
  ])('%i %s is a conflict that says what to do', async (status, type, hint) => {
    refuse(status, type, `said by ${type}`)
    const error = await failure(cloud.connect().network.ports.create({ networkId: 'n' }))
    expect(error).toBeInstanceOf(ConflictError)
    expect(error).toMatchObject({
      hint: expect.stringContaining(hint),
      message: expect.stringContaining(type),
    })
    expect(faultOf(error)).toBe(type)
    expect(cloud.requests('POST')).toHaveLength(1)
  })

  test('over a quota says so', async () => {
    refuse(409, 'OverQuota', "Quota exceeded for resources: ['port'].")
    const { ports } = cloud.connect().network
    const error = await failure(ports.createMany([{ networkId: 'n' }, { networkId: 'n' }]))
    expect(error).toBeInstanceOf(QuotaExceededError)
  })
})

test('what leads a path elsewhere is no id', async () => {
  const { ports } = cloud.connect().network
  for (const id of ['', '.', '..', 'a\nb']) {
    expect(await failure(ports.delete(id))).toBeInstanceOf(NotValidError)
    expect(await failure(ports.get(id))).toBeInstanceOf(NotValidError)
  }
  expect(cloud.received).toHaveLength(0)
})

test('floating IPs of many ports are one request, each with its port', async () => {
  const floatingip = {
    id: 'f',
    floating_ip_address: '172.24.0.9',
    floating_network_id: 'n',
    port_id: 'a',
    port_details: {
      name: '',
      network_id: 'm',
      mac_address: 'x',
      device_id: 's',
      device_owner: 'compute:az1',
    },
  }
  cloud.handler = ({ path }) =>
    path === `${base}/floatingips` ? { json: { floatingips: [floatingip] } } : undefined
  const found = await cloud.connect().network.floatingIps.all({ portId: ['a', 'b'] })
  expect(found).toMatchObject([
    { portId: 'a', portDetails: { networkId: 'm', deviceId: 's', deviceOwner: 'compute:az1' } },
  ])
  expect(cloud.requests().map(({ query }) => query)).toEqual(['port_id=a&port_id=b'])
})
