/** Volumes, from the request to what Cinder makes of it. */

import { NotFoundError, NotValidError } from 'cloud-environs'
import { afterAll, expect, test } from 'vitest'
import { failure } from '../api/cloud-double.ts'
import { atTheEnd, startClients } from './clients.ts'

const clients = await startClients({ buildMillis: 30, deleteMillis: 10 })
const { volumes, volumeTypes, availabilityZones, limits } = clients.demo.blockStorage
const { prefix } = clients
afterAll(() => clients.close())

test('a volume is made, found, changed, extended and deleted', async () => {
  const made = await volumes.create({ size: 1, name: `${prefix}-a`, description: 'd', metadata: { a: '1' } })
  atTheEnd(() => volumes.delete(made.id))
  expect(await volumes.waitForStatus(made.id)).toMatchObject({
    size: 1,
    metadata: { a: '1' },
    bootable: false,
  })
  expect((await volumes.all({ name: `${prefix}-a`, limit: 1 })).map(({ id }) => id)).toEqual([made.id])
  expect((await volumes.all({ metadata: { a: '1' }, status: 'available' })).map(({ id }) => id)).toContain(
    made.id,
  )
  expect(await volumes.update(made.id, { name: `${prefix}-b` })).toMatchObject({ name: `${prefix}-b` })
  expect(await volumes.updateMetadata(made.id, { b: '2' })).toEqual({ a: '1', b: '2' })
  expect(await volumes.deleteMetadata(made.id, 'a')).toBe(true)
  expect(await volumes.deleteMetadata(made.id, 'a')).toBe(false)
  expect(await volumes.replaceMetadata(made.id, { c: '3' })).toEqual({ c: '3' })
  expect(await volumes.getMetadata(made.id)).toEqual({ c: '3' })
  await volumes.extend(made.id, 2)
  expect(await volumes.waitForStatus(made.id)).toMatchObject({ size: 2 })
  expect(await failure(volumes.extend(made.id, 2))).toBeInstanceOf(NotValidError)
  expect(await volumes.delete(made.id)).toBe(true)
  await volumes.waitForDelete(made.id)
  expect(await volumes.delete(made.id)).toBe(false)
  expect(await failure(volumes.get(made.id))).toBeInstanceOf(NotFoundError)
})

test('a copy is as large as its source, and an image makes a volume that boots', async () => {
  const [image] = await clients.demo.image.images.all({ name: 'cirros' })
  const source = await volumes.create({ size: 1, name: `${prefix}-source`, imageId: image?.id })
  atTheEnd(() => volumes.delete(source.id))
  expect(await volumes.waitForStatus(source.id)).toMatchObject({ bootable: true })
  const copy = await volumes.create({ name: `${prefix}-copy`, sourceVolumeId: source.id })
  atTheEnd(() => volumes.delete(copy.id))
  expect(await volumes.waitForStatus(copy.id)).toMatchObject({ size: 1, sourceVolumeId: source.id })
})

test('what cannot be is refused', async () => {
  expect(await failure(volumes.create({ size: 1, volumeType: 'no-such-type' }))).toBeInstanceOf(NotFoundError)
  expect(await failure(volumes.create({ size: 1, imageId: crypto.randomUUID() }))).toBeInstanceOf(
    NotValidError,
  )
  const own = await volumes.create({ size: 1, name: `${prefix}-own` })
  atTheEnd(() => volumes.delete(own.id))
  await volumes.waitForStatus(own.id)
  expect(await failure(clients.alt.blockStorage.volumes.get(own.id))).toBeInstanceOf(NotFoundError)
  expect(await clients.alt.blockStorage.volumes.delete(own.id)).toBe(false)
  expect(await volumes.get(own.id)).toMatchObject({ status: 'available' })
})

test('types, zones and limits are told', async () => {
  const [type] = await volumeTypes.all()
  expect(await volumeTypes.get(type?.id ?? '')).toEqual(type)
  expect(await availabilityZones.all()).toContainEqual({ name: expect.any(String), available: true })
  expect(await limits.get()).toMatchObject({
    volumes: { used: expect.any(Number) },
    gigabytes: { used: expect.any(Number) },
  })
})
