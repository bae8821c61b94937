import { NotFoundError, NotSupportedError, NotValidError, QuotaExceededError } from 'cloud-environs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CloudDouble, failure, type Received, type Reply } from '../cloud-double.ts'

let cloud: CloudDouble
beforeEach(async () => {
  cloud = await CloudDouble.start()
})
afterEach(() => cloud[Symbol.asyncDispose]())

const PATH = '/compute/v2.1/os-server-groups'
const OLD = { id: 'g', name: 'n', policies: ['anti-affinity'], metadata: {}, members: ['s'] }
const NEW = {
  id: 'g',
  name: 'n',
  policy: 'anti-affinity',
  rules: { max_server_per_host: 2 },
  members: ['s'],
  project_id: 'p',
  user_id: 'u',
}

const groupsOf = (newest: string, answer: (request: Received) => Reply) => {
  cloud.handler = (request) => {
    if (request.path === '/compute/v2.1/') {
      return { json: { version: { version: newest, min_version: '2.1' } } }
    }
    return request.path.startsWith(PATH) ? answer(request) : undefined
  }
  return cloud.connect().compute.serverGroups
}
const sent = () => cloud.requests().filter(({ path }) => path.startsWith(PATH))
const versions = () => sent().map(({ headers }) => headers['openstack-api-version'])

describe('a server group', () => {
  test('reads the same from old clouds and new ones', async () => {
    const fromOld = await groupsOf('2.12', () => ({ json: { server_group: OLD } })).get('g')
    expect(fromOld).toEqual({
      id: 'g',
      name: 'n',
      policy: 'anti-affinity',
      members: ['s'],
      maxServersPerHost: undefined,
      projectId: undefined,
      userId: undefined,
    })
    const fromNew = await groupsOf('2.93', () => ({ json: { server_group: NEW } })).get('g')
    expect(fromNew).toEqual({ ...fromOld, maxServersPerHost: 2, projectId: 'p', userId: 'u' })
    expect(versions()).toEqual(['compute 2.1', 'compute 2.64'])
  })

  test('is created in the form of the cloud', async () => {
    const json = { server_group: NEW }
    await groupsOf('2.63', () => ({ json })).create({ name: 'n', policy: 'soft-affinity' })
    const groups = groupsOf('2.93', () => ({ json }))
    await groups.create({ name: 'n', policy: 'affinity' })
    await groups.create({ name: 'n', policy: 'anti-affinity', maxServersPerHost: 2 })
    expect(sent().map(({ body }) => body)).toEqual([
      { server_group: { name: 'n', policies: ['soft-affinity'] } },
      { server_group: { name: 'n', policy: 'affinity' } },
      { server_group: { name: 'n', policy: 'anti-affinity', rules: { max_server_per_host: 2 } } },
    ])
    expect(versions()).toEqual(['compute 2.15', 'compute 2.64', 'compute 2.64'])
  })

  test('is not asked for where the cloud is too old, or could never have it', async () => {
    const answer = () => ({ json: { server_group: OLD } })
    const soft = groupsOf('2.14', answer).create({ name: 'n', policy: 'soft-affinity' })
    expect(await failure(soft)).toBeInstanceOf(NotSupportedError)
    const ruled = { name: 'n', policy: 'anti-affinity', maxServersPerHost: 2 }
    expect(await failure(groupsOf('2.63', answer).create(ruled))).toBeInstanceOf(NotSupportedError)
    const groups = groupsOf('2.93', answer)
    expect(await failure(groups.create({ ...ruled, policy: 'affinity' }))).toBeInstanceOf(NotValidError)
    expect(await failure(groups.create({ ...ruled, name: '' }))).toBeInstanceOf(NotValidError)
    expect(sent()).toEqual([])
  })

  test('over the quota, or not there, fails as such; gone already is deleted', async () => {
    const message = 'Quota exceeded, too many server groups.'
    const over = groupsOf('2.93', () => ({ status: 403, json: { forbidden: { code: 403, message } } }))
    expect(await failure(over.create({ name: 'n', policy: 'affinity' }))).toBeInstanceOf(QuotaExceededError)
    const gone = { itemNotFound: { code: 404, message: 'Instance group g could not be found.' } }
    const groups = groupsOf('2.93', () => ({ status: 404, json: gone }))
    expect(await failure(groups.get('g'))).toBeInstanceOf(NotFoundError)
    expect(await groups.delete('g')).toBe(false)
  })
})

describe('the list', () => {
  test('goes on by offset until a page is not full', async () => {
    const all = Array.from({ length: 230 }, (_, index) => ({ ...NEW, id: String(index) }))
    const groups = groupsOf('2.93', ({ query }) => {
      const asked = new URLSearchParams(query)
      const start = Number(asked.get('offset') ?? 0)
      return { json: { server_groups: all.slice(start, start + Number(asked.get('limit'))) } }
    })
    const read = await groups.all({ allProjects: true })
    expect(read.map(({ id }) => id)).toEqual(all.map(({ id }) => id))
    expect(sent()).toHaveLength(3)
    expect(sent().every(({ query }) => query.includes('all_projects=true'))).toBe(true)
  })

  test('takes one request when it is short', async () => {
    const groups = groupsOf('2.93', () => ({ json: { server_groups: [NEW] } }))
    expect(await groups.all()).toMatchObject([{ id: 'g' }])
    expect(sent().map(({ query }) => query)).toEqual(['limit=100'])
  })
})
