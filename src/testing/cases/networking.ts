import { strict as assert } from 'node:assert'
import { supportsNetworking, supportsSpaces } from '../../environ/capabilities.ts'
import {
  NoInstancesError,
  NotFoundError,
  NotSupportedError,
  PartialInterfacesError,
} from '../../environ/errors.ts'
import type { NetworkingEnviron } from '../../environ/environ.ts'
import { canonicalCidr } from '../../environ/ingress.ts'
import type { ConformanceCase } from '../conformance-case.ts'
import { rejectionOf } from '../rejection.ts'
import { need } from '../not-here.ts'
import type { Trial, TrialModel } from '../trial.ts'

async function networked(trial: Trial): Promise<{ model: TrialModel; environ: NetworkingEnviron }> {
  const model = await trial.model()
  return { model, environ: need(model.environ, supportsNetworking, 'networking') }
}

export const networking: readonly ConformanceCase[] = [
  {
    id: 'networking/subnets',
    sentence: 'subnets have an id, a network and a CIDR, and no id comes twice',
    reason: 'spaces are made of them',
    async run(trial) {
      const { environ } = await networked(trial)
      const subnets = await environ.subnets()
      assert.ok(subnets.length > 0, 'there is none')
      for (const { providerId, providerNetworkId, cidr } of subnets) {
        assert.ok(providerId !== '' && providerNetworkId !== '')
        assert.equal(cidr, canonicalCidr(cidr))
      }
      assert.equal(new Set(subnets.map((subnet) => subnet.providerId)).size, subnets.length)
    },
  },
  {
    id: 'networking/subnets-by-id',
    sentence: 'subnets that are asked for by id come alone, and NotFoundError names those that do not exist',
    reason: 'a space is checked before it is made',
    async run(trial) {
      const { environ } = await networked(trial)
      const [first] = await environ.subnets()
      const id = first?.providerId ?? ''
      assert.deepEqual(await environ.subnets({ subnetIds: [id] }), [first])
      const asked = environ.subnets({ subnetIds: [id, 'absent-subnet'] })
      assert.match((await rejectionOf(NotFoundError, asked)).message, /absent-subnet/)
    },
  },
  {
    id: 'networking/subnets-of-instance',
    sentence: 'the subnets of an instance are among those of the model, and where its interfaces are',
    reason: 'endpoints are bound to spaces by them',
    async run(trial) {
      const { model, environ } = await networked(trial)
      const { id } = (await model.start()).instance
      const all = (await environ.subnets()).map(({ providerId }) => providerId)
      const own = (await environ.subnets({ instanceId: id })).map(({ providerId }) => providerId)
      assert.ok(own.length > 0, 'there is none')
      for (const each of own) assert.ok(all.includes(each))
      const [interfaces = []] = await environ.networkInterfaces([id])
      for (const { providerSubnetId } of interfaces)
        if (providerSubnetId !== undefined) assert.ok(own.includes(providerSubnetId))
    },
  },
  {
    id: 'networking/interfaces',
    sentence: 'interfaces come in the order of the instances, duplicates included, with their addresses',
    reason: 'callers match them with what they asked by position',
    async run(trial) {
      const { model, environ } = await networked(trial)
      const [a, b] = [await model.start(), await model.start()]
      const asked = [b, a, b]
      const found = await environ.networkInterfaces(asked.map(({ instance }) => instance.id))
      assert.equal(found.length, asked.length)
      for (const [index, { instance }] of asked.entries()) {
        const own = found[index]?.flatMap((each) => each.addresses.map(({ value }) => value)) ?? []
        const addresses = (await instance.addresses()).map(({ value }) => value)
        assert.ok(
          own.some((address) => addresses.includes(address)),
          `interface ${index} is another's`,
        )
      }
    },
  },
  {
    id: 'networking/interfaces-partial',
    sentence:
      'interfaces of instances that are gone are holes of PartialInterfacesError, or NoInstancesError',
    reason: 'callers go on with what there is, by its position',
    async run(trial) {
      const { model, environ } = await networked(trial)
      const { id } = (await model.start()).instance
      await rejectionOf(NoInstancesError, environ.networkInterfaces(['absent']))
      const partial = environ.networkInterfaces(['absent', id])
      const { interfaces } = await rejectionOf(PartialInterfacesError, partial)
      assert.equal(interfaces.length, 2)
      assert.equal(interfaces[0], undefined)
      assert.ok((interfaces[1]?.length ?? 0) > 0)
    },
  },
  {
    id: 'networking/spaces',
    sentence: 'spaces are discovered, or give NotSupportedError, as supportsSpaceDiscovery says',
    reason: 'whoever asks first must be able to rely on the answer',
    async run(trial) {
      const { environ } = await networked(trial)
      assert.equal(typeof (await supportsSpaces(environ)), 'boolean')
      if (!(await environ.supportsSpaceDiscovery())) await rejectionOf(NotSupportedError, environ.spaces())
      else for (const { name } of await environ.spaces()) assert.notEqual(name, '')
    },
  },
  {
    id: 'networking/containers',
    sentence: 'addresses of containers are given and taken back, or NotSupportedError is',
    reason: 'containers fall back to a bridge of their host where the cloud has no such thing',
    async run(trial) {
      const { model, environ } = await networked(trial)
      const { id } = (await model.start()).instance
      const [interfaces = []] = await environ.networkInterfaces([id])
      const prepared = interfaces.slice(0, 1).map(({ addresses: _addresses, providerId: _id, ...each }) => ({
        ...each,
        addresses: [],
        macAddress: '00:16:3e:00:00:01',
      }))
      const allocate = environ.allocateContainerAddresses(id, '0/lxd/0', prepared)
      const allocated = await allocate.catch(async (error: unknown) => {
        await rejectionOf(NotSupportedError, Promise.reject(error as Error))
        return undefined
      })
      if (!allocated) return
      assert.equal(allocated.length, prepared.length)
      for (const { addresses } of allocated) assert.ok(addresses.length > 0, 'no address is given')
      const given = allocated.flatMap(({ providerId, macAddress = '' }) =>
        providerId === undefined ? [] : [{ providerId, macAddress }],
      )
      await environ.releaseContainerAddresses(given)
      await environ.releaseContainerAddresses(given)
    },
  },
]
