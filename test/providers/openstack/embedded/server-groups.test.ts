import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type EmbeddedOpenStack,
  startEmbeddedOpenStack,
} from '../../../../providers/openstack/embedded/index.ts'
import {
  at,
  built,
  createServer,
  gone,
  type Json,
  list,
  login,
  NOVA,
  pick,
  type Rest,
  seedOf,
} from './rest.ts'

const PATH = `${NOVA}/os-server-groups`
const NO_HOST = 'No valid host was found. There are not enough hosts available.'

let cloud: EmbeddedOpenStack
let demo: Rest
let admin: Rest

beforeAll(async () => {
  cloud = await startEmbeddedOpenStack({
    buildMillis: 10,
    deleteMillis: 5,
    zones: [{ name: 'az1', hosts: 2 }, 'az2'],
    quotas: { serverGroups: 8, serverGroupMembers: 4 },
  })
  demo = await login(cloud)
  admin = await login(cloud, 'admin')
})
afterAll(() => cloud.close())

const message = (body: Json) => pick(Object.values(body)[0], 'message')
const create = (server_group: Json, version = '2.64') => demo.post(PATH, { server_group }, at(version))

async function group(policy: string, rules?: Json): Promise<string> {
  const { body } = await create({ name: 'g', policy, ...(rules && { rules }) })
  return String(pick(body, 'server_group', 'id'))
}

const show = async (id: string, version = '2.64') =>
  pick((await demo.get(`${PATH}/${id}`, at(version))).body, 'server_group') as Json
const remove = (id: string) => demo.delete(`${PATH}/${id}`)

/** Creates a server in the group and tells where it went. */
async function place(id: string, zone?: string): Promise<{ id: string; host: unknown; fault: unknown }> {
  const { image, network } = await seedOf(demo)
  const server = {
    name: 's',
    flavorRef: '1',
    imageRef: image,
    networks: [{ uuid: network }],
    ...(zone !== undefined && { availability_zone: zone }),
  }
  const body = { server, 'os:scheduler_hints': { group: id } }
  const answer = await demo.post(`${NOVA}/servers`, body, at('2.64'))
  if (answer.status !== 202) throw new Error(answer.text)
  const serverId = String(pick(answer.body, 'server', 'id'))
  await built(demo, serverId)
  const seen = pick((await admin.get(`${NOVA}/servers/${serverId}`)).body, 'server')
  return { id: serverId, host: pick(seen, 'OS-EXT-SRV-ATTR:host'), fault: pick(seen, 'fault', 'message') }
}

