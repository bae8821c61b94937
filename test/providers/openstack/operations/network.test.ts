import {
  ConflictError,
  ForbiddenError,
  NotFoundError,
  NotSupportedError,
  NotValidError,
} from 'cloud-environs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  faultOf,
  type Network,
  type OpenStackConnection,
  type Subnet,
} from '../../../../providers/openstack/api/index.ts'
import { failure } from '../api/cloud-double.ts'
import { atTheEnd, type Clients, startClients } from './clients.ts'

let clients: Clients
let demo: OpenStackConnection['network']
let external: Network

beforeAll(async () => {
  clients = await startClients()
  demo = clients.demo.network
  const found = await demo.networks.all({ external: true })
  if (!found[0]) throw new Error('no external network')
  external = found[0]
})
afterAll(() => clients.close())

async function makeNetwork(cidr: string): Promise<{ network: Network; subnet: Subnet }> {
  const network = await demo.networks.create({ name: clients.prefix })
  atTheEnd(() => demo.networks.delete(network.id))
  const subnet = await demo.subnets.create({ networkId: network.id, cidr, ipVersion: 4 })
  return { network, subnet }
}

async function makePort(networkId: string, over: object = {}) {
  const port = await demo.ports.create({ networkId, name: clients.prefix, ...over })
  atTheEnd(() => demo.ports.delete(port.id))
  return port
}

const caught = async (promise: Promise<unknown>) => {
  const error = await failure(promise)
  return [error instanceof Error && 'status' in error ? error.status : undefined, faultOf(error)]
}

describe('tags', () => {
  it.each(['networks', 'subnets', 'ports', 'routers', 'securityGroups', 'floatingIps'] as const)(
    'of %s are set, looked for and filtered by',
    async (kind) => {
      const { network, subnet } = await makeNetwork('10.91.0.0/24')
      const ids = {
        networks: async () => network.id,
        subnets: async () => subnet.id,
        ports: async () => (await makePort(network.id)).id,
        routers: async () => (await demo.routers.create({ name: clients.prefix })).id,
        securityGroups: async () => (await demo.securityGroups.create({ name: clients.prefix })).id,
        floatingIps: async () => (await demo.floatingIps.create({ floatingNetworkId: external.id })).id,
      }
      const client = demo[kind]
      const id = await ids[kind]()
      atTheEnd(() => client.delete(id))
      expect(await client.replaceTags(id, ['a', 'b'])).toHaveLength(2)
      await client.addTag(id, 'c d')
      await client.addTag(id, 'c d')
      expect([...(await client.tags(id))].sort()).toEqual(['a', 'b', 'c d'])
      expect([await client.hasTag(id, 'a'), await client.hasTag(id, 'z')]).toEqual([true, false])
      const found = async (query: object) => (await client.all({ id, ...query })).length
      expect(await found({ tags: ['a', 'b'] })).toBe(1)
      expect(await found({ tags: ['a', 'z'] })).toBe(0)
      expect(await found({ tagsAny: ['a', 'z'] })).toBe(1)
      expect(await found({ notTags: ['a', 'z'] })).toBe(1)
      expect(await found({ notTags: ['a', 'b'] })).toBe(0)
      expect(await found({ notTagsAny: ['a', 'z'] })).toBe(0)
      expect([await client.removeTag(id, 'a'), await client.removeTag(id, 'a')]).toEqual([true, false])
      await client.clearTags(id)
      expect((await client.get(id)).tags).toEqual([])
      await client.delete(id)
      expect(await failure(client.hasTag(id, 'a'))).toBeInstanceOf(NotFoundError)
    },
  )

  it('of what is another project’s are not there', async () => {
    const { network } = await makeNetwork('10.91.0.0/24')
    expect(await failure(clients.alt.network.networks.addTag(network.id, 'a'))).toBeInstanceOf(NotFoundError)
  })
})

