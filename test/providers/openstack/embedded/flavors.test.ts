import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  type EmbeddedOpenStack,
  startEmbeddedOpenStack,
} from '../../../../providers/openstack/embedded/index.ts'
import { at, built, createServer, type Json, list, login, NOVA, pick, type Rest } from './rest.ts'

const PATH = `${NOVA}/flavors`

let cloud: EmbeddedOpenStack
let demo: Rest
let admin: Rest

beforeAll(async () => {
  cloud = await startEmbeddedOpenStack({ buildMillis: 10, deleteMillis: 5 })
  demo = await login(cloud)
  admin = await login(cloud, 'admin')
})
afterAll(() => cloud.close())

const message = (body: Json) => pick(Object.values(body)[0], 'message')
const SIZE = { ram: 64, vcpus: 1, disk: 0 }
const create = (flavor: Json, rest = admin, version = '2.61') =>
  rest.post(PATH, { flavor: { ...SIZE, ...flavor } }, at(version))

it('are made, described and deleted by administrators', async () => {
  const answer = await create({
    name: 'hidden',
    id: 'h-1',
    swap: '5',
    'OS-FLV-EXT-DATA:ephemeral': 2,
    'os-flavor-access:is_public': false,
    rxtx_factor: 2,
    description: 'd',
  })
  expect(answer.status).toBe(200)
  expect(pick(answer.body, 'flavor')).toMatchObject({
    id: 'h-1',
    name: 'hidden',
    ...SIZE,
    swap: 5,
    'OS-FLV-EXT-DATA:ephemeral': 2,
    'os-flavor-access:is_public': false,
    rxtx_factor: 2,
    description: 'd',
    extra_specs: {},
  })
  expect((await demo.get(`${PATH}/h-1`)).status).toBe(404)
  await expect(createServer(demo, { flavorRef: 'h-1' })).rejects.toThrow('Flavor h-1 could not be found.')
  const changed = await admin.put(`${PATH}/h-1`, { flavor: { description: 'new' } }, at('2.55'))
  expect(pick(changed.body, 'flavor', 'description')).toBe('new')
  expect((await admin.put(`${PATH}/h-1`, { flavor: { description: 'new' } }, at('2.54'))).status).toBe(404)
  for (const [flavor, text] of [
    [{ name: 'hidden' }, 'Flavor with name hidden already exists.'],
    [{ name: 'other', id: 'h-1' }, 'Flavor with ID h-1 already exists.'],
  ] as const) {
    const refused = await create(flavor)
    expect(refused.status).toBe(409)
    expect(message(refused.body)).toBe(text)
  }
  expect((await admin.delete(`${PATH}/h-1`)).status).toBe(202)
  expect((await admin.delete(`${PATH}/h-1`)).status).toBe(404)
})

it('are listed by whether they are public, by administrators', async () => {
  await create({ name: 'hidden', id: 'h-2', 'os-flavor-access:is_public': false })
  const names = async (rest: Rest, query: string) =>
    list((await rest.get(`${PATH}?${query}`)).body, 'flavors').map(({ name }) => name)
  expect(await names(admin, '')).not.toContain('hidden')
  expect(await names(admin, 'is_public=false')).toEqual(['hidden'])
  expect(await names(admin, 'is_public=None')).toEqual(expect.arrayContaining(['hidden', 'm1.tiny']))
  expect(await names(demo, 'is_public=None')).not.toContain('hidden')
  const odd = await admin.get(`${PATH}?is_public=xx`)
  expect(odd.status).toBe(400)
  expect(message(odd.body)).toBe('Invalid is_public filter [xx]')
  await admin.delete(`${PATH}/h-2`)
})

it('have extra specs, which servers keep as they were', async () => {
  await create({ name: 'specs', id: 's', disk: 1, ram: 512 })
  const path = `${PATH}/s/os-extra_specs`
  const added = await admin.post(path, { extra_specs: { 'hw:cpu_policy': 'shared', a: 'b' } })
  expect(added.status).toBe(200)
  expect(added.body).toEqual({ extra_specs: { 'hw:cpu_policy': 'shared', a: 'b' } })
  const server = await createServer(demo, { flavorRef: 's' })
  expect((await admin.put(`${path}/a`, { a: 'c' })).body).toEqual({ a: 'c' })
  expect((await admin.put(`${path}/new`, { new: 'd' })).status).toBe(200)
  expect(message((await admin.put(`${path}/a`, { b: 'c' })).body)).toBe('Request body and URI mismatch')
  expect(message((await admin.put(`${path}/a`, { a: 'c', b: 'c' })).body)).toBe(
    "{'a': 'c', 'b': 'c'} has too many properties",
  )
  expect((await admin.delete(`${path}/hw:cpu_policy`)).status).toBe(200)
  expect((await demo.get(path)).body).toEqual({ extra_specs: { a: 'c', new: 'd' } })
  expect((await demo.get(`${path}/a`)).body).toEqual({ a: 'c' })
  const missing = await admin.delete(`${path}/none`)
  expect(missing.status).toBe(404)
  expect(message(missing.body)).toBe('Flavor s has no extra specs with key none.')
  expect(pick(await built(demo, server), 'flavor', 'extra_specs')).toEqual({
    'hw:cpu_policy': 'shared',
    a: 'b',
  })
  await admin.delete(`${PATH}/s`)
})

it('are refused when they make no sense', async () => {
  for (const [flavor, text] of [
    [{ name: '' }, /'' is too short$/],
    [{ name: 'q', ram: 0 }, /0 is less than the minimum of 1$/],
    [{ name: 'q', ram: 'x' }, /'x' does not match '\^\[0-9\]\+\$'$/],
    [{ name: 'q', id: ' a ' }, /' a ' does not match/],
  ] as const) {
    const refused = await create(flavor)
    expect(refused.status).toBe(400)
    expect(message(refused.body)).toMatch(text)
  }
  expect((await create({ name: 'q', description: 'd' }, admin, '2.54')).status).toBe(400)
  const specs = await admin.post(`${PATH}/1/os-extra_specs`, { extra_specs: { 'a/b': 'c' } })
  expect(message(specs.body)).toMatch(/'a\/b' does not match any of the regexes/)
})

it('are changed by nobody else', async () => {
  const refusals = [
    await create({ name: 'q' }, demo),
    await demo.put(`${PATH}/1`, { flavor: { description: 'd' } }, at('2.55')),
    await demo.delete(`${PATH}/1`),
    await demo.post(`${PATH}/1/os-extra_specs`, { extra_specs: { a: 'b' } }),
    await demo.put(`${PATH}/1/os-extra_specs/a`, { a: 'b' }),
    await demo.delete(`${PATH}/1/os-extra_specs/a`),
  ]
  expect(refusals.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 403])
  expect(message(refusals[0]?.body ?? {})).toBe(
    "Policy doesn't allow os_compute_api:os-flavor-manage:create to be performed.",
  )
})
