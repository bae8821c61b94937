/** What other clients lose of what a cloud says, or take for something else. */

import { afterEach, beforeEach, expect, test } from 'vitest'
import { faultOf, outcomeUnknown, ServerStatusError } from '../../../../providers/openstack/api/index.ts'
import { CloudDouble, failure, type Reply, wireServer } from '../api/cloud-double.ts'

let cloud: CloudDouble
beforeEach(async () => {
  cloud = await CloudDouble.start()
})
afterEach(() => cloud[Symbol.asyncDispose]())

const neutron = (status: number, type: string, message: string): Reply => ({
  status,
  json: { NeutronError: { type, message, detail: '' } },
})
const nova = (status: number, key: string, message: string): Reply => ({
  status,
  json: { [key]: { code: status, message } },
})
const NO_QUOTA = "Quota exceeded for resources: ['port']."
const CORES = 'Quota exceeded for cores: Requested 8, but already used 16 of 20 cores'

test.each<[title: string, reply: Reply, code: string, message: string, fault: string]>([
  [
    'k-orc#667, #772: Neutron’s quota is taken for a conflict to repeat',
    neutron(409, 'OverQuota', NO_QUOTA),
    'QUOTA_EXCEEDED',
    NO_QUOTA.slice(0, -1),
    'OverQuota',
  ],
  [
    'k-orc#779: whether to repeat is decided by the number of a status',
    neutron(409, 'IpAddressInUse', 'Address 10.0.0.4 is in use'),
    'CONFLICT',
    'Address 10.0.0.4 is in use',
    'IpAddressInUse',
  ],
  [
    'machine-controller-manager#181: a quota’s resource, limit and use are lost',
    nova(403, 'forbidden', CORES),
    'QUOTA_EXCEEDED',
    CORES,
    'forbidden',
  ],
  [
    'pkgcloud: every 403 is about a resize',
    nova(403, 'forbidden', 'Policy does not allow it'),
    'FORBIDDEN',
    'Policy does not allow it',
    'forbidden',
  ],
  [
    'pkgcloud: every 409 is about a build',
    nova(409, 'conflictingRequest', 'Cannot stop while paused'),
    'CONFLICT',
    'Cannot stop while paused',
    'conflictingRequest',
  ],
])('%s', async (_, reply, code, message, fault) => {
  cloud.handler = ({ path }) => (path === '/network/v2.0/ports' ? reply : undefined)
  const error = await failure(cloud.connect().network.ports.create({ networkId: 'n' }))
  expect(error).toMatchObject({ code, message: `cannot create port: ${message}` })
  expect(faultOf(error)).toBe(fault)
  expect(cloud.requests()).toHaveLength(1)
})

test('machine-controller-manager#181: limits and use cannot be asked for before', async () => {
  const absolute = { maxTotalCores: 20, totalCoresUsed: 16 }
  cloud.handler = ({ path }) =>
    path === '/compute/v2.1/limits' ? { json: { limits: { absolute } } } : undefined
  expect(await cloud.connect().compute.limits.get()).toMatchObject({
    cores: { limit: 20, used: 16 },
  })
})

test('pkgcloud: an answer without a server is handed over as a server', async () => {
  cloud.handler = ({ path }) => (path.startsWith('/compute/') ? { status: 202, json: {} } : undefined)
  const error = await failure(cloud.connect().compute.servers.create({ name: 's', flavor: '1', image: 'i' }))
  expect(error).toMatchObject({ code: 'UNAVAILABLE' })
  expect(outcomeUnknown(error)).toBe(true)
})

/** A server that is in these statuses, one after the other. */
const becomes = (...states: object[]) => {
  cloud.handler = ({ path }, count) =>
    path.startsWith('/compute/v2.1/servers/')
      ? { json: { server: wireServer('s-1', states[Math.min(count, states.length) - 1]) } }
      : undefined
  return cloud.connect().compute.servers
}
const fault = { code: 500, message: 'Build of instance aborted: no route to storage', created: 'x' }

test('kops#15102, terraform-provider-openstack#455, machine-controller#2040: ERROR is waited for to the end, its reason and id are lost', async () => {
  const error = await failure(becomes({ status: 'BUILD' }, { status: 'ERROR', fault }).waitForStatus('s-1'))
  expect(error).toBeInstanceOf(ServerStatusError)
  expect(error).toMatchObject({
    message: `server s-1 is in status ERROR: ${fault.message}`,
    server: { id: 's-1', fault: { message: fault.message } },
    hint: expect.stringContaining('delete the server'),
  })
  expect(cloud.requests()).toHaveLength(2)
})

test('pkgcloud: a wait for a server passes over every error', async () => {
  cloud.handler = ({ path }) =>
    path.startsWith('/compute/') ? nova(403, 'forbidden', 'Not yours') : undefined
  expect(await failure(cloud.connect().compute.servers.waitForStatus('s'))).toMatchObject({
    code: 'FORBIDDEN',
  })
})

test('pkgcloud: RESCUE is an error', async () => {
  const server = await becomes({ status: 'RESCUE' }).waitForStatus('s-1', { accept: ['RESCUE'] })
  expect(server.status).toBe('RESCUE')
})

test('fleeting-plugin-openstack#21, elasticluster#494: a wait that is over says nothing of how far it came', async () => {
  const building = becomes({ status: 'BUILD', 'OS-EXT-STS:task_state': 'networking' })
  expect(await failure(building.waitForStatus('s-1', { timeoutMs: 10_000 }))).toMatchObject({
    code: 'TIMEOUT',
    message: 'server s-1 was not ACTIVE after 10 s; it is BUILD (networking)',
  })
})