describe('ports', () => {
  it('are made many at once, all or none', async () => {
    const { network } = await makeNetwork('10.92.0.0/29')
    const create = { networkId: network.id, name: clients.prefix }
    const made = await demo.ports.createMany([create, create])
    for (const { id } of made) atTheEnd(() => demo.ports.delete(id))
    expect(made).toHaveLength(2)
    const many = Array.from({ length: 5 }, () => create)
    expect(await caught(demo.ports.createMany(many))).toEqual([409, 'IpAddressGenerationFailure'])
    expect(await demo.ports.all({ networkId: network.id, name: clients.prefix })).toHaveLength(2)
  })

  it('take address pairs, with the port’s MAC address unless another is given', async () => {
    const { network } = await makeNetwork('10.92.0.0/24')
    const port = await makePort(network.id, { allowedAddressPairs: [{ ipAddress: '10.0.0.0/8' }] })
    expect(port.allowedAddressPairs).toEqual([{ ipAddress: '10.0.0.0/8', macAddress: port.macAddress }])
    const pair = (ipAddress: string) => ({ allowedAddressPairs: [{ ipAddress }, { ipAddress: '1.2.3.4' }] })
    expect(await caught(demo.ports.update(port.id, pair('1.2.3.4')))).toEqual([
      400,
      'DuplicateAddressPairInRequest',
    ])
    expect(await failure(demo.ports.update(port.id, pair('nothing')))).toBeInstanceOf(NotValidError)
    expect(await caught(demo.ports.update(port.id, { portSecurityEnabled: false }))).toContain(409)
    const open = { portSecurityEnabled: false, securityGroups: [], allowedAddressPairs: [] }
    expect(await demo.ports.update(port.id, open)).toMatchObject({ portSecurityEnabled: false })
    expect(await caught(demo.ports.update(port.id, pair('1.2.3.5')))).toEqual([
      409,
      'AddressPairAndPortSecurityRequired',
    ])
  })

  it('are of a kind that there is, and changed only at the revision that was read', async () => {
    const { network } = await makeNetwork('10.92.0.0/24')
    const port = await makePort(network.id, { vnicType: 'direct' })
    expect(port.vnicType).toBe('direct')
    expect(await failure(demo.ports.update(port.id, { vnicType: 'odd' }))).toBeInstanceOf(NotValidError)
    const { revisionNumber } = await demo.ports.get(port.id)
    await demo.ports.update(port.id, { description: 'mine' }, { revisionNumber })
    const late = demo.ports.update(port.id, { description: 'theirs' }, { revisionNumber })
    expect(await caught(late)).toEqual([412, 'RevisionNumberConstraintFailed'])
    expect((await demo.ports.get(port.id)).description).toBe('mine')
  })

  it('have a name in the DNS where the cloud has the extension, and are refused one elsewhere', async () => {
    const { network } = await makeNetwork('10.92.0.0/24')
    const port = await makePort(network.id)
    const update = () => demo.ports.update(port.id, { dnsName: 'web' })
    if (await demo.extensions.has('dns-integration')) expect((await update()).dnsName).toBe('web')
    else expect(await failure(update())).toBeInstanceOf(NotValidError)
  })
})

describe('routers and floating IPs', () => {
  it('lead to a port, and stay while something needs them', async () => {
    const { network, subnet } = await makeNetwork('10.93.0.0/24')
    const router = await demo.routers.create({ name: clients.prefix })
    atTheEnd(() => demo.routers.delete(router.id))
    const port = await makePort(network.id)
    const lead = { floatingNetworkId: external.id, portId: port.id, description: clients.prefix }

    const unreachable = await failure(demo.floatingIps.create(lead))
    expect(unreachable).toBeInstanceOf(ConflictError)
    expect(faultOf(unreachable)).toBe('ExternalGatewayForFloatingIPNotFound')

    const added = await demo.routers.addInterface(router.id, { subnetId: subnet.id })
    atTheEnd(() => demo.routers.removeInterface(router.id, { subnetId: subnet.id }))
    expect(await demo.ports.all({ deviceId: router.id })).toMatchObject([{ id: added.portId }])
    expect(await failure(demo.routers.addInterface(router.id, { subnetId: subnet.id }))).toBeInstanceOf(
      NotValidError,
    )
    expect(await caught(demo.ports.delete(added.portId))).toEqual([409, 'ServicePortInUse'])
    expect(await caught(demo.routers.delete(router.id))).toEqual([409, 'RouterInUse'])
    expect(await caught(demo.subnets.delete(subnet.id))).toEqual([409, 'SubnetInUse'])
    expect(await caught(demo.networks.delete(network.id))).toEqual([409, 'NetworkInUse'])

    const externalGatewayInfo = { networkId: external.id }
    const routes = [{ destination: '10.94.0.0/24', nexthop: '10.93.0.9' }]
    const routed = await demo.routers.update(router.id, { externalGatewayInfo, routes })
    expect(routed).toMatchObject({
      externalGatewayInfo: { networkId: external.id, enableSnat: true },
      routes,
    })
    const astray = [{ destination: '10.94.0.0/24', nexthop: '10.99.0.9' }]
    expect(await caught(demo.routers.update(router.id, { routes: astray }))).toEqual([400, 'InvalidRoutes'])
    const hidden = { externalGatewayInfo: { ...externalGatewayInfo, enableSnat: false } }
    expect(await failure(demo.routers.update(router.id, hidden))).toBeInstanceOf(ForbiddenError)
    await demo.routers.update(router.id, { routes: [] })

    const [address] = port.fixedIps
    const floatingIp = await demo.floatingIps.create({ ...lead, fixedIpAddress: address?.ipAddress })
    atTheEnd(() => demo.floatingIps.delete(floatingIp.id))
    expect(floatingIp).toMatchObject({ portId: port.id, description: clients.prefix, routerId: router.id })
    expect(floatingIp.portDetails).toMatchObject({ networkId: network.id, macAddress: port.macAddress })
    expect(await caught(demo.floatingIps.create(lead))).toEqual([409, 'FloatingIPPortAlreadyAssociated'])
    expect(await demo.floatingIps.all({ portId: [port.id, added.portId] })).toMatchObject([
      { id: floatingIp.id },
    ])
    const part = demo.routers.removeInterface(router.id, { subnetId: subnet.id })
    expect(await caught(part)).toEqual([409, 'RouterInterfaceInUseByFloatingIP'])
    expect(await caught(demo.routers.update(router.id, { externalGatewayInfo: null }))).toEqual([
      409,
      'RouterExternalGatewayInUseByFloatingIp',
    ])

    expect(await demo.floatingIps.update(floatingIp.id, { portId: null })).toMatchObject({
      portId: undefined,
    })
    const lost = demo.floatingIps.update(floatingIp.id, { fixedIpAddress: '10.93.0.7' })
    expect(await failure(lost)).toBeInstanceOf(NotValidError)
    const closed = await demo.routers.update(router.id, { externalGatewayInfo: null })
    expect(closed.externalGatewayInfo).toBeUndefined()
    expect(await demo.routers.removeInterface(router.id, { subnetId: subnet.id })).toBe(true)
    expect(await demo.routers.removeInterface(router.id, { subnetId: subnet.id })).toBe(false)
  })

  it('come from a subnet of the external network, and from no other', async () => {
    const { subnet } = await makeNetwork('10.93.0.0/24')
    const from = (subnetId: string | undefined) =>
      demo.floatingIps.create({ floatingNetworkId: external.id, subnetId })
    const floatingIp = await from(external.subnets[0])
    atTheEnd(() => demo.floatingIps.delete(floatingIp.id))
    expect(await failure(from(subnet.id))).toBeInstanceOf(NotValidError)
  })
})

