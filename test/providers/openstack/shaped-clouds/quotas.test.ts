/** Projects that may have no more: said in numbers, before anything is made. */

import { findError, QuotaExceededError } from 'cloud-environs'
import { parseBase, ZoneIndependentError } from 'cloud-environs/provider'
import type { EmbeddedOpenStack, QuotaOptions } from 'cloud-environs/providers/openstack/embedded'
import { expect, it } from 'vitest'
import { failure } from '../api/cloud-double.ts'
import { embeddedModel, plainServer } from '../peer-faults/embedded-model.ts'

const made = (cloud: EmbeddedOpenStack): number =>
  cloud.requests.count('POST', /\/(servers|ports|floatingips|security-groups|volumes)$/)

it.each<[QuotaOptions, number, string]>([
  [{ instances: 1 }, 1, 'needs 1 instance, 0 left of 1'],
  [{ instances: 0 }, 0, 'needs 1 instance, 0 left of 0'],
  [{ cores: 5 }, 1, 'needs 8 cores, 4 left of 5'],
  [{ ram: 17_000 }, 2, 'needs 16384 MiB of memory, 15976 left of 17000'],
  [{ instances: 1, cores: 3 }, 1, 'needs 1 instance, 0 left of 1; needs 8 cores, 2 left of 3'],
])('%o with %i servers is too little, and nothing is made', async (quotas, servers, message) => {
  const { cloud, connection, environ, start } = await embeddedModel({ quotas })
  const tiny = await plainServer(connection)
  const { servers: nova } = connection.compute
  for (let n = 0; n < servers; n++) await nova.create({ name: `s${n}`, ...tiny, flavor: '1' })
  const wish = { instanceType: 'm1.xlarge', allocatePublicIp: true }
  cloud.requests.clear()

  const early = await failure(
    environ.precheckInstance({ base: parseBase('ubuntu@24.04'), constraints: wish }),
  )
  expect(early).toBeInstanceOf(QuotaExceededError)
  const late = await failure(start({ constraints: wish }))
  expect(late).toBeInstanceOf(ZoneIndependentError)
  for (const error of [early, late])
    expect(findError(error, QuotaExceededError)).toMatchObject({
      message: `the project's quota is too small for instance type m1.xlarge: ${message}`,
      hint: expect.stringContaining('smaller instance type'),
    })
  expect(made(cloud)).toBe(0)
})

it('no limit is no hindrance', async () => {
  const { environ, start } = await embeddedModel({ quotas: { instances: -1, cores: -1, ram: -1 } })
  await start()
  expect(await environ.allInstances()).toHaveLength(1)
})

it('limits that the cloud does not tell are left to its own check', async () => {
  const { cloud, start, environ } = await embeddedModel({ quotas: { instances: 1 } })
  cloud.faults.add({ path: /\/limits$/, times: Number.POSITIVE_INFINITY, action: { status: 403 } })
  await start()
  const error = findError(await failure(start()), QuotaExceededError)
  expect(error?.message).toContain('Quota exceeded')
  expect(await environ.allInstances()).toHaveLength(1)
})

it('many starts at once ask for the limits once', async () => {
  const { cloud, start } = await embeddedModel()
  cloud.requests.clear()
  await Promise.all(Array.from({ length: 25 }, () => start()))
  expect(cloud.requests.count('GET', /\/limits$/)).toBe(1)
})
