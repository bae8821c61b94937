/** Clouds with several regions: every service is that of the region of the cloud, by its whole name. */

import { createEnvirons, findError, NotFoundError, newModelConfig, Secret } from 'cloud-environs'
import { hasRegion } from 'cloud-environs/provider'
import { openstack } from 'cloud-environs/providers/openstack'
import { expect, it } from 'vitest'
import { openModel } from '../../../environ-contract.ts'
import { failure } from '../api/cloud-double.ts'
import { fastClock } from '../faults/fast-clock.ts'
import { embedded } from '../peer-faults/embedded-model.ts'

const attributes = { username: 'demo', password: new Secret('c4n4ry-of-demo'), 'tenant-name': 'demo' }

async function inRegion(region: string) {
  const { cloud } = await embedded({ regions: ['One', 'RegionOne'] })
  const spec = {
    type: 'openstack',
    name: 'embedded',
    region,
    endpoint: cloud.authUrl,
    credential: { authType: 'userpass', attributes },
  }
  return {
    cloud,
    spec,
    environs: await createEnvirons({ plugins: [openstack()], clock: fastClock, dataDir: '/nonexistent' }),
  }
}

it.each([
  ['RegionOne', 'One', /^\/RegionOne\//],
  ['One', 'RegionOne', /^\/(?!RegionOne\/)/],
])('a machine in %s has nothing in %s, whose name ends like it or begins it', async (region, _, own) => {
  const { cloud, spec, environs } = await inRegion(region)
  const modelConfig = { network: 'private' }
  const { environ, start } = await openModel(environs, { cloud: spec, modelConfig })
  cloud.requests.clear()
  const { instance } = await start({ constraints: { allocatePublicIp: true } })
  await environ.storageProvider('cinder')
  await environ.stopInstances([instance.id])
  await environ.destroy()
  const services = cloud.requests.entries.filter(({ path }) => !path.includes('/auth/tokens'))
  expect(services.length).toBeGreaterThan(10)
  expect(services.filter(({ path }) => path.search(own) < 0)).toEqual([])
  if (!hasRegion(environ)) throw new Error('the environ has no region')
  expect(environ.region()).toEqual({ region, endpoint: cloud.authUrl })
})

it.each(['North.RegionOne', 'regionone', 'Two'])(
  'the region "%s" is not there, although names are like it',
  async (region) => {
    const { spec, environs } = await inRegion(region)
    const config = await newModelConfig({ name: 'm', type: 'openstack', uuid: crypto.randomUUID() })
    await using environ = await environs.open({ cloud: spec, config })
    for (const call of [() => environ.allInstances(), () => environ.constraintsValidator()]) {
      const { message, hint } = findError(await failure(call()), NotFoundError) ?? {}
      expect(`${message}; ${hint}`).toContain(`no region "${region}"; it has: One, RegionOne`)
    }
  },
)
