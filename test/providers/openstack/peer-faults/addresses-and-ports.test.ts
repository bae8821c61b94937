/** What other clients leak, grab or delete of the network: addresses, ports, groups. */

import { ConflictError, findError, QuotaExceededError } from 'cloud-environs'
import { describe, expect, test } from 'vitest'
import {
  floatingIps,
  type OpenStackConnection,
  publicIpv4,
} from '../../../../providers/openstack/api/index.ts'
import { failure } from '../api/cloud-double.ts'
import { embedded, embeddedModel, plainServer } from './embedded-model.ts'

const withAddress = { constraints: { allocatePublicIp: true } }
const network = async ({ network: { networks } }: OpenStackConnection, name: string) => {
  const [found] = await networks.all({ name })
  return { id: found?.id ?? '', subnet: found?.subnets[0] ?? '' }
}
const neutronFault = (status: number, type: string) => ({
  status,
  body: { NeutronError: { type, message: `${type} it is`, detail: '' } },
})

describe('floating IPs', () => {
  test('cluster-api-provider-openstack#1632, #1827: more and more are made where none can be reached', async () => {
    const { cloud, connection, environ, start } = await embeddedModel()
    const [router] = await connection.network.routers.all({ name: 'router1' })
    await connection.network.routers.update(router?.id ?? '', { externalGatewayInfo: null })
    expect(await failure(start(withAddress))).toMatchObject({
      message: expect.stringContaining('no router leads from network "private"'),
    })
    expect(cloud.requests.count('POST', /\/(floatingips|servers|ports)$/)).toBe(0)
    expect(await environ.allInstances()).toEqual([])
  })

  test('SovereignCloudStack#179, magnum-cluster-api#289: one stays when it cannot be associated', async () => {
    const { cloud, start } = await embeddedModel()
    cloud.faults.add({
      method: 'POST',
      path: /\/floatingips$/,
      action: neutronFault(409, 'FloatingIPPortAlreadyAssociated'),
    })
    expect(findError(await failure(start(withAddress)), ConflictError)).toBeDefined()
    expect(cloud.inventory()['demo']).toMatchObject({ servers: [], floatingIps: [], ports: [] })
  })

  test('kubermatic/machine-controller#313, hashicorp/packer#4551, vagrant-openstack-provider#86: a free one is looked for and taken, by two at once', async () => {
    const { cloud, connection, start } = await embeddedModel()
    const { id: floatingNetworkId } = await network(connection, 'public')
    const free = await connection.network.floatingIps.create({ floatingNetworkId })
    cloud.requests.clear()
    const machines = await Promise.all([start(withAddress), start(withAddress)])
    expect(cloud.requests.count('POST', /\/floatingips$/)).toBe(2)
    expect(cloud.requests.count('PUT', /\/floatingips\//)).toBe(0)
    const [a, b] = await Promise.all(
      machines.map(async ({ instance }) => (await instance.addresses())[0]?.value),
    )
    expect(a).not.toBe(b)
    expect((await connection.network.floatingIps.get(free.id)).portId).toBeUndefined()
  })

  test('cluster-api-provider-openstack#668, #1615, rancher#23094: one that somebody else gave the machine is deleted with it', async () => {
    const { cloud, connection, environ, start } = await embeddedModel()
    const { instance } = await start()
    const { id: floatingNetworkId } = await network(connection, 'public')
    const [port] = await connection.network.ports.all({ deviceId: instance.id })
    const given = await connection.network.floatingIps.create({ floatingNetworkId, portId: port?.id })
    await environ.stopInstances([instance.id])
    expect(cloud.inventory()['demo']?.floatingIps).toEqual([
      { id: given.id, address: given.floatingIpAddress },
    ])
  })

  test('cluster-api-provider-openstack#621, #2073: a policy that forbids to delete one keeps all the rest', async () => {
    const { cloud, environ, start } = await embeddedModel()
    const { instance } = await start(withAddress)
    const forbidden = cloud.faults.add({
      method: 'DELETE',
      path: /\/floatingips\//,
      action: neutronFault(403, 'PolicyNotAuthorized'),
    })
    await environ.stopInstances([instance.id])
    expect(forbidden.hits).toBe(1)
    expect(cloud.inventory()['demo']).toMatchObject({
      servers: [],
      ports: [],
      securityGroups: [{ name: expect.not.stringMatching(/-0$/) }],
    })
  })

  test('ansible#35392, saltstack#46663: one is asked for and waited for in Nova’s addresses, which hear of it late', async () => {
    const { cloud, start } = await embeddedModel()
    cloud.requests.clear()
    const { instance } = await start(withAddress)
    const [address] = await instance.addresses()
    expect(address?.scope).toBe('public')
    const after = cloud.requests.entries.findIndex(({ path }) => path.endsWith('/floatingips'))
    expect(cloud.requests.entries.slice(after + 1).filter(({ path }) => path.includes('/servers'))).toEqual(
      [],
    )
  })

  test('ansible#57451: any public address is taken for one', () => {
    const addresses = { lan: [{ address: '203.0.113.9', version: 4, type: 'fixed' }] } as const
    expect(floatingIps({ addresses })).toEqual([])
    expect(publicIpv4({ addresses })).toBe('203.0.113.9')
  })

  test('pkgcloud#164, #534: they are asked for in Nova, which has none any more', async () => {
    const { cloud, connection } = await embedded()
    await connection.network.floatingIps.all()
    expect(cloud.requests.entries.at(-1)?.path).toMatch(/^\/network\/v2.0\/floatingips/)
  })
})

describe('ports', () => {
  const onSubnet = async (connection: OpenStackConnection) => ({
    subnetsToZones: [new Map([[(await network(connection, 'private')).subnet, []]])],
  })

  test('cluster-api-provider-openstack#1404, #1062: they stay when the quota is used up after they were made', async () => {
    const { cloud, connection, start } = await embeddedModel({ quotas: { instances: 0 } })
    // Not known beforehand.
    cloud.faults.add({ path: /\/limits$/, action: { status: 403 } })
    expect(findError(await failure(start(await onSubnet(connection))), QuotaExceededError)).toBeDefined()
    expect(cloud.requests.count('POST', /\/ports$/)).toBe(1)
    expect(cloud.inventory()['demo']).toMatchObject({ ports: [], servers: [] })
  })

  test.each([
    ['the flavor', { constraints: { instanceType: 'm9.huge' } }],
    ['the image', { constraints: { imageId: '00000000-0000-0000-0000-000000000000' } }],
  ])(
    'cluster-api-provider-openstack#1085, #723: they are made before %s is found to be missing',
    async (_, more) => {
      const { cloud, connection, start } = await embeddedModel()
      await failure(start({ ...(await onSubnet(connection)), ...more }))
      expect(cloud.requests.count('POST', /\/(ports|servers|security-groups)$/)).toBe(0)
    },
  )

  test('cluster-api-provider-openstack#834, #2576: one of the same name is used, and deleted', async () => {
    const { connection, environ, start } = await embeddedModel()
    const { instance } = await start(await onSubnet(connection))
    const [own] = await connection.network.ports.all({ deviceId: instance.id })
    const { id: networkId } = await network(connection, 'private')
    const other = await connection.network.ports.create({ networkId, name: own?.name })
    await environ.stopInstances([instance.id])
    expect((await connection.network.ports.all({ name: own?.name })).map(({ id }) => id)).toEqual([other.id])
  })
})

describe('security groups', () => {
  test('juju#17568, bosh#644, ansible#26634: those that only resemble the machine’s own are deleted with it', async () => {
    const { connection, environ, start } = await embeddedModel()
    const { instance } = await start()
    const { securityGroups } = connection.network
    const own = (await securityGroups.all()).map(({ name }) => name).find((name) => name.endsWith('-0'))
    const others = await Promise.all(
      [`${own}0`, `${own}-x`, `x${own}`].map((name) => securityGroups.create({ name })),
    )
    await environ.stopInstances([instance.id])
    const names = (await securityGroups.all()).map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(others.map(({ name }) => name)))
    expect(names).not.toContain(own)
  })

  test('juju#20513, ManageIQ#1063: a name stands for any of several groups', async () => {
    const { connection, start } = await embeddedModel()
    await start()
    const { securityGroups, ports } = connection.network
    const own = (await securityGroups.all()).find(({ name }) => name.endsWith('-0'))
    await securityGroups.create({ name: own?.name ?? '' })
    const { instance } = await start()
    const [port] = await ports.all({ deviceId: instance.id })
    const all = await securityGroups.all()
    expect(port?.securityGroups.map((id) => all.filter((group) => group.id === id).length)).toEqual([1, 1])
  })

  test('juju#19954, bosh-openstack-cpi-release#231: a network without port security takes no machine', async () => {
    const open = { name: 'private', portSecurityEnabled: false, subnets: [{ cidr: '10.1.0.0/24' }] }
    const { connection, start } = await embeddedModel({ networks: [open] })
    const { instance } = await start()
    const [port] = await connection.network.ports.all({ deviceId: instance.id })
    expect(port?.securityGroups).toEqual([])
  })
})

describe('networks and zones', () => {
  test('pkgcloud#520, pulumi-openstack#211: of several networks one is taken, or the cloud’s words are lost', async () => {
    const { connection } = await embedded()
    const { networks, subnets } = connection.network
    const { id: networkId } = await networks.create({ name: 'second' })
    await subnets.create({ networkId, cidr: '10.77.0.0/24', ipVersion: 4 })
    const { image, flavor } = await plainServer(connection)
    expect(await failure(connection.compute.servers.create({ name: 's', image, flavor }))).toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('Multiple possible networks found'),
    })
  })

  test('cluster-api-provider-openstack#1649, cloud-provider-openstack#1124: Nova’s zones are taken for Cinder’s and Neutron’s', async () => {
    const { cloud, connection } = await embedded()
    await connection.compute.availabilityZones.all()
    await connection.blockStorage.availabilityZones.all()
    await connection.network.availabilityZones.all()
    expect(cloud.requests.entries.slice(-3).map(({ path }) => path.split('/')[1])).toEqual([
      'compute',
      'volume',
      'network',
    ])
  })
})

test('openshift/installer#3177: user data goes out in any form, and too much of it is only known by a proxy’s 413', async () => {
  const { cloud, connection } = await embedded()
  const plain = await plainServer(connection)
  const { servers } = connection.compute
  cloud.requests.clear()
  expect(await failure(servers.create({ name: 's', ...plain, userData: 'a'.repeat(65_536) }))).toMatchObject({
    code: 'NOT_VALID',
    message: expect.stringContaining('65536 characters in base64'),
  })
  expect(await failure(servers.create({ name: 's', ...plain, userData: '#cloud-config\n' }))).toMatchObject({
    code: 'NOT_VALID',
    message: expect.stringContaining('not base64'),
  })
  expect(cloud.requests.length).toBe(0)
  const html = '<html><h1>413 Request Entity Too Large</h1></html>'
  cloud.faults.add({ method: 'POST', path: /\/servers$/, action: { status: 413, body: html } })
  expect(await failure(servers.create({ name: 's', ...plain, userData: 'YQ==' }))).toMatchObject({
    code: 'NOT_VALID',
    message: expect.stringContaining('413 Request Entity Too Large'),
  })
})
