/** Every operation on servers, from the first request to what the cloud makes of it. */

import { ConflictError, NotFoundError } from 'cloud-environs'
import type { OpenStackConnection, Server, ServerStatus } from 'cloud-environs/providers/openstack'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type Clients, startClients } from './clients.ts'

const clients = await startClients({ buildMillis: 30, deleteMillis: 10 })
const { demo: user, admin, prefix } = clients
const { servers } = user.compute
let ground: Ground
let id: string

interface Ground {
  readonly image: string
  readonly tiny: string
  readonly small: string
  readonly network: string
}

async function groundOf({ compute, image, network }: OpenStackConnection): Promise<Ground> {
  const [images, flavors, networks] = await Promise.all([
    image.images.all({ name: 'cirros' }),
    compute.flavors.all(),
    network.networks.all({ name: 'private' }),
  ])
  const idOf = (name: string) => flavors.find((flavor) => flavor.name === name)?.id ?? ''
  return {
    image: images[0]?.id ?? '',
    tiny: idOf('m1.tiny'),
    small: idOf('m1.small'),
    network: networks[0]?.id ?? '',
  }
}

/** Waits until it is in that status and nothing is being done to it. */
async function settled({ compute }: OpenStackConnection, id: string, status: ServerStatus): Promise<Server> {
  return compute.servers.watcher().until(
    id,
    (server) => {
      if (server?.status === 'ERROR' && status !== 'ERROR') throw new Error(server.fault?.message)
      return server?.status === status && server.taskState === undefined ? server : undefined
    },
    { goal: status, timeoutMs: 90_000 },
  )
}

/** Waits until it has so many addresses on the private network: interfaces come and go in the background. */
async function untilAddresses({ compute }: OpenStackConnection, id: string, count: number) {
  return compute.servers.watcher().until(
    id,
    (server) => {
      const addresses = server?.addresses['private'] ?? []
      return addresses.length === count ? addresses : undefined
    },
    { goal: `at ${count} addresses`, timeoutMs: 30_000 },
  )
}

/** For a moment Nova still knows a server that it says is deleted. */
const forgotten = (remove: () => Promise<boolean>): Promise<void> =>
  vi.waitFor(async () => expect(await remove()).toBe(false), { timeout: 10_000 })

async function removeAll({ demo, prefix }: Clients): Promise<void> {
  const { compute, image, blockStorage } = demo
  const servers = await compute.servers.all({ name: `^${prefix}` })
  await Promise.all(
    servers.map(async ({ id }) => {
      await compute.servers.unlock(id)
      await compute.servers.delete(id)
      await compute.servers.waitForDelete(id)
    }),
  )
  const volumes = (await blockStorage.volumes.all()).filter(({ name }) => name.startsWith(prefix))
  await Promise.all(volumes.map(({ id }) => blockStorage.volumes.delete(id)))
  const images = (await image.images.all()).filter(({ name }) => name?.startsWith(prefix))
  await Promise.all(images.map(({ id }) => image.images.delete(id)))
}

beforeAll(async () => {
  ground = await groundOf(user)
  ;({ id } = await servers.create({
    name: `${prefix}-main`,
    image: ground.image,
    flavor: ground.tiny,
    networks: [{ network: ground.network }],
    metadata: { role: 'main' },
  }))
  await settled(user, id, 'ACTIVE')
})
afterAll(async () => {
  await removeAll(clients)
  await clients.close()
})

