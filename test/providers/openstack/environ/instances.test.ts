/** Instances as they are found again: by any list of ids, in every state, with their own addresses, and nobody else's. */

import { type Instance, NoInstancesError, PartialInstancesError } from 'cloud-environs'
import { TAG_CONTROLLER, TAG_IS_CONTROLLER, TAG_MACHINE, TAG_MODEL } from 'cloud-environs/provider'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openModel } from '../../../environ-contract.ts'
import { environSuite } from './suite.ts'

const suite = environSuite()

const publicOf = async (instance: Instance | undefined): Promise<readonly string[]> =>
  ((await instance?.addresses()) ?? []).filter(({ scope }) => scope === 'public').map(({ value }) => value)

/** A server that this library did not start. */
async function strayServer(name: string, metadata: Readonly<Record<string, string>>): Promise<string> {
  const { compute, image, network } = suite.cloud.connection
  const [[cirros], [flavor], [net]] = await Promise.all([
    image.images.all({ name: 'cirros' }),
    compute.flavors.all(),
    network.networks.all({ name: 'private' }),
  ])
  const { id } = await compute.servers.create({
    name,
    image: cirros?.id,
    flavor: flavor?.id ?? '',
    networks: [{ network: net?.id }],
    metadata,
  })
  onTestFinished(async () => {
    await compute.servers.delete(id)
    await compute.servers.waitForDelete(id)
  })
  await compute.servers.waitForStatus(id)
  return id
}

describe('ids', () => {
  it('find instances in any order, repeated, and with blanks for those that are not there', async () => {
    const { environ, start } = await openModel(suite.environs, suite.cloud)
    const withAddress = { constraints: { allocatePublicIp: true } }
    const [{ instance: a }, { instance: b }] = await Promise.all([start(withAddress), start(withAddress)])
    const [none, other] = ['', crypto.randomUUID()]
    const patterns = [
      [a.id],
      [b.id, a.id],
      [a.id, a.id, b.id],
      [b.id, a.id, b.id, a.id],
      [none],
      [other],
      [none, other, none],
      [a.id, none],
      [none, a.id],
      [none, a.id, other, b.id],
      [a.id, none, a.id],
      [other, b.id, none],
      [a.id, b.id, other],
      [none, none, b.id, b.id],
    ]
    for (const ids of patterns) {
      const found: unknown = await environ.instances(ids).catch((reason: unknown) => reason)
      const wanted = ids.map((id) => (id === a.id || id === b.id ? id : undefined))
      if (wanted.every((id) => id === undefined)) {
        expect(found).toBeInstanceOf(NoInstancesError)
        continue
      }
      const partial = wanted.includes(undefined)
      if (partial) expect(found).toBeInstanceOf(PartialInstancesError)
      const instances = partial ? (found as PartialInstancesError).instances : (found as readonly Instance[])
      expect(instances.map((instance) => instance?.id)).toEqual(wanted)
      for (const instance of instances) if (instance) expect(await publicOf(instance)).toHaveLength(1)
    }
    expect(await environ.instances([])).toEqual([])
  })

  it('of another model’s or nobody’s servers find nothing, one by one or together', async () => {
    const { environ } = await openModel(suite.environs, suite.cloud)
    const other = await openModel(suite.environs, suite.cloud)
    const { instance } = await other.start()
    const name = `juju-${environ.config().uuid.slice(-6)}-contract-0`
    const stray = await strayServer(name, { [TAG_MODEL]: crypto.randomUUID(), [TAG_MACHINE]: '0' })
    for (const ids of [[instance.id], [stray], [instance.id, stray]])
      await expect(environ.instances(ids)).rejects.toBeInstanceOf(NoInstancesError)
    expect(await environ.allInstances()).toEqual([])
    await environ.stopInstances([instance.id, stray])
    await environ.destroy()
    const { servers } = suite.cloud.connection.compute
    expect([(await servers.get(instance.id)).status, (await servers.get(stray)).status]).toEqual([
      'ACTIVE',
      'ACTIVE',
    ])
  })
})

