/** Subnets, interfaces and containers' addresses, as an orchestrator asks for them. */

import {
  NoInstancesError,
  NotFoundError,
  NotSupportedError,
  PartialInstancesError,
  type PartialInterfacesError,
  supportsNetworking,
  supportsSpaces,
} from 'cloud-environs'
import { describe, expect, it } from 'vitest'
import { openModel } from '../../../environ-contract.ts'
import { environSuite } from './suite.ts'

const suite = environSuite()

async function networkingModel(options?: Parameters<typeof openModel>[2]) {
  const { environ, ...rest } = await openModel(suite.environs, suite.cloud, options)
  if (!supportsNetworking(environ)) throw new Error('the environ has no networking')
  return { environ, ...rest }
}

describe('subnets', () => {
  it('are those of the model’s networks, and of the one for floating IPs', async () => {
    const [network] = await suite.cloud.connection.network.networks.all({ name: 'private' })
    const { environ } = await networkingModel()
    const own = await environ.subnets()
    expect(own.map(({ providerId }) => providerId)).toEqual(network?.subnets)
    expect(own[0]).toMatchObject({ providerNetworkId: network?.id, cidr: '10.20.0.0/16', vlanTag: 0 })

    const { environ: outside } = await networkingModel({ config: { 'external-network': 'public' } })
    // Its subnets show only to whom they belong.
    expect(await outside.subnets()).toEqual(expect.arrayContaining([...own]))
  })

  it('can be asked for by id, and by the instance that is on them', async () => {
    const { environ, start } = await networkingModel()
    const [subnet] = await environ.subnets()
    const { instance } = await start()
    const subnetIds = [subnet?.providerId ?? '']
    expect(await environ.subnets({ subnetIds, instanceId: instance.id })).toEqual([subnet])
    const missing = environ.subnets({ subnetIds: [...subnetIds, 'absent'] })
    await expect(missing).rejects.toThrow(/subnets not found: absent$/)
    await expect(missing).rejects.toBeInstanceOf(NotFoundError)
  })
})

describe('interfaces', () => {
  it('are told of each instance in the order of the ids, with what leads to them from outside', async () => {
    const { environ, start } = await networkingModel()
    expect(await environ.networkInterfaces([])).toEqual([])
    await expect(environ.networkInterfaces(['absent'])).rejects.toBeInstanceOf(NoInstancesError)

    const [a, b] = await Promise.all([start({ constraints: { allocatePublicIp: true } }), start()])
    const [ofB, ofA] = await environ.networkInterfaces([b.instance.id, a.instance.id])
    const [public_] = await a.instance.addresses()
    expect(ofA).toMatchObject([
      {
        deviceIndex: 0,
        macAddress: expect.stringMatching(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/),
        cidr: '10.20.0.0/16',
        addresses: [{ type: 'ipv4', scope: 'local-cloud', networkName: 'private' }],
        shadowAddresses: [{ value: public_?.value, scope: 'public' }],
      },
    ])
    expect(ofB).toMatchObject([{ shadowAddresses: [] }])

    const error: unknown = await environ.networkInterfaces([a.instance.id, 'absent']).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(PartialInstancesError)
    expect((error as PartialInterfacesError).interfaces).toEqual([ofA, undefined])
  })
})

describe('spaces', () => {
  it('are made of subnets, and not discovered', async () => {
    const { environ } = await networkingModel()
    expect(await supportsSpaces(environ)).toBe(true)
    expect(await environ.supportsSpaceDiscovery()).toBe(false)
    await expect(environ.spaces()).rejects.toBeInstanceOf(NotSupportedError)
  })
})

describe('a container', () => {
  it('gets an address that its machine lets through, until it is given back', async () => {
    const { environ, start } = await networkingModel()
    const { instance } = await start()
    const [interfaces] = await environ.networkInterfaces([instance.id])
    const [host] = interfaces ?? []
    const prepared = [0, 1].map((deviceIndex) => ({
      deviceIndex,
      providerSubnetId: host?.providerSubnetId ?? '',
      addresses: [],
      shadowAddresses: [],
      disabled: false,
    }))
    const allocated = await environ.allocateContainerAddresses(instance.id, 'lxd-0', prepared)
    const pairs = async () =>
      (await suite.cloud.connection.network.ports.all({ deviceId: instance.id }))[0]?.allowedAddressPairs ??
      []
    expect(allocated).toMatchObject([{ deviceIndex: 0 }, { deviceIndex: 1 }])
    expect(new Set(allocated.map(({ addresses }) => addresses[0]?.value)).size).toBe(2)
    expect(new Set((await pairs()).map(({ ipAddress }) => ipAddress))).toEqual(
      new Set(allocated.map(({ addresses }) => addresses[0]?.value)),
    )

    const released = allocated.map(({ providerId = '', macAddress = '' }) => ({ providerId, macAddress }))
    await environ.releaseContainerAddresses(released)
    await environ.releaseContainerAddresses(released)
    expect(await pairs()).toEqual([])
    expect(await environ.networkInterfaces([instance.id])).toHaveLength(1)
  })

  it('loses it with its machine', async () => {
    const { environ, start } = await networkingModel()
    const { instance } = await start()
    const [interfaces] = await environ.networkInterfaces([instance.id])
    const prepared = [
      { ...interfaces?.[0], deviceIndex: 0, addresses: [], shadowAddresses: [], disabled: false },
    ]
    const [allocated] = await environ.allocateContainerAddresses(instance.id, 'lxd-0', prepared)
    await environ.stopInstances([instance.id])
    expect(await suite.cloud.leftovers()).not.toContain(`port ${allocated?.providerId}`)
  })

  it('gets none on a subnet that its machine is not on, and nothing is left of the others', async () => {
    const { environ, start } = await networkingModel()
    const { instance } = await start()
    const [interfaces] = await environ.networkInterfaces([instance.id])
    const good = { ...interfaces?.[0], deviceIndex: 0, addresses: [], shadowAddresses: [], disabled: false }
    const before = await suite.cloud.leftovers()
    const refused = environ.allocateContainerAddresses(instance.id, 'lxd-0', [
      good,
      { ...good, deviceIndex: 1, providerSubnetId: 'absent' },
    ])
    await expect(refused).rejects.toThrow(/container lxd-0 is not on subnet absent/)
    expect(await suite.cloud.leftovers()).toEqual(before)
  })
})