test('create with everything, shown at the newest microversion of Zed', async () => {
  const { id: made, adminPassword } = await servers.create({
    name: `${prefix}-rich`,
    image: ground.image,
    flavor: ground.tiny,
    networks: [{ network: ground.network, tag: 'front' }],
    description: 'all of it',
    tags: ['web', 'blue'],
    hostname: 'rich-1',
    metadata: { a: '1' },
    userData: Buffer.from('#cloud-config\n').toString('base64'),
    configDrive: true,
    accessIpv4: '192.0.2.7',
    accessIpv6: '2001:db8::7',
    diskConfig: 'MANUAL',
    availabilityZone: 'az1',
    securityGroups: ['default'],
  })
  expect(adminPassword?.reveal()).toMatch(/^\S{8,}$/)
  await settled(user, made, 'ACTIVE')
  expect(await servers.get(made, { microversion: '2.93' })).toMatchObject({
    name: `${prefix}-rich`,
    description: 'all of it',
    tags: expect.arrayContaining(['web', 'blue']),
    hostname: 'rich-1',
    locked: false,
    metadata: { a: '1' },
    configDrive: true,
    accessIpv4: '192.0.2.7',
    accessIpv6: '2001:db8::7',
    diskConfig: 'MANUAL',
    availabilityZone: 'az1',
    flavor: { name: 'm1.tiny', ram: 512, vcpus: 1, disk: 1 },
    securityGroups: ['default'],
  })
  expect(await servers.all({ tags: ['web'], name: `^${prefix}` }, { microversion: '2.93' })).toHaveLength(1)
  expect(await servers.delete(made)).toBe(true)
  await servers.waitForDelete(made)
  await forgotten(() => servers.delete(made))
})

test('create several, found by their reservation', async () => {
  const reservationId = await servers.createMany({
    name: `${prefix}-many`,
    image: ground.image,
    flavor: ground.tiny,
    networks: 'none',
    minCount: 2,
    maxCount: 2,
  })
  const made = await servers.all({ reservationId })
  expect(made.map(({ name }) => name).toSorted()).toEqual([`${prefix}-many-1`, `${prefix}-many-2`])
  await Promise.all(made.map((each) => servers.delete(each.id)))
  await Promise.all(made.map((each) => servers.waitForDelete(each.id)))
})

test('list, brief and in detail, find, and get', async () => {
  expect((await servers.allBrief({ name: `^${prefix}-main$` })).map((brief) => brief.id)).toEqual([id])
  expect((await servers.all({ name: `^${prefix}-main$`, status: 'ACTIVE' })).map((each) => each.id)).toEqual([
    id,
  ])
  expect(await servers.find(`${prefix}-main`)).toMatchObject({ id })
  expect(await servers.find(`${prefix}-ma`)).toBeUndefined()
  expect(await servers.get(id)).toMatchObject({ id, status: 'ACTIVE', vmState: 'active', powerState: 1 })
  const pages: string[] = []
  for await (const server of servers.list({
    name: `^${prefix}`,
    limit: 1,
    sortKey: 'created_at',
    sortDir: 'asc',
  }))
    pages.push(server.id)
  expect(pages).toContain(id)
  const shown = await admin.compute.servers.get(id, { microversion: '2.93' })
  expect(shown.extendedAttributes).toMatchObject({
    host: expect.any(String),
    hostStatus: 'UP',
    launchIndex: 0,
  })
  await expect(servers.get('no-such-server')).rejects.toBeInstanceOf(NotFoundError)
})

test('update', async () => {
  const update = { name: `${prefix}-main`, description: 'd', accessIpv4: '192.0.2.9', hostname: 'main-1' }
  expect(await servers.update(id, update)).toMatchObject(update)
  expect(await servers.update(id, { description: null })).toMatchObject({ description: undefined })
})

test('metadata', async () => {
  expect(await servers.getMetadata(id)).toEqual({ role: 'main' })
  expect(await servers.updateMetadata(id, { a: '1', b: '2' })).toMatchObject({
    a: '1',
    b: '2',
    role: 'main',
  })
  expect(await servers.getMetadataItem(id, 'a')).toBe('1')
  await servers.setMetadataItem(id, 'a', '3')
  expect(await servers.deleteMetadata(id, 'b')).toBe(true)
  expect(await servers.deleteMetadata(id, 'b')).toBe(false)
  expect(await servers.getMetadata(id)).toEqual({ a: '3', role: 'main' })
  expect(await servers.replaceMetadata(id, { role: 'main' })).toEqual({ role: 'main' })
  await expect(servers.getMetadataItem(id, 'no-such-key')).rejects.toBeInstanceOf(NotFoundError)
})

