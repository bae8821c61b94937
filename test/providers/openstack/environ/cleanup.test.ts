/** What goes with a machine, a model and a controller, and what stays because it is somebody else's. */

import { supportsInstanceFirewall } from 'cloud-environs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openModel } from '../../../environ-contract.ts'
import { environSuite } from './suite.ts'

const suite = environSuite()

type Model = Awaited<ReturnType<typeof openModel>>

const model = (options?: Parameters<typeof openModel>[2]): Promise<Model> =>
  openModel(suite.environs, suite.cloud, options)

const prefixOf = ({ environ, controllerUuid }: Model): string =>
  `juju-${controllerUuid}-${environ.config().uuid}`

/** What the names of a model's groups end with. */
async function groupsOf(of: Model): Promise<readonly string[]> {
  const all = await suite.cloud.connection.network.securityGroups.all()
  return all
    .filter(({ name }) => name.startsWith(prefixOf(of)))
    .map(({ name }) => name.slice(prefixOf(of).length))
    .toSorted()
}

/** Ids of a model's ports that were made for spaces. */
async function portsOf(of: Model): Promise<readonly string[]> {
  const all = await suite.cloud.connection.network.ports.all()
  return all.filter(({ description }) => description.startsWith(prefixOf(of))).map(({ id }) => id)
}

async function inSpaces(of: Model) {
  const [network] = await suite.cloud.connection.network.networks.all({ name: 'private' })
  const [subnet = ''] = network?.subnets ?? []
  return of.start({ subnetsToZones: [new Map([[subnet, []]]), new Map([[subnet, []]])] })
}

describe('stopping a machine', () => {
  it('removes its group, and no other machine’s, the model’s or the project’s', async () => {
    const of = await model({ config: { 'use-default-secgroup': true } })
    const [first, second] = [await of.start(), await of.start()]
    expect(await groupsOf(of)).toEqual(['', '-0', '-1'])
    await of.environ.stopInstances([first.instance.id])
    expect(await groupsOf(of)).toEqual(['', '-1'])
    expect(await suite.cloud.connection.network.securityGroups.all({ name: 'default' })).toHaveLength(1)
    await of.environ.stopInstances([second.instance.id])
    expect(await groupsOf(of)).toEqual([''])
  })

  it('removes the ports of its spaces, and leaves those of others, one machine after the other', async () => {
    const of = await model()
    const machines = [await inSpaces(of), await inSpaces(of), await inSpaces(of)]
    expect(await portsOf(of)).toHaveLength(6)
    for (const [stopped, { instance }] of machines.entries()) {
      await of.environ.stopInstances([instance.id])
      const left = machines.slice(stopped + 1).flatMap(({ networkInfo = [] }) => networkInfo)
      expect((await portsOf(of)).toSorted()).toEqual(left.map(({ providerId = '' }) => providerId).toSorted())
    }
  })

  it('goes on past those that are not there, and removes the groups of those that were', async () => {
    const of = await model()
    const [a, b] = [await of.start(), await of.start()]
    const { servers } = suite.cloud.connection.compute
    await servers.delete(a.instance.id)
    await servers.waitForDelete(a.instance.id)
    await of.environ.stopInstances([a.instance.id, 'absent', b.instance.id])
    expect(await of.environ.allInstances()).toEqual([])
    // Nobody can tell any more whose the first one was; destroying the model can.
    expect(await groupsOf(of)).not.toContain('-1')
    await of.environ.destroy()
    expect(await groupsOf(of)).toEqual([])
  })
})

describe('destroying a model', () => {
  it.each(['instance', 'global', 'none'] as const)(
    'removes its groups in firewall mode %s',
    async (firewallMode) => {
      const of = await model({ firewallMode })
      const { instance } = await of.start()
      const rules = [{ protocol: 'tcp', fromPort: 80, toPort: 80 } as const]
      if (firewallMode === 'global') await of.environ.openPorts(rules)
      if (firewallMode === 'instance' && supportsInstanceFirewall(instance))
        await instance.firewall.openPorts(rules)
      await of.environ.destroy()
      await of.environ.destroy()
      expect(await groupsOf(of)).toEqual([])
      expect(await of.environ.allInstances()).toEqual([])
    },
  )

  it('removes servers that do not run, ports of spaces and floating IPs', async () => {
    const of = await model()
    const [{ instance: paused }, { instance: shelved }] = await Promise.all([
      inSpaces(of),
      of.start({ constraints: { allocatePublicIp: true } }),
    ])
    const { servers } = suite.cloud.connection.compute
    await servers.pause(paused.id)
    await servers.shelve(shelved.id)
    await servers.waitForStatus(paused.id, { accept: ['PAUSED'] })
    await servers.waitForStatus(shelved.id, { accept: ['SHELVED', 'SHELVED_OFFLOADED'] })
    const [address] = await shelved.addresses()
    await of.environ.destroy()
    expect(await of.environ.allInstances()).toEqual([])
    expect([...(await groupsOf(of)), ...(await portsOf(of))]).toEqual([])
    const { floatingIps } = suite.cloud.connection.network
    expect(await floatingIps.all({ floatingIpAddress: address?.value })).toEqual([])
  })

  it('leaves groups that only look like its own', async () => {
    const of = await model()
    await of.start()
    const { securityGroups } = suite.cloud.connection.network
    const { uuid } = of.environ.config()
    const names = [`juju-${of.controllerUuid}-${crypto.randomUUID()}`, `not-juju-${uuid}`, 'juju']
    const others = await Promise.all(names.map((name) => securityGroups.create({ name })))
    onTestFinished(async () => {
      await Promise.all(others.map(({ id }) => securityGroups.delete(id)))
    })
    await of.environ.destroy()
    for (const { id, name } of others) expect((await securityGroups.get(id)).name).toBe(name)
    expect(await groupsOf(of)).toEqual([])
  })
})

describe('destroying a hosted model', () => {
  it('leaves its controller alone, and destroying the controller leaves no model of it', async () => {
    const controllerUuid = crypto.randomUUID()
    const [controller, hosted, other] = [
      await model({ controllerUuid }),
      await model({ controllerUuid }),
      await model(),
    ]
    await Promise.all([controller.start(), hosted.start(), inSpaces(hosted), other.start()])
    await hosted.environ.destroy()
    expect([await groupsOf(hosted), await portsOf(hosted)]).toEqual([[], []])
    expect(await controller.environ.allInstances()).toHaveLength(1)
    expect(await groupsOf(controller)).toEqual(['', '-0'])

    await hosted.start()
    await controller.environ.destroyController(controllerUuid)
    expect([await groupsOf(controller), await groupsOf(hosted)]).toEqual([[], []])
    expect(await hosted.environ.allInstances()).toEqual([])
    expect(await groupsOf(other)).toEqual(['', '-0'])
    expect(await other.environ.allInstances()).toHaveLength(1)
  })
})
