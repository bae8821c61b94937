import {
  type Environ,
  type EnvironProvider,
  explainsInstanceSpecs,
  NotSupportedError,
  supportsImageCatalog,
  supportsInstanceFirewall,
  supportsInstanceTypes,
  supportsModelFirewall,
  supportsNetworking,
  supportsOwnership,
  supportsPublicAddresses,
  supportsServerHosting,
  supportsSpaces,
  supportsTagging,
  supportsZones,
  UnavailableError,
} from 'cloud-environs'
import {
  defineProvider,
  detectsClouds,
  detectsRegions,
  hasRegion,
  resourceTags,
} from 'cloud-environs/provider'
import { describe, expect, it, test } from 'vitest'
import { fakeEnviron, fakeInstance } from './fakes.ts'

const call = async () => undefined

const NETWORKING = {
  subnets: call,
  networkInterfaces: call,
  supportsSpaces: async () => true,
  supportsSpaceDiscovery: call,
  spaces: call,
  allocateContainerAddresses: call,
  releaseContainerAddresses: call,
}

describe('a guard', () => {
  test.each<[string, (environ: Environ) => boolean, object]>([
    ['networking', supportsNetworking, NETWORKING],
    ['tagging', supportsTagging, { tagInstance: call }],
    ['zones', supportsZones, { availabilityZones: call, deriveAvailabilityZones: call }],
    ['instance types', supportsInstanceTypes, { instanceTypes: call }],
    ['an explanation of choices', explainsInstanceSpecs, { explainInstanceSpec: call }],
    ['a model firewall', supportsModelFirewall, { modelFirewall: {} }],
    ['a region', hasRegion, { region: call }],
    ['an image catalog', supportsImageCatalog, { imageCatalog: {} }],
    ['hosting of servers', supportsServerHosting, { serverHosting: {} }],
    ['public addresses', supportsPublicAddresses, { publicAddresses: {} }],
    ['ownership', supportsOwnership, { ownership: {} }],
  ])('finds %s when all of it is there, and only then', (_, guard, members) => {
    expect(guard(fakeEnviron(members))).toBe(true)
    for (const missing of Object.keys(members)) {
      expect(guard(fakeEnviron({ ...members, [missing]: undefined })), `without ${missing}`).toBe(false)
    }
  })

  it('finds what an instance or a provider can do', () => {
    expect(supportsInstanceFirewall(fakeInstance('a'))).toBe(false)
    expect(supportsInstanceFirewall(Object.assign(fakeInstance('a'), { firewall: {} }))).toBe(true)
    const provider = (members: object) => members as EnvironProvider
    expect(detectsClouds(provider({ detectClouds: call, detectCloud: call }))).toBe(true)
    expect(detectsClouds(provider({ detectClouds: call }))).toBe(false)
    expect(detectsRegions(provider({ detectRegions: call }))).toBe(true)
    expect(detectsRegions(provider({}))).toBe(false)
  })

  it('finds methods of a class', () => {
    class Zoned {
      async availabilityZones() {}
      async deriveAvailabilityZones() {}
    }
    expect(supportsZones(fakeEnviron(new Zoned()))).toBe(true)
  })
})

describe('spaces', () => {
  const answering = (supportsSpaces: () => Promise<boolean>) => fakeEnviron({ ...NETWORKING, supportsSpaces })

  it('are supported when the environ says so', async () => {
    expect(await supportsSpaces(fakeEnviron({}))).toBe(false)
    expect(await supportsSpaces(answering(async () => true))).toBe(true)
    expect(await supportsSpaces(answering(async () => false))).toBe(false)
    expect(await supportsSpaces(answering(() => Promise.reject(new NotSupportedError('no'))))).toBe(false)
  })

  it('are not taken for unsupported when the cloud fails', async () => {
    const down = new UnavailableError('down')
    await expect(supportsSpaces(answering(() => Promise.reject(down)))).rejects.toBe(down)
  })
})

describe('the tags of a resource', () => {
  const owner = { modelUuid: 'm', controllerUuid: 'c' }

  it('say whose it is', () => {
    expect(resourceTags(owner)).toEqual({ 'juju-model-uuid': 'm', 'juju-controller-uuid': 'c' })
    expect(resourceTags({ ...owner, machineId: '0', isController: true })).toEqual({
      'juju-model-uuid': 'm',
      'juju-controller-uuid': 'c',
      'juju-machine-id': '0',
      'juju-is-controller': 'true',
    })
    expect(resourceTags({ ...owner, machineId: '7', isController: false })).not.toHaveProperty(
      'juju-is-controller',
    )
  })

  it("cannot be taken over by the user's own", () => {
    const userTags = { owner: 'me', 'juju-model-uuid': 'stolen' }
    expect(resourceTags({ ...owner, userTags })).toMatchObject({ owner: 'me', 'juju-model-uuid': 'm' })
  })
})

describe('a plug-in', () => {
  const create = () => ({}) as EnvironProvider

  it('is given back as it is', () => {
    const plugin = { type: 'my-cloud', aliases: ['mc2'], create }
    expect(defineProvider(plugin)).toBe(plugin)
  })

  test.each([
    { type: 'My Cloud', create },
    { type: '', create },
    { type: '2nd', create },
    { type: 'ok', aliases: ['not_ok'], create },
  ])('of type $type with aliases $aliases is refused', (plugin) => {
    expect(() => defineProvider(plugin)).toThrow('is not a provider type')
  })
})