test('tags', async () => {
  expect(await servers.replaceTags(id, ['one', 'two'])).toEqual(expect.arrayContaining(['one', 'two']))
  await servers.addTag(id, 'three')
  expect(await servers.hasTag(id, 'three')).toBe(true)
  expect(await servers.removeTag(id, 'three')).toBe(true)
  expect(await servers.removeTag(id, 'three')).toBe(false)
  expect((await servers.tags(id)).toSorted()).toEqual(['one', 'two'])
  await servers.clearTags(id)
  expect(await servers.tags(id)).toEqual([])
})

test('addresses and interfaces', async () => {
  const addresses = await servers.addresses(id)
  expect(Object.keys(addresses)).toEqual(['private'])
  expect(await servers.addressesOf(id, 'private')).toEqual(addresses['private'])
  const added = await servers.createInterface(id, { network: ground.network, tag: 'second' })
  expect(await servers.getInterface(id, added.portId)).toMatchObject({ portId: added.portId })
  expect((await servers.interfaces(id)).map(({ portId }) => portId)).toContain(added.portId)
  expect(await servers.deleteInterface(id, added.portId)).toBe(true)
  await untilAddresses(user, id, 1)
})

test('fixed addresses by the old action', async () => {
  await servers.addFixedIp(id, ground.network)
  const [, added] = await untilAddresses(user, id, 2)
  await servers.removeFixedIp(id, added?.address ?? '')
  expect(await untilAddresses(user, id, 1)).toHaveLength(1)
})

test('security groups', async () => {
  const group = await user.network.securityGroups.create({ name: `${prefix}-group`, description: 'g' })
  await servers.addSecurityGroup(id, group.id)
  const groups = await servers.fetchSecurityGroups(id)
  expect(groups.map((each) => each.id)).toContain(group.id)
  await servers.removeSecurityGroup(id, group.id)
  expect((await servers.fetchSecurityGroups(id)).map((each) => each.id)).not.toContain(group.id)
  expect(await user.network.securityGroups.delete(group.id)).toBe(true)
})

test('consoles and passwords', async () => {
  expect(await servers.getConsoleOutput(id, { lines: 2 })).toContain('\n')
  expect(await servers.getConsoleUrl(id, 'novnc')).toMatchObject({
    protocol: 'vnc',
    type: 'novnc',
    url: expect.stringMatching(/^https?:/),
  })
  expect(await servers.getPassword(id)).toBeUndefined()
  await servers.clearPassword(id)
  await servers.changePassword(id, 'a new Passw0rd')
  await settled(user, id, 'ACTIVE')
})

test('topology and diagnostics', async () => {
  expect(await servers.fetchTopology(id)).toMatchObject({ nodes: [] })
  expect(await admin.compute.servers.diagnostics(id)).toMatchObject({ state: 'running' })
})

test('stop, start, reboot', async () => {
  await servers.stop(id)
  await settled(user, id, 'SHUTOFF')
  await expect(servers.stop(id)).rejects.toBeInstanceOf(ConflictError)
  await servers.start(id)
  await settled(user, id, 'ACTIVE')
  await expect(servers.start(id)).rejects.toBeInstanceOf(ConflictError)
  await servers.reboot(id, 'SOFT')
  await settled(user, id, 'ACTIVE')
  await servers.reboot(id, 'HARD')
  await settled(user, id, 'ACTIVE')
})

test('pause, unpause, suspend, resume', async () => {
  await servers.pause(id)
  await settled(user, id, 'PAUSED')
  await expect(servers.suspend(id)).rejects.toBeInstanceOf(ConflictError)
  await servers.unpause(id)
  await settled(user, id, 'ACTIVE')
  await servers.suspend(id)
  await settled(user, id, 'SUSPENDED')
  await servers.resume(id)
  await settled(user, id, 'ACTIVE')
})

