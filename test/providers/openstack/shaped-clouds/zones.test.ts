/** Clouds whose availability zones are down, unknown, or not there at all. */

import {
  type Environ,
  findError,
  NotFoundError,
  NotSupportedError,
  NotValidError,
  UnavailableError,
} from 'cloud-environs'
import { parseBase, supportsZones, ZoneIndependentError } from 'cloud-environs/provider'
import type { FaultAction } from 'cloud-environs/providers/openstack/embedded'
import { describe, expect, it } from 'vitest'
import { failure } from '../api/cloud-double.ts'
import { embeddedModel } from '../peer-faults/embedded-model.ts'

/** A model on a cloud that always answers so when it is asked for its zones. */
async function modelWithZones(action: FaultAction) {
  const model = await embeddedModel()
  model.cloud.faults.add({ path: /\/os-availability-zone/, times: Number.POSITIVE_INFINITY, action })
  return { ...model, zones: zoned(model.environ) }
}

function zoned(environ: Environ) {
  if (!supportsZones(environ)) throw new Error('no zones')
  return environ
}

const precheck = (environ: Environ, placement?: string) =>
  environ.precheckInstance({
    base: parseBase('ubuntu@24.04'),
    constraints: {},
    ...(placement ? { placement } : {}),
  })

const UP_AND_DOWN: FaultAction = {
  status: 200,
  body: {
    availabilityZoneInfo: [
      { zoneName: 'az1', zoneState: { available: true }, hosts: null },
      { zoneName: 'az-down', zoneState: { available: false }, hosts: null },
    ],
  },
}

describe('a zone that is down', () => {
  it('is told as such, with its name', async () => {
    const { zones } = await modelWithZones(UP_AND_DOWN)
    expect(await zones.availabilityZones()).toEqual([
      { name: 'az1', available: true },
      { name: 'az-down', available: false },
    ])
  })

  it('is no place for a machine, which may be in another', async () => {
    const { cloud, environ, zones, start, params } = await modelWithZones(UP_AND_DOWN)
    await precheck(environ, 'zone=az1')
    const refused = [
      () => precheck(environ, 'zone=az-down'),
      () => zones.deriveAvailabilityZones(params({ placement: 'zone=az-down' })),
      () => start({ placement: 'zone=az-down' }),
    ]
    for (const refuse of refused) {
      const error = await failure(refuse())
      expect(error).not.toBeInstanceOf(ZoneIndependentError)
      expect(findError(error, NotValidError)?.message).toMatch(/zone "az-down" is unavailable/)
    }
    expect(cloud.requests.count('POST', /\/(servers|security-groups|ports)$/)).toBe(0)
  })
})

describe('a zone that is not there', () => {
  it('is refused with its name, and another one may do', async () => {
    const { cloud, environ, zones, start, params } = await modelWithZones(UP_AND_DOWN)
    for (const refuse of [
      () => precheck(environ, 'zone=nowhere'),
      () => zones.deriveAvailabilityZones(params({ placement: 'zone=nowhere' })),
      () => start({ placement: 'zone=nowhere' }),
    ]) {
      const error = await failure(refuse())
      expect(error).not.toBeInstanceOf(ZoneIndependentError)
      expect((error as Error).message).toMatch(/availability zone "nowhere" not valid/)
    }
    const unknown = await failure(start({ availabilityZone: 'nowhere' }))
    expect(unknown).not.toBeInstanceOf(ZoneIndependentError)
    expect(cloud.inventory()['demo']).toMatchObject({ servers: [], ports: [] })
  })
})

describe('a cloud without zones', () => {
  it('says so when one is asked for, and starts machines that ask for none', async () => {
    const { environ, zones, start, params } = await modelWithZones({
      status: 404,
      body: { itemNotFound: {} },
    })
    await expect(zones.availabilityZones()).rejects.toBeInstanceOf(NotSupportedError)
    await expect(precheck(environ, 'zone=az1')).rejects.toBeInstanceOf(NotSupportedError)
    await precheck(environ)
    expect(await zones.deriveAvailabilityZones(params())).toEqual([])
    expect((await start()).instance.status.state).toBe('running')
  })
})

it('that zones cannot be listed is told as it is', async () => {
  const { zones } = await modelWithZones({
    status: 500,
    body: { computeFault: { message: 'the disk is on fire' } },
  })
  const error = await failure(zones.availabilityZones())
  expect(error).toBeInstanceOf(UnavailableError)
  expect(findError(error, NotFoundError)).toBeUndefined()
  expect((error as Error).message).toContain('on fire')
})

it('another failure in a zone than that it is full does not lead to the next one', async () => {
  const { cloud, start } = await embeddedModel()
  cloud.failNextBuild('the hypervisor fell over')
  const error = await failure(start({ availabilityZone: 'az1' }))
  expect(error).toBeInstanceOf(ZoneIndependentError)
  expect((error as Error).message).toContain('the hypervisor fell over')
})
