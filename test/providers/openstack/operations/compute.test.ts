/** What Nova keeps beside servers: key pairs, groups, flavors, zones, limits and quotas. */

import { AlreadyExistsError, ForbiddenError, NotFoundError } from 'cloud-environs'
import { afterAll, expect, test } from 'vitest'
import { failure } from '../api/cloud-double.ts'
import { atTheEnd, startClients } from './clients.ts'

const clients = await startClients({ buildMillis: 30, deleteMillis: 10 })
const { compute } = clients.demo
const { compute: asAdmin } = clients.admin
const { prefix } = clients
afterAll(() => clients.close())

test('key pairs are made, imported, listed and deleted', async () => {
  const { keypairs } = compute
  const made = await keypairs.create({ name: `${prefix}-made` })
  atTheEnd(() => keypairs.delete(made.name))
  expect(made.privateKey?.reveal()).toContain('PRIVATE KEY')
  expect(made.publicKey).toMatch(/^ssh-rsa /)
  const imported = await keypairs.create({ name: `${prefix}-imported`, publicKey: made.publicKey })
  atTheEnd(() => keypairs.delete(imported.name))
  expect(imported).toMatchObject({ fingerprint: made.fingerprint, privateKey: undefined })
  const names = (await keypairs.all({ limit: 1 })).map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining([made.name, imported.name]))
  expect(await keypairs.get(made.name)).toMatchObject({ fingerprint: made.fingerprint })
  expect(await failure(keypairs.create({ name: made.name }))).toMatchObject({ status: 409 })
  expect(await keypairs.delete(made.name)).toBe(true)
  expect(await keypairs.delete(made.name)).toBe(false)
  expect(await failure(keypairs.get(made.name))).toBeInstanceOf(NotFoundError)
})

test('server groups have their policy and their rules', async () => {
  const { serverGroups } = compute
  const group = await serverGroups.create({
    name: `${prefix}-apart`,
    policy: 'anti-affinity',
    maxServersPerHost: 2,
  })
  atTheEnd(() => serverGroups.delete(group.id))
  expect(group).toMatchObject({ policy: 'anti-affinity', maxServersPerHost: 2, members: [] })
  expect(await serverGroups.get(group.id)).toEqual(group)
  expect((await serverGroups.all()).map(({ id }) => id)).toContain(group.id)
  expect(await serverGroups.delete(group.id)).toBe(true)
  expect(await serverGroups.delete(group.id)).toBe(false)
  expect(await failure(serverGroups.get(group.id))).toBeInstanceOf(NotFoundError)
})

test('flavors are listed by all, and made and described by administrators', async () => {
  const { flavors } = compute
  const [tiny] = (await flavors.all()).filter(({ name }) => name === 'm1.tiny')
  expect(tiny).toMatchObject({ ram: 512, vcpus: 1, disk: 1, ephemeral: 0, swap: 0, isPublic: true })
  expect(await flavors.get(tiny?.id ?? '')).toEqual(tiny)
  expect((await flavors.all({ minRam: 4096 })).every(({ ram }) => ram >= 4096)).toBe(true)
  const wanted = { name: `${prefix}-flavor`, ram: 256, vcpus: 1, disk: 1, isPublic: false }
  expect(await failure(flavors.create(wanted))).toBeInstanceOf(ForbiddenError)

  const made = await asAdmin.flavors.create(wanted)
  atTheEnd(() => asAdmin.flavors.delete(made.id))
  expect((await flavors.all()).map(({ id }) => id)).not.toContain(made.id)
  expect((await asAdmin.flavors.all({ isPublic: 'all' })).map(({ id }) => id)).toContain(made.id)
  await asAdmin.flavors.setExtraSpecs(made.id, { 'hw:cpu_policy': 'shared', 'trait:CUSTOM_A': 'required' })
  expect(await asAdmin.flavors.getExtraSpecs(made.id)).toEqual({
    'hw:cpu_policy': 'shared',
    'trait:CUSTOM_A': 'required',
  })
  expect(await asAdmin.flavors.deleteExtraSpec(made.id, 'trait:CUSTOM_A')).toBe(true)
  expect(await asAdmin.flavors.deleteExtraSpec(made.id, 'trait:CUSTOM_A')).toBe(false)
  expect(await failure(asAdmin.flavors.create(wanted))).toBeInstanceOf(AlreadyExistsError)
  expect(await asAdmin.flavors.delete(made.id)).toBe(true)
  expect(await failure(flavors.get('no-such-flavor'))).toBeInstanceOf(NotFoundError)
})

test('zones and limits are told', async () => {
  expect(await compute.availabilityZones.all()).toEqual(
    expect.arrayContaining(['az1', 'az2', 'az3'].map((name) => ({ name, available: true }))),
  )
  expect(await compute.limits.get()).toMatchObject({
    instances: { used: expect.any(Number) },
    cores: { used: expect.any(Number) },
    ram: { used: expect.any(Number) },
  })
})

test('quotas are told, and changed by administrators', async () => {
  const { project } = await clients.alt.identity.authenticate()
  const id = project?.id ?? ''
  const { quotas } = asAdmin
  const before = await quotas.defaults(id)
  atTheEnd(() => quotas.reset(id))
  await quotas.update(id, { instances: 7 })
  expect(await clients.alt.compute.quotas.get()).toMatchObject({ instances: 7 })
  expect((await clients.alt.compute.quotas.details()).instances).toMatchObject({ limit: 7, used: 0 })
  expect(await failure(clients.alt.compute.quotas.update(id, { instances: 70 }))).toBeInstanceOf(
    ForbiddenError,
  )
  await quotas.reset(id)
  expect(await quotas.get(id)).toMatchObject({ instances: before.instances })
})