describe('an instance', () => {
  it('has the name of its model and machine, the tags of their owners, and runs', async () => {
    const { environ, start, controllerUuid } = await openModel(suite.environs, suite.cloud)
    const { uuid, name } = environ.config()
    const tags = { [TAG_MODEL]: uuid, [TAG_CONTROLLER]: controllerUuid, [TAG_MACHINE]: '100' }
    const controllerTags = { ...tags, [TAG_IS_CONTROLLER]: 'true' }
    const { instance } = await start({
      instanceConfig: { machineId: '100', isController: true, tags: controllerTags },
    })
    const server = await suite.cloud.connection.compute.servers.get(instance.id)
    expect(server.name).toBe(`juju-${uuid.slice(-6)}-${name}-100`)
    expect(server.metadata).toEqual(controllerTags)
    expect(instance.status).toEqual({ state: 'running', message: 'ACTIVE' })
    expect(await environ.controllerInstances(controllerUuid)).toEqual([instance.id])
    await expect(environ.controllerInstances(crypto.randomUUID())).rejects.toBeInstanceOf(NoInstancesError)
  })

  it('is found in every state, with the cloud’s word for it', async () => {
    const { environ, start } = await openModel(suite.environs, suite.cloud)
    const machines = await Promise.all([start(), start(), start(), start()])
    const [off = '', asleep = '', paused = '', shelved = ''] = machines.map(({ instance }) => instance.id)
    const { servers } = suite.cloud.connection.compute
    await Promise.all([
      servers.stop(off),
      servers.suspend(asleep),
      servers.pause(paused),
      servers.shelve(shelved),
    ])
    await Promise.all([
      servers.waitForStatus(off, { accept: ['SHUTOFF'] }),
      servers.waitForStatus(asleep, { accept: ['SUSPENDED'] }),
      servers.waitForStatus(paused, { accept: ['PAUSED'] }),
      servers.waitForStatus(shelved, { accept: ['SHELVED', 'SHELVED_OFFLOADED'] }),
    ])
    const found = await environ.instances([off, asleep, paused, shelved])
    expect(found.map(({ status }) => status.message)).toEqual([
      'SHUTOFF',
      'SUSPENDED',
      'PAUSED',
      expect.stringMatching(/^SHELVED/),
    ])
    expect(found.every(({ status }) => status.state === 'stopped')).toBe(true)
    expect(await environ.allInstances()).toHaveLength(4)
    await environ.stopInstances([off, asleep])
    await environ.destroy()
    expect(await environ.allInstances()).toEqual([])
  })

  it('has hardware as it was asked for, or more', async () => {
    const { start } = await openModel(suite.environs, suite.cloud)
    const { hardware } = await start({ constraints: { mem: 1024, arch: 'amd64' } })
    expect(hardware).toMatchObject({ arch: 'amd64', mem: 2048, cpuCores: 1 })
    expect(hardware).not.toHaveProperty('cpuPower')
  })
})

describe('floating IPs', () => {
  it('are listed with the instance that each leads to, and with no other', async () => {
    const { environ, start } = await openModel(suite.environs, suite.cloud)
    const withAddress = { constraints: { allocatePublicIp: true } }
    const [a, b, c] = await Promise.all([
      start(withAddress),
      start(withAddress),
      start({ constraints: { allocatePublicIp: false } }),
    ])
    const addressOf = new Map(
      await Promise.all(
        (await environ.allInstances()).map(async (each) => [each.id, await publicOf(each)] as const),
      ),
    )
    expect(addressOf.get(a.instance.id)).toEqual(await publicOf(a.instance))
    expect(addressOf.get(b.instance.id)).toEqual(await publicOf(b.instance))
    expect(new Set([...addressOf.values()].flat()).size).toBe(2)
    expect(addressOf.get(c.instance.id)).toEqual([])
    expect(await publicOf(c.instance)).toEqual([])

    await environ.stopInstances([a.instance.id])
    const left = (await suite.cloud.leftovers()).filter((each) => each.startsWith('floating IP'))
    expect(left).toEqual([`floating IP ${addressOf.get(b.instance.id)?.[0]}`])
  })
})