test('lock and unlock', async () => {
  await servers.lock(id, { reason: 'audit' })
  expect(await servers.get(id, { microversion: '2.93' })).toMatchObject({
    locked: true,
    lockedReason: 'audit',
  })
  expect((await servers.all({ locked: true, name: `^${prefix}` })).map((each) => each.id)).toEqual([id])
  await servers.unlock(id)
  await admin.compute.servers.lock(id)
  await expect(servers.stop(id)).rejects.toBeInstanceOf(ConflictError)
  await expect(servers.delete(id)).rejects.toBeInstanceOf(ConflictError)
  await admin.compute.servers.unlock(id)
})

test('rescue and unrescue', async () => {
  const password = await servers.rescue(id, { adminPassword: 'a Rescue5 password', image: ground.image })
  expect(password?.reveal()).toBe('a Rescue5 password')
  await settled(user, id, 'RESCUE')
  await servers.unrescue(id)
  await settled(user, id, 'ACTIVE')
})

test('shelve, offload, unshelve', async () => {
  await servers.shelve(id)
  await settled(user, id, 'SHELVED_OFFLOADED')
  await servers.unshelve(id, { availabilityZone: 'az2' })
  expect(await settled(user, id, 'ACTIVE')).toMatchObject({ availabilityZone: 'az2' })
  await servers.shelve(id)
  await settled(user, id, 'SHELVED_OFFLOADED')
  await expect(admin.compute.servers.shelveOffload(id)).rejects.toBeInstanceOf(ConflictError)
  await servers.unshelve(id)
  await settled(user, id, 'ACTIVE')
})

test('resize, reverted and confirmed', async () => {
  await servers.resize(id, ground.small)
  await settled(user, id, 'VERIFY_RESIZE')
  await servers.revertResize(id)
  expect(await settled(user, id, 'ACTIVE')).toMatchObject({ flavor: { id: ground.tiny } })
  await servers.resize(id, ground.small)
  await settled(user, id, 'VERIFY_RESIZE')
  await servers.confirmResize(id)
  expect(await settled(user, id, 'ACTIVE')).toMatchObject({ flavor: { id: ground.small } })
  await expect(servers.resize(id, ground.small)).rejects.toMatchObject({ status: 400 })
  await expect(servers.confirmResize(id)).rejects.toBeInstanceOf(ConflictError)
})

test('rebuild', async () => {
  const rebuilt = await servers.rebuild(id, {
    image: ground.image,
    metadata: { role: 'rebuilt' },
    adminPassword: 'a rebuilt Passw0rd',
    description: 'again',
  })
  expect(rebuilt.adminPassword?.reveal()).toBe('a rebuilt Passw0rd')
  expect(await settled(user, id, 'ACTIVE')).toMatchObject({ metadata: { role: 'rebuilt' } })
})

test('images and backups', async () => {
  const image = await servers.createImage(id, `${prefix}-image`, { metadata: { purpose: 'test' } })
  expect(await user.image.images.get(image)).toMatchObject({ id: image, name: `${prefix}-image` })
  await settled(user, id, 'ACTIVE')
  const backup = await servers.backup(id, { name: `${prefix}-backup`, type: 'daily', rotation: 1 })
  expect(backup).toEqual(expect.any(String))
  await settled(user, id, 'ACTIVE')
})

