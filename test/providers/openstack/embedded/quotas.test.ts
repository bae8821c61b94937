import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  type EmbeddedOpenStack,
  startEmbeddedOpenStack,
} from '../../../../providers/openstack/embedded/index.ts'
import { at, built, createServer, type Json, KEYSTONE, login, NOVA, pick, type Rest } from './rest.ts'

let cloud: EmbeddedOpenStack
let demo: Rest
let admin: Rest
let path: string

beforeAll(async () => {
  cloud = await startEmbeddedOpenStack({ buildMillis: 10, deleteMillis: 5, quotas: { instances: 7 } })
  demo = await login(cloud)
  admin = await login(cloud, 'admin')
  const { body } = await demo.get(`${KEYSTONE}/auth/projects`)
  path = `${NOVA}/os-quota-sets/${String(pick(body, 'projects', 0, 'id'))}`
})
afterAll(() => cloud.close())

const message = (body: Json) => pick(Object.values(body)[0], 'message')
const quotaSet = async (rest: Rest, below = '', version = '2.57') =>
  pick((await rest.get(`${path}${below}`, at(version))).body, 'quota_set') as Json
const update = (quota_set: Json, rest = admin, version = '2.57') => rest.put(path, { quota_set }, at(version))

it('are named as each microversion has them', async () => {
  const names = [
    'id',
    'cores',
    'instances',
    'key_pairs',
    'metadata_items',
    'ram',
    'server_group_members',
    'server_groups',
  ]
  const injected = ['injected_file_content_bytes', 'injected_file_path_bytes', 'injected_files']
  const network = ['fixed_ips', 'floating_ips', 'security_group_rules', 'security_groups']
  const shown = async (version: string) => Object.keys(await quotaSet(demo, '', version)).toSorted()
  expect(await shown('2.57')).toEqual(names.toSorted())
  expect(await shown('2.36')).toEqual([...names, ...injected].toSorted())
  expect(await shown('2.35')).toEqual([...names, ...injected, ...network].toSorted())
})

it('are set by administrators, count at once, and go back to the defaults', async () => {
  const server = await createServer(demo)
  await built(demo, server)
  const answer = await update({ instances: 1, key_pairs: '-1', metadata_items: 2 })
  expect(answer.status).toBe(200)
  expect(pick(answer.body, 'quota_set')).toMatchObject({ instances: 1, key_pairs: -1, cores: 10_000 })
  expect(answer.body).not.toHaveProperty('quota_set.id')
  expect(await quotaSet(demo, '/detail')).toMatchObject({
    instances: { limit: 1, in_use: 1, reserved: 0 },
    cores: { limit: 10_000, in_use: 1, reserved: 0 },
    key_pairs: { limit: -1, in_use: 0, reserved: 0 },
  })
  expect(await quotaSet(demo, '/defaults')).toMatchObject({ instances: 7 })
  const limits = pick((await demo.get(`${NOVA}/limits`)).body, 'limits', 'absolute')
  expect(limits).toMatchObject({ maxTotalInstances: 1, totalInstancesUsed: 1, maxServerMeta: 2 })
  await expect(createServer(demo)).rejects.toThrow(
    'Quota exceeded for instances: Requested 1, but already used 1 of 1 instances',
  )
  const metadata = { a: '1', b: '2', c: '3' }
  const more = await demo.put(`${NOVA}/servers/${server}/metadata`, { metadata })
  expect(more.status).toBe(403)
  const alt = await login(cloud, 'alt_demo')
  const other = pick((await alt.get(`${NOVA}/limits`)).body, 'limits', 'absolute')
  expect(other).toMatchObject({ maxTotalInstances: 7 })

  expect((await admin.delete(path)).status).toBe(202)
  expect((await admin.delete(path)).status).toBe(202)
  expect(await quotaSet(demo)).toMatchObject({ instances: 7, key_pairs: 1000 })
})

it('are not set below what is used, unless by force', async () => {
  const used = Number(pick(await quotaSet(demo, '/detail'), 'ram', 'in_use'))
  const refused = await update({ ram: 100 })
  expect(refused.status).toBe(400)
  expect(message(refused.body)).toBe(
    `Quota limit 100 for ram must be greater than or equal to already used and reserved ${used}.`,
  )
  expect((await update({ ram: 100, force: true })).status).toBe(200)
  expect(await quotaSet(admin)).toMatchObject({ ram: 100 })
  await admin.delete(path)
})

it.each<[Json, string, RegExp]>([
  [{ cores: -2 }, '2.57', /-2 is less than the minimum of -1$/],
  [{ cores: 1.5 }, '2.57', /1\.5 is not of type 'integer', 'string'$/],
  [{ foo: 1 }, '2.57', /\('foo' was unexpected\)$/],
  [{ injected_files: 1 }, '2.57', /\('injected_files' was unexpected\)$/],
  [{ floating_ips: 1 }, '2.36', /\('floating_ips' was unexpected\)$/],
])('are refused as %j at %s', async (given, version, text) => {
  const answer = await update(given, admin, version)
  expect(answer.status).toBe(400)
  expect(message(answer.body)).toMatch(text)
})

it('of others, and changes, are for administrators', async () => {
  const alt = await login(cloud, 'alt_demo')
  const rule = (name: string) => `Policy doesn't allow os_compute_api:os-quota-sets:${name} to be performed.`
  expect(message((await alt.get(path)).body)).toBe(rule('show'))
  expect(message((await alt.get(`${path}/detail`)).body)).toBe(rule('detail'))
  expect((await alt.get(`${path}/defaults`)).status).toBe(200)
  expect(message((await update({ cores: 1 }, demo)).body)).toBe(rule('update'))
  expect(message((await demo.delete(path)).body)).toBe(rule('delete'))
  const project = path.split('/').at(-1)
  const refused = await alt.get(`${NOVA}/limits?tenant_id=${project}`)
  expect(refused.status).toBe(403)
  expect((await admin.get(`${NOVA}/limits?tenant_id=${project}`)).status).toBe(200)
  expect((await demo.get(`${NOVA}/limits?colour=red`, at('2.75'))).status).toBe(400)
})

it('of key pairs count for each user', async () => {
  await update({ key_pairs: 0 })
  const refused = await demo.post(`${NOVA}/os-keypairs`, { keypair: { name: 'k' } })
  expect(refused.status).toBe(403)
  expect(message(refused.body)).toBe('Quota exceeded, too many key pairs.')
  await admin.delete(path)
})
