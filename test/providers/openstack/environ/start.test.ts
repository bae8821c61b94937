/** What a machine can be asked to be on OpenStack: public address, boot volume, spaces; and what is said beforehand. */

import { type EnvironsError, findError, listsImages, NotFoundError, NotValidError } from 'cloud-environs'
import { parseBase } from 'cloud-environs/provider'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openModel } from '../../../environ-contract.ts'
import { environSuite } from './suite.ts'

const suite = environSuite()

const networkNamed = async (name: string) => {
  const [network] = await suite.cloud.connection.network.networks.all({ name })
  if (!network) throw new Error(`no network ${name}`)
  return network
}

/** A network of this test's own, joined to no router. */
async function lonelyNetwork(options: { portSecurityEnabled?: boolean } = {}) {
  const { networks, subnets } = suite.cloud.connection.network
  const name = `lonely-${crypto.randomUUID().slice(0, 8)}`
  const network = await networks.create({ name, ...options })
  const subnet = await subnets.create({ networkId: network.id, cidr: '10.99.0.0/24', ipVersion: 4 })
  onTestFinished(async () => {
    await networks.delete(network.id)
  })
  return { network, subnet }
}

describe('allocate-public-ip', () => {
  it('gives a machine an address from outside, which goes with the machine', async () => {
    const { environ, start } = await openModel(suite.environs, suite.cloud)
    const { instance } = await start({ constraints: { allocatePublicIp: true } })
    const [first] = await instance.addresses()
    expect(first).toMatchObject({ type: 'ipv4', scope: 'public', networkName: 'private' })
    const [again] = await environ.instances([instance.id])
    expect((await again?.addresses())?.[0]).toEqual(first)
    expect(await suite.cloud.leftovers()).toContain(`floating IP ${first?.value}`)

    await environ.stopInstances([instance.id])
    expect(await suite.cloud.leftovers()).not.toContain(`floating IP ${first?.value}`)
  })

  it('comes from the network that the model names, and from no other', async () => {
    const { id } = await networkNamed('public')
    const { start } = await openModel(suite.environs, suite.cloud, { config: { 'external-network': id } })
    const { instance } = await start({ constraints: { allocatePublicIp: true } })
    const [address] = await instance.addresses()
    const [floatingIp] = await suite.cloud.connection.network.floatingIps.all({
      floatingIpAddress: address?.value,
    })
    expect(floatingIp?.floatingNetworkId).toBe(id)
  })

  it.each([
    ['an internal network', 'private', /"private" is not external/],
    ['one that is not there', 'atlantis', /"atlantis" does not exist/],
  ])('says before anything is made that %s gives none', async (_, name, message) => {
    const { start, environ } = await openModel(suite.environs, suite.cloud, {
      config: { 'external-network': name },
    })
    const error: unknown = await start({ constraints: { allocatePublicIp: true } }).catch((e: unknown) => e)
    expect(findError(error, NotValidError)).toMatchObject({
      message: expect.stringMatching(message),
      hint: expect.stringContaining('public'),
    })
    expect(await environ.allInstances()).toEqual([])
  })

  it('says before anything is made that no router leads out', async () => {
    const { network } = await lonelyNetwork()
    const { environ } = await openModel(suite.environs, suite.cloud, { config: { network: network.name } })
    const precheck = environ.precheckInstance({
      base: parseBase('ubuntu@24.04'),
      constraints: { allocatePublicIp: true },
    })
    await expect(precheck).rejects.toThrow(new RegExp(`no router leads from network "${network.name}"`))
  })
})

describe('root-disk-source=volume', () => {
  it('boots from a volume of the size asked for, rounded up, which goes with the machine', async () => {
    const { environ, start } = await openModel(suite.environs, suite.cloud)
    const constraints = { rootDiskSource: 'volume', rootDisk: 4 * 1024 + 1, mem: 512 }
    const { instance, hardware } = await start({ constraints })
    expect(hardware).toMatchObject({ rootDisk: 5 * 1024, rootDiskSource: 'volume' })
    const server = await suite.cloud.connection.compute.servers.get(instance.id)
    expect(server.imageId).toBeUndefined()
    const [volumeId = ''] = server.attachedVolumes
    const { volumes } = suite.cloud.connection.blockStorage
    expect(await volumes.get(volumeId)).toMatchObject({ size: 5, bootable: true, status: 'in-use' })

    await environ.stopInstances([instance.id])
    await volumes.waitForDelete(volumeId)
  })

  it('is one of two', async () => {
    const { environ } = await openModel(suite.environs, suite.cloud)
    const validator = await environ.constraintsValidator()
    expect(() => validator.validate({ rootDiskSource: 'tape' })).toThrow(/root-disk-source=tape/)
    expect(validator.validate({ rootDiskSource: 'local', virtType: 'kvm', allocatePublicIp: true })).toEqual(
      [],
    )
  })
})

