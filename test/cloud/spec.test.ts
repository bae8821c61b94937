import {
  type Cloud,
  makeCloudSpec,
  NotFoundError,
  NotValidError,
  newRegionSpec,
  Secret,
} from 'cloud-environs'
import { describe, expect, it, test } from 'vitest'

const CLOUD: Cloud = {
  name: 'home',
  type: 'openstack',
  authTypes: ['userpass'],
  endpoint: 'https://cloud',
  identityEndpoint: 'https://cloud/identity',
  storageEndpoint: 'https://cloud/storage',
  regions: [{ name: 'North' }, { name: 'south', endpoint: 'https://south' }],
  caCertificates: ['PEM'],
  skipTlsVerify: false,
}

describe('the spec of a cloud', () => {
  it('is of the first region when none is named', () => {
    expect(makeCloudSpec(CLOUD)).toEqual({
      type: 'openstack',
      name: 'home',
      region: 'North',
      endpoint: 'https://cloud',
      identityEndpoint: 'https://cloud/identity',
      storageEndpoint: 'https://cloud/storage',
      caCertificates: ['PEM'],
      skipTlsVerify: false,
    })
  })

  it("has the endpoints of a region with its own, and none of the cloud's", () => {
    const spec = makeCloudSpec(CLOUD, 'south')
    expect(spec).toMatchObject({ region: 'south', endpoint: 'https://south' })
    expect(spec).not.toHaveProperty('identityEndpoint')
    expect(spec).not.toHaveProperty('storageEndpoint')
  })

  it('finds a region without regard to case, under the name that the cloud gives it', () => {
    expect(makeCloudSpec(CLOUD, 'nOrTh').region).toBe('North')
  })

  it('lists the regions when there is none of that name', () => {
    expect(() => makeCloudSpec(CLOUD, 'west')).toThrow(NotFoundError)
    expect(() => makeCloudSpec(CLOUD, 'west')).toThrow(
      expect.objectContaining({
        message: 'region "west" not found in cloud "home"',
        hint: 'choose one of: North, south',
      }),
    )
    expect(() => makeCloudSpec({ ...CLOUD, regions: [] }, 'west')).toThrow(
      expect.objectContaining({ hint: 'this cloud has no named regions' }),
    )
  })

  it('needs neither region nor endpoint', () => {
    const spec = makeCloudSpec({ name: 'bare', type: 'memory', authTypes: ['empty'], regions: [] })
    expect(spec).toEqual({ type: 'memory', name: 'bare' })
    expect(Object.keys(spec)).toEqual(['type', 'name'])
  })

  it('carries the credential', () => {
    const credential = { authType: 'userpass', attributes: { password: new Secret('x') } }
    expect(makeCloudSpec(CLOUD, 'south', credential).credential).toBe(credential)
  })
})

describe('a region spec', () => {
  it('is a cloud and a region', () => {
    expect(newRegionSpec('home', 'North')).toEqual({ cloud: 'home', region: 'North' })
  })

  test.each([
    ['', 'North', 'cloud is required to be non empty'],
    ['home', '', 'region is required to be non empty'],
  ])('of "%s" and "%s" is refused', (cloud, region, message) => {
    expect(() => newRegionSpec(cloud, region)).toThrow(NotValidError)
    expect(() => newRegionSpec(cloud, region)).toThrow(message)
  })
})
