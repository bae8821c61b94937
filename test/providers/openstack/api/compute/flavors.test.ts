import { AlreadyExistsError, NotFoundError, NotValidError } from 'cloud-environs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { CloudDouble, failure } from '../cloud-double.ts'

let cloud: CloudDouble
beforeEach(async () => {
  cloud = await CloudDouble.start()
})
afterEach(() => cloud[Symbol.asyncDispose]())

const PATH = '/compute/v2.1/flavors'
const wire = {
  id: 'f',
  name: 'm1.x',
  vcpus: 2,
  ram: 4096,
  disk: 20,
  swap: '',
  'OS-FLV-EXT-DATA:ephemeral': 5,
  'os-flavor-access:is_public': false,
}
const flavor = {
  id: 'f',
  name: 'm1.x',
  vcpus: 2,
  ram: 4096,
  disk: 20,
  ephemeral: 5,
  swap: 0,
  isPublic: false,
  isDisabled: false,
}

test('flavors are got by id, and filtered by whether they are public', async () => {
  cloud.handler = ({ path }) => {
    if (path === `${PATH}/f`) return { json: { flavor: wire } }
    return path === `${PATH}/detail` ? { json: { flavors: [wire] } } : undefined
  }
  const { flavors } = cloud.connect().compute
  expect(await flavors.get('f')).toEqual(flavor)
  for (const isPublic of [undefined, false, 'all'] as const) {
    expect(await flavors.all({ isPublic })).toEqual([flavor])
  }
  const queries = cloud.requests('GET', `${PATH}/detail`).map(({ query }) => query)
  expect(queries).toEqual(['', 'is_public=false', 'is_public=None'])
})

test('flavors are created in the names of Nova, and deleted', async () => {
  cloud.handler = ({ method, path }) => {
    if (method === 'POST' && path === PATH) return { json: { flavor: wire } }
    return method === 'DELETE' && path === `${PATH}/f` ? { status: 202, text: '' } : undefined
  }
  const { flavors } = cloud.connect().compute
  const size = { name: 'm1.x', vcpus: 2, ram: 4096, disk: 20 }
  expect(await flavors.create({ ...size, ephemeral: 5, swap: 512, isPublic: false })).toEqual(flavor)
  expect(cloud.requests('POST', PATH)[0]?.body).toEqual({
    flavor: {
      ...size,
      swap: 512,
      'OS-FLV-EXT-DATA:ephemeral': 5,
      'os-flavor-access:is_public': false,
    },
  })
  expect(await flavors.delete('f')).toBe(true)
  const message = 'Flavor with name m1.x already exists.'
  cloud.handler = ({ path }) =>
    path.startsWith(PATH) ? { status: 409, json: { conflictingRequest: { code: 409, message } } } : undefined
  expect(await failure(flavors.create(size))).toBeInstanceOf(AlreadyExistsError)
})

test('extra specs are read, added to, and taken away one by one', async () => {
  const specs = { 'hw:cpu_policy': 'shared' }
  cloud.handler = ({ method, path, body }) => {
    if (path === `${PATH}/f/os-extra_specs`) {
      return { json: method === 'POST' ? body : { extra_specs: specs } }
    }
    return path === `${PATH}/f/os-extra_specs/hw%3Acpu_policy` ? { text: '' } : undefined
  }
  const { flavors } = cloud.connect().compute
  expect(await flavors.getExtraSpecs('f')).toEqual(specs)
  await flavors.setExtraSpecs('f', { a: 'b' })
  expect(cloud.requests('POST', `${PATH}/f/os-extra_specs`)[0]?.body).toEqual({ extra_specs: { a: 'b' } })
  expect(await flavors.deleteExtraSpec('f', 'hw:cpu_policy')).toBe(true)
  expect(await failure(flavors.deleteExtraSpec('f', ''))).toBeInstanceOf(NotValidError)
})

test('what is not there is not found, or deleted already', async () => {
  const gone = { itemNotFound: { code: 404, message: 'Flavor f could not be found.' } }
  cloud.handler = ({ path }) => (path.startsWith(PATH) ? { status: 404, json: gone } : undefined)
  const { flavors } = cloud.connect().compute
  expect(await failure(flavors.get('f'))).toBeInstanceOf(NotFoundError)
  expect(await failure(flavors.getExtraSpecs('f'))).toBeInstanceOf(NotFoundError)
  expect(await flavors.delete('f')).toBe(false)
  expect(await flavors.deleteExtraSpec('f', 'a')).toBe(false)
})
