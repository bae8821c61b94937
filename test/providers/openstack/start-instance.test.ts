/** What a start that fails does next: another zone, or nothing more. */

import { createEnvirons, type Environs, EnvironsError, Secret } from 'cloud-environs'
import { openstack } from 'cloud-environs/providers/openstack'
import { type EmbeddedOpenStack, startEmbeddedOpenStack } from 'cloud-environs/providers/openstack/embedded'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MemoryControllerStore } from 'cloud-environs/testing'

const NO_HOST = 'No valid host was found. There are not enough hosts available.'

let cloud: EmbeddedOpenStack
let environs: Environs

beforeEach(async () => {
  cloud = await startEmbeddedOpenStack({ buildMillis: 10, deleteMillis: 10 })
  environs = await createEnvirons({ plugins: [openstack()], controllers: new MemoryControllerStore() })
})
afterEach(() => cloud.close())

const credential = {
  authType: 'userpass',
  attributes: { username: 'demo', password: new Secret('secret'), 'tenant-name': 'demo' },
}

const bootstrap = () =>
  environs.bootstrap({
    agent: 'none',
    controllerName: 'c',
    cloud: { type: 'openstack', name: 'embedded', region: 'RegionOne', endpoint: cloud.authUrl, credential },
    modelConfig: { network: 'private' },
  })

const creates = (): number => cloud.requests.count('POST', /\/servers$/)

describe('a start that finds no host', () => {
  it('goes to the next zone, and removes the first attempt', async () => {
    cloud.failNextBuild(NO_HOST)
    const { hardware } = await bootstrap()
    expect(hardware.availabilityZone).toBe('az2')
    expect(creates()).toBe(2)
    expect(cloud.inventory().demo?.servers).toHaveLength(1)
  })

  it('fails with every zone’s reason when there is none left', async () => {
    for (let zone = 0; zone < 3; zone++) cloud.failNextBuild(NO_HOST)
    await expect(bootstrap()).rejects.toThrow(/az1: .*No valid host.* az2: .* az3: /)
    expect(creates()).toBe(3)
    expect(cloud.inventory().demo).toMatchObject({ servers: [], ports: [], securityGroups: [] })
  })

  it('does not go on while its first server cannot be removed', async () => {
    cloud.failNextBuild(NO_HOST)
    const stuck = cloud.faults.add({
      method: 'DELETE',
      path: /\/servers\//,
      times: Number.POSITIVE_INFINITY,
      action: { status: 409, body: { conflictingRequest: { code: 409, message: 'locked' } } },
    })
    const error: unknown = await bootstrap().catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(EnvironsError)
    expect((error as EnvironsError).message).toMatch(/No valid host.*could not all be removed/)
    expect((error as EnvironsError).hint).toContain('destroy')
    expect(creates()).toBe(1)

    stuck.remove()
    await environs.destroyController('c', { credential })
    expect(cloud.inventory().demo).toMatchObject({ servers: [], ports: [], securityGroups: [] })
  })
})

describe('a start that fails for another reason', () => {
  it('does not go to another zone', async () => {
    cloud.failNextBuild('Build of instance aborted: the disk is on fire')
    await expect(bootstrap()).rejects.toThrow(/the disk is on fire/)
    expect(creates()).toBe(1)
    expect(cloud.inventory().demo).toMatchObject({ servers: [], securityGroups: [] })
  })
})
