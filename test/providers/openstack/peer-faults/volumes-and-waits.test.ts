/** What other clients leave of boot volumes, and how long they wait. */

import { findError, QuotaExceededError } from 'cloud-environs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CloudDouble, failure, wireServer } from '../api/cloud-double.ts'
import { embeddedModel } from './embedded-model.ts'

const fromVolume = { constraints: { rootDiskSource: 'volume', rootDisk: 4096 } }

test('cluster-api-provider-openstack#2006, rancher#43244, bibigrid#522: the boot volume stays after its server', async () => {
  const { cloud, connection, environ, start } = await embeddedModel()
  const { instance } = await start(fromVolume)
  const [volume] = await connection.compute.servers.volumeAttachments(instance.id)
  await environ.stopInstances([instance.id])
  await connection.blockStorage.volumes.waitForDelete(volume?.volumeId ?? '')
  expect(cloud.inventory()['demo']?.volumes).toEqual([])
  // Nova deletes it with the server: nobody else has to, and twice would fail.
  expect(cloud.requests.count('DELETE', /\/volumes\//)).toBe(0)
})

test('karmab/kcli#845, openstack-cloud-plugin#102: it stays when the server is never made', async () => {
  const { cloud, start } = await embeddedModel({ quotas: { instances: 0 } })
  // Not known beforehand.
  cloud.faults.add({ path: /\/limits$/, action: { status: 403 } })
  expect(findError(await failure(start(fromVolume)), QuotaExceededError)).toBeDefined()
  expect(cloud.inventory()['demo']).toMatchObject({ volumes: [], servers: [] })
})

test('karmab/kcli#810: it stays when the server cannot be built', async () => {
  const { cloud, start } = await embeddedModel()
  cloud.failNextBuild('the disk is on fire')
  expect(await failure(start(fromVolume))).toMatchObject({ message: expect.stringContaining('on fire') })
  await expect.poll(() => cloud.inventory()['demo']?.volumes).toEqual([])
})

let double: CloudDouble
beforeEach(async () => {
  double = await CloudDouble.start()
})
afterEach(() => double[Symbol.asyncDispose]())

test('molecule-plugins#356, snap-openstack#470: a wait is over before Nova itself gives up on a port, which takes 300 s', async () => {
  double.handler = ({ path }) =>
    path.startsWith('/compute/') ? { json: { server: wireServer('s', { status: 'BUILD' }) } } : undefined
  const began = double.clock.time
  expect(await failure(double.connect().compute.servers.waitForStatus('s'))).toMatchObject({
    code: 'TIMEOUT',
  })
  expect(double.clock.time - began).toBeGreaterThanOrEqual(300_000)
})
