import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  type EmbeddedOpenStack,
  startEmbeddedOpenStack,
} from '../../../../providers/openstack/embedded/index.ts'
import { at, type Json, list, login, NOVA, pick, type Rest } from './rest.ts'

const PATH = `${NOVA}/os-keypairs`
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl x@y'

let cloud: EmbeddedOpenStack
let demo: Rest
let admin: Rest

beforeAll(async () => {
  cloud = await startEmbeddedOpenStack()
  demo = await login(cloud)
  admin = await login(cloud, 'admin')
})
afterAll(() => cloud.close())

const message = (body: Json) => pick(Object.values(body)[0], 'message')
const create = (keypair: Json, rest = demo, version = '2.10') =>
  rest.post(PATH, { keypair: { public_key: KEY, ...keypair } }, at(version))
const namesIn = (body: Json) => list(body, 'keypairs').map((each) => pick(each, 'keypair', 'name'))

it('come in pages from 2.35 on', async () => {
  for (const name of ['c', 'a', 'b']) await create({ name })
  expect(namesIn((await demo.get(`${PATH}?limit=2`, at('2.34'))).body)).toEqual(['a', 'b', 'c'])
  const first = await demo.get(`${PATH}?limit=2`, at('2.35'))
  expect(namesIn(first.body)).toEqual(['a', 'b'])
  const next = String(pick(first.body, 'keypairs_links', 0, 'href'))
  expect(namesIn((await demo.get(next, at('2.35'))).body)).toEqual(['c'])
  const lost = await demo.get(`${PATH}?marker=nope`, at('2.35'))
  expect(message(lost.body)).toBe('Marker nope could not be found.')
  expect((await demo.get(`${PATH}?colour=red`, at('2.74'))).status).toBe(200)
  expect((await demo.get(`${PATH}?colour=red`, at('2.75'))).status).toBe(400)
})

it('are made, seen and deleted for other users by administrators', async () => {
  const userId = String(pick((await create({ name: 'mine' })).body, 'keypair', 'user_id'))
  expect((await create({ name: 'given', user_id: userId }, admin)).status).toBe(201)
  const mine = `?user_id=${userId}`
  expect(namesIn((await admin.get(PATH + mine, at('2.10'))).body)).toEqual(
    expect.arrayContaining(['mine', 'given']),
  )
  // Before 2.10 there is no such key.
  expect(namesIn((await admin.get(PATH + mine, at('2.9'))).body)).toEqual([])
  expect(pick((await admin.get(`${PATH}/mine${mine}`, at('2.10'))).body, 'keypair')).toMatchObject({
    name: 'mine',
    user_id: userId,
    fingerprint: '65:96:2d:fc:e8:d5:a9:11:64:0c:0f:ea:00:6e:5b:bd',
  })
  expect((await admin.delete(`${PATH}/given${mine}`, at('2.10'))).status).toBe(204)
  const missing = await demo.get(`${PATH}/given`)
  expect(missing.status).toBe(404)
  expect(message(missing.body)).toBe(`Keypair given not found for user ${userId}`)

  const alt = await login(cloud, 'alt_demo')
  const refusals = [
    await alt.get(PATH + mine, at('2.10')),
    await alt.get(`${PATH}/mine${mine}`, at('2.10')),
    await create({ name: 'x', user_id: userId }, alt),
    await alt.delete(`${PATH}/mine${mine}`, at('2.10')),
  ]
  expect(refusals.map(({ status, body }) => `${status} ${String(message(body))}`)).toEqual(
    ['index', 'show', 'create', 'delete'].map(
      (rule) => `403 Policy doesn't allow os_compute_api:os-keypairs:${rule} to be performed.`,
    ),
  )
})

it('have names of more letters from 2.92 on, and keys of the user', async () => {
  const early = await create({ name: 'k.1@x' }, demo, '2.91')
  expect(early.status).toBe(400)
  expect(message(early.body)).toMatch(/^An invalid 'name' value was provided\. .*: \[_- 0123456789abc/)
  expect((await create({ name: 'k.1@x' }, demo, '2.92')).status).toBe(201)
  expect((await create({ name: 'a*b' }, demo, '2.92')).status).toBe(400)
  const keyless = await create({ name: 'k', public_key: undefined }, demo, '2.92')
  expect(message(keyless.body)).toMatch(/'public_key' is a required property$/)
  const odd = await create({ name: 'k', type: 'foo' })
  expect(message(odd.body)).toMatch(/'foo' is not one of \['ssh', 'x509'\]$/)
})

it('may be certificates', async () => {
  const { status, body } = await create({ name: 'cert', type: 'x509', public_key: CERTIFICATE })
  expect(status).toBe(201)
  expect(pick(body, 'keypair')).toMatchObject({
    type: 'x509',
    fingerprint: '5f:8e:c9:b6:cb:d7:fd:ae:c4:70:27:80:c5:5e:4e:34:7c:74:61:48',
  })
  const odd = await create({ name: 'other', type: 'x509', public_key: KEY })
  expect(odd.status).toBe(400)
})

const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBLjCB4aADAgECAhR1coj7Rm9R2VpIQh99Yo5dE2rSFzAFBgMrZXAwDDEKMAgG
A1UEAwwBdTAgFw0yNjExMjEwNzU4NDFaGA8yMTI2MTAyODA3NTg0MVowDDEKMAgG
A1UEAwwBdTAqMAUGAytlcAMhACcdkcysUzKOMGPdChOyUaaTm07GQqudJOwqqhOy
t4Lyo1MwUTAdBgNVHQ4EFgQUev/+wQiFTeW43jlA47kB1Qr5AJQwHwYDVR0jBBgw
FoAUev/+wQiFTeW43jlA47kB1Qr5AJQwDwYDVR0TAQH/BAUwAwEB/zAFBgMrZXAD
QQDbiVAeQl9l0c3WIVMEVbgbHA8uvK1O8YgGjyoAul/oe2uudR9oTR9e2XoTZPlD
XrNoK7MEdx84NOhHY9DOnXIP
-----END CERTIFICATE-----
`