test('migrate, and live', async () => {
  const before = await admin.compute.servers.get(id)
  // Two hosts in each zone; without a name, a cloud that allows it may choose the same one again.
  const host = before.extendedAttributes?.host === 'cn-az2-1' ? 'cn-az2-2' : 'cn-az2-1'
  await admin.compute.servers.migrate(id, { host })
  await settled(user, id, 'VERIFY_RESIZE')
  await admin.compute.servers.confirmResize(id)
  const after = await settled(admin, id, 'ACTIVE')
  expect(after.extendedAttributes).toMatchObject({ host })
  await admin.compute.servers.liveMigrate(id)
  const live = await settled(admin, id, 'ACTIVE')
  expect(live.extendedAttributes?.host).not.toBe(after.extendedAttributes?.host)
  await vi.waitFor(async () => expect(await admin.compute.servers.migrations(id)).toEqual([]), 10_000)
  await expect(servers.migrate(id)).rejects.toMatchObject({ status: 403 })
  await expect(admin.compute.servers.getMigration(id, 999_999)).rejects.toBeInstanceOf(NotFoundError)
  await expect(admin.compute.servers.abortMigration(id, 999_999)).rejects.toBeInstanceOf(ConflictError)
  await expect(admin.compute.servers.forceCompleteMigration(id, 999_999)).rejects.toBeInstanceOf(
    ConflictError,
  )
  await expect(admin.compute.servers.evacuate(id)).rejects.toMatchObject({ status: 400 })
})

test('what an administrator does: crash dump, state, network information', async () => {
  await admin.compute.servers.triggerCrashDump(id)
  await admin.compute.servers.resetState(id, 'error')
  expect(await servers.get(id)).toMatchObject({ status: 'ERROR' })
  await admin.compute.servers.resetState(id, 'active')
  expect(await servers.get(id)).toMatchObject({ status: 'ACTIVE' })
  await admin.compute.servers.injectNetworkInfo(id)
  await expect(admin.compute.servers.resetNetwork(id)).rejects.toMatchObject({ status: 410 })
  await expect(servers.restore(id)).rejects.toBeInstanceOf(ConflictError)
  await expect(servers.resetState(id, 'error')).rejects.toMatchObject({ status: 403 })
})

test('volumes', async () => {
  const { volumes } = user.blockStorage
  const volume = await volumes.create({ size: 1, name: `${prefix}-volume` })
  await volumes.waitForStatus(volume.id)
  const attachment = await servers.createVolumeAttachment(id, {
    volumeId: volume.id,
    deleteOnTermination: false,
  })
  expect(attachment).toMatchObject({ volumeId: volume.id, serverId: id })
  expect(await volumes.waitForStatus(volume.id, { accept: ['in-use'] })).toMatchObject({
    attachments: [{ serverId: id }],
  })
  expect((await servers.volumeAttachments(id)).map(({ volumeId }) => volumeId)).toEqual([volume.id])
  expect(await servers.getVolumeAttachment(id, volume.id)).toMatchObject({ volumeId: volume.id })
  expect((await servers.get(id)).attachedVolumes).toEqual([volume.id])
  await expect(servers.createVolumeAttachment(id, { volumeId: volume.id })).rejects.toMatchObject({
    status: 400,
  })
  await servers.updateVolumeAttachment(id, volume.id, { deleteOnTermination: true })
  expect(await servers.deleteVolumeAttachment(id, volume.id)).toBe(true)
  await volumes.waitForStatus(volume.id)
  expect(await servers.deleteVolumeAttachment(id, volume.id)).toBe(false)
  await volumes.delete(volume.id)
  await volumes.waitForDelete(volume.id)
})

test('instance actions', async () => {
  const actions = await servers.instanceActions(id)
  const names = actions.map(({ action }) => action)
  expect(names).toEqual(
    expect.arrayContaining(['create', 'stop', 'start', 'reboot', 'pause', 'rebuild', 'resize']),
  )
  const created = actions.find(({ action }) => action === 'create')
  expect(await servers.getInstanceAction(id, created?.requestId ?? '')).toMatchObject({ action: 'create' })
})

test('delete by force', async () => {
  const { id: doomed } = await servers.create({
    name: `${prefix}-doomed`,
    image: ground.image,
    flavor: ground.tiny,
    networks: 'none',
  })
  await settled(user, doomed, 'ACTIVE')
  expect(await servers.forceDelete(doomed)).toBe(true)
  await servers.waitForDelete(doomed)
  await forgotten(() => servers.forceDelete(doomed))
})
