import { NotFoundError, NotValidError } from 'cloud-environs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CloudDouble, failure } from '../cloud-double.ts'

let cloud: CloudDouble
beforeEach(async () => {
  cloud = await CloudDouble.start()
})
afterEach(() => cloud[Symbol.asyncDispose]())

const PATH = '/network/v2.0/security-groups/g/tags'
const missing = (type: string) => ({
  status: 404,
  json: { NeutronError: { type, message: type, detail: '' } },
})
const groups = () => cloud.connect().network.securityGroups

describe('tags', () => {
  test('are listed, replaced as a whole, added and removed one by one, and cleared', async () => {
    cloud.handler = ({ method, path, body }) => {
      if (path === PATH) {
        if (method === 'DELETE') return { status: 204, text: '' }
        return { json: method === 'GET' ? { tags: ['a'] } : body }
      }
      if (path === `${PATH}/b%20c`) {
        return method === 'PUT' ? { status: 201, text: 'null' } : { status: 204, text: '' }
      }
      return path.startsWith(PATH) ? missing('TagNotFound') : undefined
    }
    const client = groups()
    expect(await client.tags('g')).toEqual(['a'])
    // Neutron refuses one that comes twice.
    expect(await client.replaceTags('g', ['a', 'b', 'a'])).toEqual(['a', 'b'])
    await client.addTag('g', 'b c')
    expect(await client.hasTag('g', 'b c')).toBe(true)
    expect(await client.hasTag('g', 'x')).toBe(false)
    expect(await client.removeTag('g', 'b c')).toBe(true)
    expect(await client.removeTag('g', 'x')).toBe(false)
    await client.clearTags('g')
    expect(cloud.requests().map(({ method, path }) => `${method} ${path.slice(PATH.length)}`)).toEqual([
      'GET ',
      'PUT ',
      'PUT /b%20c',
      'GET /b%20c',
      'GET /x',
      'DELETE /b%20c',
      'DELETE /x',
      'DELETE ',
    ])
  })

  test('of what is not there are no answer', async () => {
    cloud.handler = ({ path }) => (path.startsWith(PATH) ? missing('TagResourceNotFound') : undefined)
    expect(await failure(groups().hasTag('g', 'a'))).toBeInstanceOf(NotFoundError)
    expect(await failure(groups().removeTag('g', 'a'))).toBeInstanceOf(NotFoundError)
  })

  test.each(['', 'a,b', 'a/b', 'x'.repeat(256)])(
    'like %j are refused before anything is sent',
    async (tag) => {
      const client = groups()
      const calls = [client.addTag('g', tag), client.replaceTags('g', ['a', tag]), client.hasTag('g', tag)]
      for (const error of await Promise.all(calls.map(failure))) expect(error).toBeInstanceOf(NotValidError)
      expect(cloud.received).toHaveLength(0)
    },
  )

  test('filter a list in four ways, each with all its tags in one parameter', async () => {
    cloud.handler = ({ path }) => (path.endsWith('/ports') ? { json: { ports: [] } } : undefined)
    const query = { tags: ['a', 'b'], tagsAny: ['c', 'd'], notTags: 'e', notTagsAny: ['f'] }
    await cloud.connect().network.ports.all(query)
    expect(Object.fromEntries(new URLSearchParams(cloud.requests()[0]?.query))).toEqual({
      tags: 'a,b',
      'tags-any': 'c,d',
      'not-tags': 'e',
      'not-tags-any': 'f',
    })
  })
})
