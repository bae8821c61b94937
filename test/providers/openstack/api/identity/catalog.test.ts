import { NotFoundError, NotValidError } from 'cloud-environs'
import { describe, expect, test } from 'vitest'
import {
  type CatalogService,
  endpointUrl,
  regionsOf,
} from '../../../../../providers/openstack/api/identity/catalog.ts'
import { CloudDouble } from '../cloud-double.ts'

const service = (type: string, ...endpoints: [string, string[], string?][]): CatalogService => ({
  type,
  endpoints: endpoints.map(([url, regions, visible = 'public']) => ({ url, regions, interface: visible })),
})
const catalog = [
  service('compute', ['https://a/v2.1/', ['east']], ['https://b/v2.1', ['west-id', 'West']]),
  service('network', ['https://a:9696', ['east']], ['https://n/internal', ['east'], 'internalURL']),
  service('image', ['https://a:9292/v2', ['east']]),
  service('volumev3', ['https://a:8776/v3/p', ['east']]),
]
const find = (type: string, region?: string, visible: 'public' | 'internal' | 'admin' = 'public') =>
  endpointUrl(catalog, type, { region, interface: visible })

describe('an endpoint', () => {
  test.each([
    ['by region', () => find('compute', 'east'), 'https://a/v2.1'],
    ['by id of the region', () => find('compute', 'west-id'), 'https://b/v2.1'],
    ['by name of the region', () => find('compute', 'West'), 'https://b/v2.1'],
    ['with the version it lacks', () => find('network', 'east'), 'https://a:9696/v2.0'],
    ['of another interface', () => find('network', 'east', 'internal'), 'https://n/internal/v2.0'],
    ['under an older type', () => find('block-storage', 'east'), 'https://a:8776/v3/p'],
    ['in the only region', () => find('image'), 'https://a:9292/v2'],
  ])('is found %s', (_, act, url) => {
    expect(act()).toBe(url)
  })

  test('under its new type when an old client asks', () => {
    const modern = [service('block-storage', ['https://c/v3', ['east']])]
    expect(endpointUrl(modern, 'volumev3', { interface: 'public' })).toBe('https://c/v3')
  })

  test.each([
    ['a region', () => find('compute', 'North'), NotFoundError, 'no region "North"; it has: east, west-id'],
    ['a service', () => find('dns', 'east'), NotFoundError, 'it has: compute, image, network, volumev3'],
    [
      'an interface',
      () => find('image', 'east', 'admin'),
      NotFoundError,
      'no admin endpoint; it has: public',
    ],
    ['a choice', () => find('compute'), NotValidError, 'none is chosen: east, west-id'],
    [
      'a catalog',
      () => endpointUrl([], 'compute', { interface: 'public' }),
      NotFoundError,
      'without a catalog',
    ],
  ])('that lacks %s is an error that lists what there is', (_, act, type, message) => {
    expect(act).toThrow(type)
    expect(act).toThrow(message)
  })

  test('is what the configuration says instead, with the project put in', async () => {
    await using cloud = await CloudDouble.start()
    const { identity } = cloud.connect({
      region: 'Nowhere',
      endpointOverrides: { volume: 'https://c/v3/%(project_id)s', network: 'https://c:9696/' },
    })
    expect(await identity.endpoint('block-storage')).toBe('https://c/v3/project-id')
    expect(await identity.endpoint('network')).toBe('https://c:9696/v2.0')
  })
})

test('the regions are those of all services', () => {
  expect(regionsOf(catalog)).toEqual(['east', 'west-id'])
})
