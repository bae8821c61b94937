/** What other clients get wrong about servers as time goes by: versions, names, deletions, hosts. */

import { expect, test } from 'vitest'
import { faultOf } from '../../../../providers/openstack/api/index.ts'
import { failure } from '../api/cloud-double.ts'
import { connected, embedded, embeddedModel, left, plainServer } from './embedded-model.ts'

test('libcloud#1672, prometheus#14166, cloud-provider-openstack#917, gtema/openstack#1940: flavors lose their id, or break the read, when the version is raised', async () => {
  const { connection } = await embedded()
  const { servers } = connection.compute
  const { id } = await servers.create({
    name: 's',
    ...(await plainServer(connection)),
    description: 'at 2.19',
  })
  expect((await servers.get(id)).flavor.id).toBeTruthy()
  expect((await servers.get(id, { microversion: '2.79' })).flavor).toMatchObject({
    id: undefined,
    ram: expect.any(Number),
    vcpus: expect.any(Number),
  })
})

test('gophercloud/utils#120, cluster-api-provider-openstack#799, knife-openstack#164: a name is a pattern, and another server is found and deleted', async () => {
  const { connection } = await embedded()
  const { servers } = connection.compute
  const plain = await plainServer(connection)
  const create = (name: string) => servers.create({ name, ...plain })
  const [dotted, , , longer] = await Promise.all(['web.1', 'webx1', 'WEB.1', 'web.10'].map(create))
  expect((await servers.find('web.1'))?.id).toBe(dotted?.id)
  expect(await servers.find('web')).toBeUndefined()
  await create('web.1')
  expect(await failure(servers.find('web.1'))).toMatchObject({
    code: 'NOT_VALID',
    message: expect.stringContaining(dotted?.id ?? '-'),
  })
  // A delete takes an id and nothing else.
  expect(await servers.delete('web.1')).toBe(false)
  expect((await servers.get(longer?.id ?? '')).name).toBe('web.10')
})

test('cluster-api-provider-openstack#2618, hashicorp/terraform#5104: a softly deleted server is waited for without end', async () => {
  const { cloud, connection } = await embedded({ reclaimMillis: 3_600_000 })
  const { servers } = connection.compute
  const { id } = await servers.create({ name: 's', ...(await plainServer(connection)) })
  await servers.waitForStatus(id)
  await servers.delete(id)
  await servers.waitForDelete(id, { timeoutMs: 5_000 })
  expect((await servers.get(id)).status).toBe('SOFT_DELETED')
  expect(await servers.forceDelete(id)).toBe(true)
  await expect.poll(() => left(cloud)).toEqual([])
})

test('cluster-api-provider-openstack#2842, #968: a card cannot be taken from a server in ERROR, and its ports go before it', async () => {
  const { cloud, connection, environ, start } = await embeddedModel()
  const [private_] = await connection.network.networks.all({ name: 'private' })
  const { instance } = await start({ subnetsToZones: [new Map([[private_?.subnets[0] ?? '', []]])] })
  await (await connected(cloud, 'admin')).compute.servers.resetState(instance.id, 'error')
  cloud.requests.clear()
  await environ.stopInstances([instance.id])
  const deletes = cloud.requests.entries.filter(({ method }) => method === 'DELETE').map(({ path }) => path)
  expect(deletes[0]).toMatch(/\/servers\/[^/]+$/)
  expect(deletes.some((path) => path.includes('/os-interface/'))).toBe(false)
  expect(deletes.findIndex((path) => path.includes('/ports/'))).toBeGreaterThan(0)
})

test('cluster-api-provider-openstack#959, terraform-provider-openstack#153, #858: the port of a server that was just deleted is still busy, and stays', async () => {
  const { cloud, connection, environ, start } = await embeddedModel()
  const [private_] = await connection.network.networks.all({ name: 'private' })
  const { instance } = await start({ subnetsToZones: [new Map([[private_?.subnets[0] ?? '', []]])] })
  const message = 'Unable to complete operation on port: it is in use.'
  cloud.faults.add({
    method: 'DELETE',
    path: /\/ports\//,
    action: { status: 409, body: { NeutronError: { type: 'PortInUse', message, detail: '' } } },
  })
  await environ.stopInstances([instance.id])
  expect(cloud.inventory()['demo']?.ports).toEqual([])
})

test('terraform-provider-openstack#153: that a port is in use is lost', async () => {
  const { connection } = await embedded()
  const plain = await plainServer(connection)
  const { servers } = connection.compute
  const port = await connection.network.ports.create({ networkId: plain.networks[0]?.network ?? '' })
  const create = { name: 's', ...plain, networks: [{ port: port.id }] }
  await servers.waitForStatus((await servers.create(create)).id)
  const error = await failure(servers.create(create))
  expect(error).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining(port.id) })
  expect(faultOf(error)).toBe('conflictingRequest')
})

test('juju/juju#7300, #930: a zone without a host ends the start, or leaves the first attempt beside the second', async () => {
  const { cloud, controller } = await embeddedModel()
  cloud.failNextBuild('No valid host was found. There are not enough hosts available.')
  const { hardware } = await controller()
  expect(hardware.availabilityZone).toBe('az2')
  const attempts = cloud.requests.entries
    .filter(({ path }) => /\/servers(\/[0-9a-f-]{36})?$/.test(path))
    .map(({ method }) => method)
    .filter((method) => method !== 'GET')
  expect(attempts).toEqual(['POST', 'DELETE', 'POST'])
  expect(cloud.inventory()['demo']?.servers).toHaveLength(1)
})

test('kops#15102, cluster-api-provider-openstack#3375: a server that could not be built is left behind, and why is not said', async () => {
  const { cloud, start } = await embeddedModel()
  cloud.failNextBuild('the disk is on fire')
  expect(await failure(start())).toMatchObject({
    message: expect.stringMatching(/server [0-9a-f-]{36} is ERROR: the disk is on fire/),
  })
  expect(cloud.inventory()['demo']?.servers).toEqual([])
})
