import { type Cloud, type EnvironProvider, NotSupportedError, NotValidError } from 'cloud-environs'
import { describe, expect, it } from 'vitest'
import { checkCloud, endpointsOf } from '../../src/cloud/cloud-check.ts'

const PROVIDER = {
  credentialSchemas: () => ({ userpass: [], token: [] }),
  schema: () => ({ network: { description: 'network of the machines', type: 'string' } }),
  ping: async () => undefined,
} as unknown as EnvironProvider

const cloud = (over: Partial<Cloud>): Cloud => ({
  name: 'home',
  type: 'openstack',
  authTypes: ['userpass'],
  endpoint: 'https://home',
  regions: [],
  ...over,
})

describe('checking a cloud', () => {
  it('finds nothing wrong with what its provider, models and controllers know', () => {
    const config = { network: 'n', 'apt-mirror': 'm', 'api-port': 443 }
    expect(checkCloud(cloud({ config, regionConfig: { north: config } }), PROVIDER)).toEqual([])
    expect(checkCloud(cloud({ authTypes: [] }), PROVIDER)).toEqual([])
  })

  it('tells what means nothing, and what was probably meant', () => {
    const typo = cloud({
      authTypes: ['userpass', 'tokn'],
      config: { netwrok: 'n' },
      regionConfig: { north: { 'apt-miror': 'm', colour: 'blue' } },
    })
    expect(checkCloud(typo, PROVIDER)).toEqual([
      'cloud "home", auth-types: "tokn" means nothing; did you mean "token"?',
      'cloud "home", config: "netwrok" means nothing; did you mean "network"?',
      'cloud "home", region-config, north: "apt-miror" means nothing; did you mean "apt-mirror"?',
      'cloud "home", region-config, north: "colour" means nothing',
    ])
  })

  it('refuses one that takes nothing that the provider knows', () => {
    const check = () => checkCloud(cloud({ authTypes: ['userpas', 'oauth1'] }), PROVIDER)
    expect(check).toThrow(NotSupportedError)
    expect(check).toThrow(
      expect.objectContaining({
        message: 'cloud "home" takes "userpas", "oauth1"; did you mean "userpass"?',
        hint: 'the auth types of openstack are: userpass, token',
      }),
    )
  })

  it('refuses one without an endpoint where its provider needs one', () => {
    const { endpoint: _, ...bare } = cloud({})
    expect(() => checkCloud(bare, PROVIDER)).toThrow(NotValidError)
    const { ping: __, ...quiet } = PROVIDER as EnvironProvider & { ping: unknown }
    expect(checkCloud(bare, quiet as unknown as EnvironProvider)).toEqual([])
  })

  it('knows each endpoint once', () => {
    const regions = [
      { name: 'a' },
      { name: 'b', endpoint: 'https://b' },
      { name: 'c', endpoint: 'https://home' },
    ]
    expect(endpointsOf(cloud({ regions }))).toEqual(['https://home', 'https://b'])
  })
})