describe('spaces', () => {
  it('get one interface each, on a subnet of the zone, that goes with the machine', async () => {
    const { subnets } = await networkNamed('private')
    const [subnet = ''] = subnets
    const { environ, start } = await openModel(suite.environs, suite.cloud)
    const { instance, networkInfo } = await start({
      availabilityZone: 'az1',
      subnetsToZones: [new Map([[subnet, ['az1']]]), new Map([[subnet, []]])],
    })
    expect(networkInfo).toMatchObject([
      { deviceIndex: 0, interfaceName: 'eth0', providerSubnetId: subnet },
      { deviceIndex: 1, interfaceName: 'eth1', providerSubnetId: subnet },
    ])
    const ports = await suite.cloud.connection.network.ports.all({ deviceId: instance.id })
    expect(ports.map(({ id }) => id).toSorted()).toEqual(
      networkInfo?.map(({ providerId }) => providerId).toSorted(),
    )
    for (const port of ports) expect(port.securityGroups.length).toBeGreaterThan(1)

    await environ.stopInstances([instance.id])
    expect(await suite.cloud.leftovers()).not.toContain(`port ${ports[0]?.id}`)
  })

  it.each([
    ['in no such zone', ['az3'], /no subnet of .* is in zone "az1"/],
    ['on none of the networks', ['az1'], /is on none of the model's networks/],
  ])('with a subnet %s are refused before anything is made', async (_, zones, message) => {
    const { environ, start } = await openModel(suite.environs, suite.cloud)
    const subnetsToZones = [new Map([[crypto.randomUUID(), zones]])]
    const error: unknown = await start({ availabilityZone: 'az1', subnetsToZones }).catch((e: unknown) => e)
    expect(findError(error, NotFoundError)?.message).toMatch(message)
    expect(await environ.allInstances()).toEqual([])
  })
})

describe('a network without port security', () => {
  it('takes machines without security groups', async () => {
    const { network } = await lonelyNetwork({ portSecurityEnabled: false })
    const { environ, start } = await openModel(suite.environs, suite.cloud, {
      config: { network: network.id },
    })
    const { instance } = await start()
    const [port] = await suite.cloud.connection.network.ports.all({ deviceId: instance.id })
    expect(port?.securityGroups).toEqual([])
    await environ.stopInstances([instance.id])
  })

  it('takes none that are to be in a group', async () => {
    const { network } = await lonelyNetwork({ portSecurityEnabled: false })
    const config = { network: network.id, 'use-default-secgroup': true }
    const { environ, start } = await openModel(suite.environs, suite.cloud, { config })
    const error: unknown = await start().catch((e: unknown) => e)
    expect(findError(error, NotValidError) as EnvironsError).toMatchObject({
      message: expect.stringContaining(network.name),
      hint: expect.stringContaining('use-default-secgroup'),
    })
    expect(await environ.allInstances()).toEqual([])
  })
})

describe('the image and the flavor', () => {
  it('are those that are asked for', async () => {
    const [image] = await suite.cloud.connection.image.images.all({ name: 'ubuntu-noble-24.04-server-amd64' })
    const { start } = await openModel(suite.environs, suite.cloud)
    const { instance, hardware } = await start({
      constraints: { imageId: image?.id ?? '', instanceType: 'm1.medium', virtType: 'kvm' },
    })
    expect(hardware).toMatchObject({ instanceType: 'm1.medium', mem: 4096, cpuCores: 2, virtType: 'kvm' })
    expect((await suite.cloud.connection.compute.servers.get(instance.id)).imageId).toBe(image?.id)
  })

  it('agree in what machines run as, which is the image’s when nobody asks', async () => {
    const { environ, start } = await openModel(suite.environs, suite.cloud)
    if (!listsImages(environ)) throw new Error('the environ lists no images')
    const all = await environ.images()
    const noble = all.find(({ os, version, arch }) => `${os} ${version} ${arch}` === 'ubuntu 24.04 amd64')
    if (!noble) throw new Error('no image of ubuntu@24.04')
    const imageMetadata = [{ ...noble, virtType: 'lxd' }]
    expect((await start({ imageMetadata })).hardware.virtType).toBe('lxd')
    expect((await start({ imageMetadata, constraints: { virtType: 'lxd' } })).hardware.virtType).toBe('lxd')
    const wrong: unknown = await start({ imageMetadata, constraints: { virtType: 'kvm' } }).catch(
      (reason: unknown) => reason,
    )
    expect(findError(wrong, NotFoundError)).toBeDefined()
    expect(await environ.allInstances()).toHaveLength(2)
  })

  it('cannot be asked for together with a root disk, but for a volume', async () => {
    const { environ } = await openModel(suite.environs, suite.cloud)
    const precheck = (rootDiskSource: string) =>
      environ.precheckInstance({
        base: parseBase('ubuntu@24.04'),
        constraints: { instanceType: 'm1.small', rootDisk: 8192, rootDiskSource },
      })
    await expect(precheck('local')).rejects.toThrow(/root disk cannot be asked for together/)
    await expect(precheck('volume')).resolves.toBeUndefined()
  })
})
