import {
  type Cloud,
  checkCloudOfController,
  inheritedConfig,
  NotFoundError,
  NotSupportedError,
  regionByName,
} from 'cloud-environs'
import { describe, expect, it } from 'vitest'

const CLOUD: Cloud = {
  name: 'home',
  type: 'openstack',
  authTypes: [],
  regions: [{ name: 'North' }, { name: 'south' }],
  config: { network: 'n', 'apt-mirror': 'm' },
  regionConfig: { North: { network: 'other' }, west: { network: 'w' } },
}

describe('a region of a cloud', () => {
  it.each(['North', 'north', 'NORTH'])('is found as %s', (name) => {
    expect(regionByName(CLOUD, name)).toBe(CLOUD.regions[0])
  })

  it('that is not there is told of with those that are', () => {
    expect(() => regionByName(CLOUD, 'nort')).toThrow(NotFoundError)
    expect(() => regionByName(CLOUD, 'nort')).toThrow(
      expect.objectContaining({ hint: 'choose one of: North, south' }),
    )
  })

  it("has configuration of its own over the cloud's", () => {
    expect(inheritedConfig(CLOUD, 'north')).toEqual({ network: 'other', 'apt-mirror': 'm' })
    expect(inheritedConfig(CLOUD, 'south')).toEqual(CLOUD.config)
    expect(inheritedConfig(CLOUD)).toEqual(CLOUD.config)
    expect(inheritedConfig({ ...CLOUD, regionConfig: {} }, 'north')).toEqual(CLOUD.config)
  })
})

describe("a controller's clouds", () => {
  it.each([
    ['openstack', 'openstack'],
    ['maas', 'openstack'],
    ['lxd', 'openstack'],
    ['kubernetes', 'openstack'],
    ['maas', 'maas'],
  ])('of a controller on %s may be of type %s', (controller, cloud) => {
    expect(() => checkCloudOfController(controller, cloud)).not.toThrow()
  })

  it.each([
    ['openstack', 'maas', 'it takes those of type: openstack'],
    ['lxd', 'maas', 'it takes those of type: lxd, openstack'],
    ['ec2', 'openstack', 'it takes no other clouds'],
    ['constructor', 'openstack', 'it takes no other clouds'],
  ])('of a controller on %s may not be of type %s', (controller, cloud, hint) => {
    const check = () => checkCloudOfController(controller, cloud)
    expect(check).toThrow(NotSupportedError)
    expect(check).toThrow(expect.objectContaining({ hint }))
  })
})
