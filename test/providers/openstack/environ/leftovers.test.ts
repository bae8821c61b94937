/** What machines leave beside their servers, and what of it is never taken for left over. */

import { type Environ, keepsMachineResources, type MachineResourceKeeper } from 'cloud-environs'
import { resourceTags } from 'cloud-environs/provider'
import { describe, expect, it } from 'vitest'
import { openModel } from '../../../environ-contract.ts'
import { environSuite } from './suite.ts'

const suite = environSuite()

/** A model whose environ finds what its machines left. */
async function keepingModel() {
  const opened = await openModel(suite.environs, suite.cloud)
  const { environ, controllerUuid } = opened
  if (!keepsMachineResources(environ)) throw new Error('the environ keeps no resources of machines')
  const keeper: Environ & MachineResourceKeeper = environ
  const modelUuid = environ.config().uuid
  return { ...opened, keeper, prefix: `juju-${controllerUuid}-${modelUuid}`, modelUuid }
}

type Model = Awaited<ReturnType<typeof keepingModel>>

/** A volume that is made for a machine, before the machine is. */
async function volumeFor({ environ, controllerUuid, modelUuid }: Model, machineId: string, tag: string) {
  const source = (await environ.storageProvider('cinder')).volumeSource()
  const resourceTagsOfModel = resourceTags({ modelUuid, controllerUuid })
  const [result] = await source.createVolumes([
    {
      tag,
      size: 1024,
      provider: 'cinder',
      resourceTags: resourceTagsOfModel,
      attachment: { volumeTag: tag, machineId },
    },
  ])
  if (!result?.ok) throw result?.error
  return { source, volumeId: result.value.volumeId }
}

const found = async ({ keeper }: Model) =>
  (await keeper.machineResources()).map(({ kind, machineId }) => `${kind} of ${machineId}`).toSorted()

describe('what machines have beside their servers', () => {
  it('is found by its marks, whether the machine has a server or not; groups of the model are none of it', async () => {
    const of = await keepingModel()
    await of.start()
    const { network } = suite.cloud.connection
    for (const machineId of ['7', 'global'])
      await network.securityGroups.create({ name: `${of.prefix}-${machineId}` })
    await network.securityGroups
      .create({ name: `juju-${of.controllerUuid}-${crypto.randomUUID()}-8` })
      .then(async ({ id }) => {
        expect(await found(of)).toEqual(['security group of 0', 'security group of 7'])
        await network.securityGroups.delete(id)
      })
  })

  it('goes when the machine has no server, and stays when it has one', async () => {
    const of = await keepingModel()
    const { instance } = await of.start()
    const { network } = suite.cloud.connection
    await network.securityGroups.create({ name: `${of.prefix}-7` })
    const [first] = await network.networks.all({ name: 'private' })
    await network.ports.create({ networkId: first?.id ?? '', description: `${of.prefix}-7` })
    expect(await found(of)).toEqual(['port of 7', 'security group of 0', 'security group of 7'])
    await of.keeper.removeMachineResources(['0', '7', '9'])
    expect(await found(of)).toEqual(['security group of 0'])
    await of.keeper.removeMachineResources(['7'])
    expect(await of.environ.instances([instance.id])).toHaveLength(1)
  })
})

describe('a volume that was made for a machine', () => {
  it('is left over until it is first attached, and never again: then something may be on it', async () => {
    const of = await keepingModel()
    await volumeFor(of, '7', 'volume-7')
    const { source, volumeId } = await volumeFor(of, '0', 'volume-0')
    expect(await found(of)).toEqual(['volume of 0', 'volume of 7'])
    const { instance } = await of.start()
    const attachment = { volumeTag: 'volume-0', volumeId, machineId: '0', instanceId: instance.id }
    expect(await source.attachVolumes([attachment])).toMatchObject([{ ok: true }])
    await source.detachVolumes([attachment])
    await of.environ.stopInstances([instance.id])
    expect(await found(of)).toEqual(['volume of 7'])
    await of.keeper.removeMachineResources(['0', '7'])
    expect(await source.listVolumes()).toEqual([volumeId])
  })
})
