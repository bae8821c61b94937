/** What other clients repeat, wait for and give up wrongly. */

import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  faultOf,
  type OpenStackConnection,
  outcomeUnknown,
} from '../../../../providers/openstack/api/index.ts'
import { CloudDouble, failure, type Reply } from '../api/cloud-double.ts'

let cloud: CloudDouble
beforeEach(async () => {
  cloud = await CloudDouble.start()
})
afterEach(() => cloud[Symbol.asyncDispose]())

const NETWORKS = '/network/v2.0/networks'
/** Neutron answers these one after the other, and the last one for ever. */
const neutron = (...replies: Reply[]): OpenStackConnection => {
  cloud.handler = ({ path }, count) =>
    path.startsWith(NETWORKS) ? replies[Math.min(count, replies.length) - 1] : undefined
  return cloud.connect()
}
const empty: Reply = { json: { networks: [] } }
const slower = (status: number, after: string): Reply => ({
  status,
  headers: { 'retry-after': after },
  json: { overLimit: { code: status, message: 'slow down' } },
})

test.each([
  ['gophercloud#1428, terraform-provider-openstack#1365: 429 is the caller’s to repeat', 429],
  ['cloudfoundry/bosh#597, ClusterHQ/flocker#1616: 413 with a time to wait is a failure', 413],
])('%s', async (_, status) => {
  const { network } = neutron(slower(status, '7'), empty)
  expect(await network.networks.all()).toEqual([])
  expect(cloud.clock.slept).toEqual([7_000])
})

test('gophercloud#1428: a create that was turned away unread is given up', async () => {
  const { network } = neutron(slower(429, '2'), { status: 201, json: { network: { id: 'n' } } })
  expect(await network.networks.create({ name: 'n' })).toMatchObject({ id: 'n' })
})

test.each<[string, Reply]>([
  ['a connection that is reset', 'reset'],
  ['an answer that is cut off', { text: '{"networks": [{' }],
])('terraform-provider-openstack#413, terraform-provider-ovh#763: one %s ends a read', async (_, reply) => {
  expect(await neutron(reply, empty).network.networks.all()).toEqual([])
})

test('terraform-provider-openstack#413: and a create must not happen twice for it', async () => {
  const error = await failure(neutron('reset').network.networks.create({ name: 'n' }))
  expect(outcomeUnknown(error)).toBe(true)
  expect(cloud.requests('POST', NETWORKS)).toHaveLength(1)
})

test('gophercloud#1476: a cloud that does not answer is waited for without end', async () => {
  const { identity, network } = neutron('silence')
  await identity.authenticate()
  const error = await failure(network.networks.all({}, { deadlineMs: 50 }))
  expect(error).toMatchObject({ code: 'TIMEOUT', hint: expect.stringContaining(cloud.origin) })
})

test('gophercloud#2100: a call cannot be ended from outside', async () => {
  const abort = new AbortController()
  const hanging = failure(neutron('silence').network.networks.all({}, { signal: abort.signal }))
  await expect.poll(() => cloud.requests().length).toBe(1)
  const reason = new Error('enough')
  abort.abort(reason)
  expect(await hanging).toBe(reason)
})

test('gophercloud#2100: nor can a pause before the next try', async () => {
  const abort = new AbortController()
  cloud.clock.sleep = (_ms, options) => {
    abort.abort('enough')
    return Promise.reject(options?.signal?.reason)
  }
  const { network } = neutron(slower(503, '30'))
  expect(await failure(network.networks.all({}, { signal: abort.signal }))).toBe('enough')
  expect(cloud.requests()).toHaveLength(1)
})

test('wr#38, #69: a quota that is used up is asked for again each second', async () => {
  cloud.handler = ({ path }) =>
    path === '/compute/v2.1/servers'
      ? { status: 403, json: { forbidden: { code: 403, message: 'Quota exceeded for instances' } } }
      : undefined
  const error = await failure(cloud.connect().compute.servers.create({ name: 's', flavor: '1' }))
  expect(error).toMatchObject({ code: 'QUOTA_EXCEEDED', hint: expect.stringContaining('quota') })
  expect(cloud.requests()).toHaveLength(1)
  expect(cloud.clock.slept).toEqual([])
})

test('gophercloud#61, hashicorp/terraform#11192: a network still in use is deleted again for minutes, and in vain', async () => {
  const inUse = { type: 'NetworkInUse', message: 'Unable to complete operation on network n.', detail: '' }
  const error = await failure(
    neutron({ status: 409, json: { NeutronError: inUse } }).network.networks.delete('n'),
  )
  expect(error).toMatchObject({ code: 'CONFLICT', hint: expect.stringContaining('delete the ports') })
  expect(faultOf(error)).toBe('NetworkInUse')
  expect(cloud.requests()).toHaveLength(1)
})