describe('a server group', () => {
  it('looks as each microversion has it', async () => {
    const old = await create({ name: 'g', policies: ['anti-affinity'] }, '2.1')
    expect(old.status).toBe(200)
    const id = String(pick(old.body, 'server_group', 'id'))
    const base = { id, name: 'g', members: [] }
    const policies = { policies: ['anti-affinity'], metadata: {} }
    expect(old.body).toEqual({ server_group: { ...base, ...policies } })
    const owned = await show(id, '2.13')
    expect(owned).toEqual({
      ...base,
      ...policies,
      project_id: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown,
      user_id: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown,
    })
    const { project_id, user_id } = owned
    expect(await show(id)).toEqual({ ...base, policy: 'anti-affinity', rules: {}, project_id, user_id })
    const ruled = await create({ name: 'r', policy: 'anti-affinity', rules: { max_server_per_host: 2 } })
    expect(pick(ruled.body, 'server_group', 'rules')).toEqual({ max_server_per_host: 2 })
    await remove(String(pick(ruled.body, 'server_group', 'id')))
    expect((await remove(id)).status).toBe(204)
    const missing = await remove(id)
    expect(missing.status).toBe(404)
    expect(message(missing.body)).toBe(`Instance group ${id} could not be found.`)
  })

  it('is its project’s, and administrators see all', async () => {
    const [first, second] = [await group('affinity'), await group('soft-affinity')]
    const ids = async (rest: Rest, query = '') =>
      list((await rest.get(`${PATH}${query}`)).body, 'server_groups').map(({ id }) => id)
    expect(await ids(demo)).toEqual([first, second])
    expect(await ids(demo, '?limit=1&offset=1')).toEqual([second])
    expect(await ids(admin)).toEqual([])
    expect(await ids(admin, '?all_projects=1')).toEqual([first, second])
    const alt = await login(cloud, 'alt_demo')
    expect((await alt.get(`${PATH}/${first}`)).status).toBe(404)
    expect((await alt.delete(`${PATH}/${first}`)).status).toBe(404)
    await Promise.all([first, second].map(remove))
  })

  it.each<[Json, string, RegExp]>([
    [
      { policies: ['soft-affinity'] },
      '2.14',
      /'soft-affinity' is not one of \['anti-affinity', 'affinity'\]$/,
    ],
    [{ policies: ['affinity', 'anti-affinity'] }, '2.63', /is too long$/],
    [{ policies: [] }, '2.63', /\[\] is too short$/],
    [{ policies: ['affinity'] }, '2.64', /'policy' is a required property$/],
    [{ policy: 'foo' }, '2.64', /'foo' is not one of \['anti-affinity', 'affinity', 'soft-anti-affinity'/],
    [
      { policy: 'affinity', rules: { max_server_per_host: 2 } },
      '2.64',
      /^Only anti-affinity policy supports rules\.$/,
    ],
    [
      { policy: 'anti-affinity', rules: { max_server_per_host: 0 } },
      '2.64',
      /0 is less than the minimum of 1$/,
    ],
    [{ policy: 'anti-affinity', rules: { foo: 1 } }, '2.64', /\('foo' was unexpected\)$/],
  ])('is refused as %j at %s', async (given, version, text) => {
    const answer = await create({ name: 'g', ...given }, version)
    expect(answer.status).toBe(400)
    expect(message(answer.body)).toMatch(text)
  })

  it('is one of as many as the quota allows', async () => {
    const ids = await Promise.all(Array.from({ length: 8 }, () => group('affinity')))
    const over = await create({ name: 'g', policy: 'affinity' })
    expect(over.status).toBe(403)
    expect(message(over.body)).toBe('Quota exceeded, too many server groups.')
    const { body } = await demo.get(`${NOVA}/limits`)
    expect(pick(body, 'limits', 'absolute')).toMatchObject({ maxServerGroups: 8, totalServerGroupsUsed: 8 })
    await Promise.all(ids.map(remove))
  })
})

describe('servers of a group', () => {
  it('are apart by anti-affinity, or not at all', async () => {
    const id = await group('anti-affinity')
    const [one, other, third] = [await place(id, 'az1'), await place(id, 'az1'), await place(id, 'az1')]
    expect(new Set([one.host, other.host])).toEqual(new Set(['cn-az1-1', 'cn-az1-2']))
    expect(third).toMatchObject({ host: null, fault: NO_HOST })
    const ids = [one, other, third].map((each) => each.id)
    expect((await show(id)).members).toEqual(ids)
    await demo.delete(`${NOVA}/servers/${one.id}`)
    await gone(demo, one.id)
    expect((await show(id)).members).toEqual(ids.slice(1))
    expect((await place(id, 'az1')).host).toBe(one.host)
    await remove(id)
  })

  it('are as many on a host as the rule says', async () => {
    const id = await group('anti-affinity', { max_server_per_host: 2 })
    const hosts: string[] = []
    for (let count = 0; count < 4; count += 1) hosts.push(String((await place(id, 'az1')).host))
    expect(hosts.sort()).toEqual(['cn-az1-1', 'cn-az1-1', 'cn-az1-2', 'cn-az1-2'])
    const over = await demo.post(`${NOVA}/servers`, {
      server: { name: 's', flavorRef: '1', imageRef: (await seedOf(demo)).image },
      'os:scheduler_hints': { group: id },
    })
    expect(over.status).toBe(403)
    expect(message(over.body)).toBe('Quota exceeded, too many servers in group')
    await remove(id)
  })

  it('are together by affinity, or not at all', async () => {
    const id = await group('affinity')
    const first = await place(id, 'az1')
    // Emptier hosts are there: only the group speaks for this one.
    expect((await place(id)).host).toBe(first.host)
    expect(await place(id, 'az2')).toMatchObject({ host: null, fault: NO_HOST })
    await remove(id)
  })

  it('are together or apart where it can be, by the soft policies', async () => {
    const [near, far] = [await group('soft-affinity'), await group('soft-anti-affinity')]
    const first = await place(near, 'az1')
    expect((await place(near)).host).toBe(first.host)
    expect((await place(near, 'az2')).host).toMatch(/^cn-az2/)
    const hosts = [await place(far, 'az1'), await place(far, 'az1'), await place(far, 'az1')]
    expect(new Set(hosts.map(({ host }) => host)).size).toBe(2)
    await Promise.all([near, far].map(remove))
  })

  it('show their group one by one from 2.71 on, and in no list', async () => {
    const id = await group('affinity')
    const server = await place(id)
    const groups = async (path: string, version: string) =>
      pick((await demo.get(`${NOVA}${path}`, at(version))).body, 'server', 'server_groups')
    expect(await groups(`/servers/${server.id}`, '2.70')).toBeUndefined()
    expect(await groups(`/servers/${server.id}`, '2.71')).toEqual([id])
    const { body } = await demo.get(`${NOVA}/servers/detail`, at('2.71'))
    expect(list(body, 'servers').some((each) => 'server_groups' in each)).toBe(false)
    for (const version of ['2.71', '2.75']) {
      const answer = await demo.put(`${NOVA}/servers/${server.id}`, { server: { name: 's' } }, at(version))
      expect(pick(answer.body, 'server', 'server_groups')).toEqual([id])
    }
    await remove(id)
    expect(await groups(`/servers/${server.id}`, '2.71')).toEqual([])
    expect(await groups(`/servers/${await createServer(demo)}`, '2.71')).toEqual([])
  })

  it('need a group that is there', async () => {
    const refused = async (hint: string) => {
      const server = { name: 's', flavorRef: '1', imageRef: (await seedOf(demo)).image }
      return demo.post(`${NOVA}/servers`, { server, 'OS-SCH-HNT:scheduler_hints': { group: hint } })
    }
    expect(message((await refused('x')).body)).toMatch(/'x' is not a 'uuid'$/)
    const unknown = '11111111-1111-1111-1111-111111111111'
    const answer = await refused(unknown)
    expect(answer.status).toBe(400)
    expect(message(answer.body)).toBe(`Instance group ${unknown} could not be found.`)
  })
})