describe('quotas', () => {
  it('are shown with their use, and changed by an administrator alone', async () => {
    const { project } = await clients.demo.identity.authenticate()
    const id = project?.id ?? ''
    const { quotas } = clients.admin.network
    const before = (await demo.quotas.details()).network?.used ?? 0
    await makeNetwork('10.95.0.0/24')
    expect((await demo.quotas.details()).network?.used).toBe(before + 1)

    expect(await failure(demo.quotas.update(id, { network: 1 }))).toBeInstanceOf(ForbiddenError)
    expect(await failure(clients.alt.network.quotas.get(id))).toBeInstanceOf(ForbiddenError)
    expect(await failure(clients.alt.network.quotas.details(id))).toBeInstanceOf(ForbiddenError)

    atTheEnd(() => quotas.reset(id))
    expect(await quotas.update(id, { network: before + 1, router: null })).toMatchObject({
      network: before + 1,
    })
    expect(await demo.quotas.get()).toMatchObject({ network: before + 1 })
    expect((await demo.quotas.get()).router).toBeUndefined()
    expect(await demo.quotas.defaults()).not.toMatchObject({ network: before + 1 })
    expect(await caught(demo.networks.create({ name: clients.prefix }))).toEqual([409, 'OverQuota'])
    expect(await failure(quotas.update(id, { network: -5 }))).toBeInstanceOf(NotValidError)
    expect([await quotas.reset(id), await quotas.reset(id)]).toEqual([true, false])
  })
})

describe('what the cloud has', () => {
  it('are extensions and zones', async () => {
    expect(await demo.extensions.has('standard-attr-tag')).toBe(true)
    expect(await demo.extensions.has('no-such-thing')).toBe(false)
    expect(await demo.extensions.get('quotas')).toMatchObject({ alias: 'quotas' })
    expect(await failure(demo.extensions.get('no-such-thing'))).toBeInstanceOf(NotSupportedError)
    const zones = await demo.availabilityZones.all()
    expect(zones).toContainEqual({ name: 'az1', resource: 'network', available: true })
    const network = await demo.networks.create({ name: clients.prefix, availabilityZoneHints: ['az1'] })
    atTheEnd(() => demo.networks.delete(network.id))
    expect(network.availabilityZoneHints).toEqual(['az1'])
    expect(await caught(demo.networks.create({ availabilityZoneHints: ['nowhere'] }))).toEqual([
      404,
      'AvailabilityZoneNotFound',
    ])
  })
})
