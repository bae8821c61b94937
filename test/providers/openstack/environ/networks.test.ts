/** Which networks a machine is on: by name, by id, several, none named, and those that are not there. */

import { type Environ, findError, NotFoundError } from 'cloud-environs'
import { parseBase } from 'cloud-environs/provider'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openModel } from '../../../environ-contract.ts'
import { environSuite } from './suite.ts'

const suite = environSuite()

const unique = (): string => `net-${crypto.randomUUID().slice(0, 8)}`

/** A network of this test's own with a subnet. */
async function ownNetwork(name = unique(), cidr = '10.98.0.0/24') {
  const { networks, subnets } = suite.cloud.connection.network
  const { id } = await networks.create({ name })
  onTestFinished(async () => {
    await networks.delete(id)
  })
  const subnet = await subnets.create({ networkId: id, cidr, ipVersion: 4 })
  return { id, name, subnet: subnet.id }
}

/** The ids of the networks that a machine is on, which is started on those that the model names. */
async function networksOf(network: string): Promise<readonly string[]> {
  const { environ, start } = await openModel(suite.environs, suite.cloud, { config: { network } })
  const { instance } = await start()
  const ports = await suite.cloud.connection.network.ports.all({ deviceId: instance.id })
  await environ.stopInstances([instance.id])
  return ports.map(({ networkId }) => networkId).toSorted()
}

/** Names of what a model has: its machines and groups. */
async function madeBy(environ: Environ): Promise<readonly string[]> {
  const groups = await suite.cloud.connection.network.securityGroups.all()
  const machines = await environ.allInstances()
  return [...machines.map(({ displayName }) => displayName), ...groups.map(({ name }) => name)].filter(
    (name) => name.includes(environ.config().uuid.slice(-6)),
  )
}

describe('a machine', () => {
  it('is on the network of the name, or of the id, that the model has', async () => {
    const { id, name } = await ownNetwork()
    expect(await networksOf(name)).toEqual([id])
    expect(await networksOf(id)).toEqual([id])
  })

  it('is on each of several once, whatever the blanks, the order and the ways to name them', async () => {
    const [a, b] = [await ownNetwork(), await ownNetwork(unique(), '10.97.0.0/24')]
    expect(await networksOf(` ${a.name} ,, ${b.id},${a.id} `)).toEqual([a.id, b.id].toSorted())
  })

  it('is on all networks of a name that several have', async () => {
    const name = unique()
    const [a, b] = [await ownNetwork(name), await ownNetwork(name, '10.97.0.0/24')]
    expect(await networksOf(name)).toEqual([a.id, b.id].toSorted())
  })

  it('is on every internal network that has a subnet when the model names none', async () => {
    await ownNetwork()
    const bare = await suite.cloud.connection.network.networks.create({ name: unique() })
    onTestFinished(async () => {
      await suite.cloud.connection.network.networks.delete(bare.id)
    })
    const internal = (await suite.cloud.connection.network.networks.all()).filter(
      ({ external, subnets }) => !external && subnets.length > 0,
    )
    expect(internal.length).toBeGreaterThan(1)
    expect(await networksOf('')).toEqual(internal.map(({ id }) => id).toSorted())
  })
})

describe('a network that is not there', () => {
  it.each([
    ['by name', 'atlantis'],
    ['by id', '00000000-1111-2222-3333-444444444444'],
    ['beside one that is', 'private,atlantis'],
    ['for being external', 'public'],
  ])('is refused %s with those there are, before anything is made', async (_, network) => {
    const { environ, start } = await openModel(suite.environs, suite.cloud, { config: { network } })
    const wrong = network.split(',').at(-1)
    for (const attempt of [
      start(),
      environ.precheckInstance({ base: parseBase('ubuntu@24.04'), constraints: {} }),
    ]) {
      const error = findError(await attempt.catch((reason: unknown) => reason), NotFoundError)
      expect(error?.message).toBe(`network "${wrong}" not found`)
      expect(error?.hint).toMatch(/private \([0-9a-f-]{36}\)/)
    }
    expect(await madeBy(environ)).toEqual([])
  })
})

describe('an image that is not there', () => {
  it('is refused with those there are, before anything is made', async () => {
    const { environ, start } = await openModel(suite.environs, suite.cloud)
    const constraints = { imageId: '00000000-1111-2222-3333-444444444444' }
    for (const attempt of [
      start({ constraints }),
      environ.precheckInstance({ base: parseBase('ubuntu@24.04'), constraints }),
    ]) {
      const error = findError(await attempt.catch((reason: unknown) => reason), NotFoundError)
      expect(error?.message).toContain(`image "${constraints.imageId}" not found`)
      expect(error?.hint).toMatch(/[0-9a-f-]{36} \(ubuntu@24\.04 amd64\)/)
    }
    expect(await madeBy(environ)).toEqual([])
  })
})
