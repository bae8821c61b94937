/** What the server service stands on: images one by one, servers on given networks, their addresses, who uses a network. */

import {
  ConflictError,
  type HostedServerParams,
  NotFoundError,
  NotValidError,
  supportsImageCatalog,
  supportsOwnership,
  supportsPower,
  supportsPublicAddresses,
  supportsServerHosting,
  supportsSnapshots,
} from 'cloud-environs'
import { type Clock, TAG_MODEL, TAG_SERVER } from 'cloud-environs/provider'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openModel, temporaryEnvirons } from '../../../environ-contract.ts'
import { systemClock } from '../../../../src/runtime/host/clock.ts'
import { environSuite } from './suite.ts'

const suite = environSuite()

/** No two runs on one cloud meet. */
const PREFIX = `servers-${crypto.randomUUID().slice(0, 8)}`

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f nobody'

interface OwnNetwork {
  readonly networkId: string
  readonly subnetId: string
  /** A router with a way out, when it is routed. */
  readonly routerId?: string
}

/** A network of the test's own, gone with it. */
async function ownNetwork({ routed = false } = {}): Promise<OwnNetwork> {
  const { networks, subnets, routers } = suite.cloud.connection.network
  const { id: networkId } = await networks.create({ name: PREFIX })
  onTestFinished(async () => {
    await networks.delete(networkId)
  })
  const { id: subnetId } = await subnets.create({
    networkId,
    cidr: '10.77.0.0/24',
    ipVersion: 4,
    name: PREFIX,
  })
  if (!routed) return { networkId, subnetId }
  const [external] = await networks.all({ external: true })
  const gateway = { networkId: external?.id ?? '' }
  const { id: routerId } = await routers.create({ name: PREFIX, externalGatewayInfo: gateway })
  onTestFinished(async () => {
    await routers.removeInterface(routerId, { subnetId })
    await routers.delete(routerId)
  })
  await routers.addInterface(routerId, { subnetId })
  return { networkId, subnetId, routerId }
}

/** A security group of the test's own, gone with it. */
async function ownGroup(name: string): Promise<string> {
  const { securityGroups } = suite.cloud.connection.network
  const { id } = await securityGroups.create({ name: `${PREFIX}-${name}` })
  onTestFinished(async () => {
    await securityGroups.delete(id)
  })
  return id
}

const imageNamed = async (name: string): Promise<string> =>
  (await suite.cloud.connection.image.images.all({ name }))[0]?.id ?? ''

const flavorNamed = async (name: string): Promise<string> =>
  (await suite.cloud.connection.compute.flavors.all()).find((flavor) => flavor.name === name)?.id ?? ''

/** A model that hosts servers. What it is given to make is made before it, so that it goes after the servers. */
async function hosting(environs = suite.environs) {
  const { environ, controllerUuid } = await openModel(environs, suite.cloud)
  if (
    !supportsImageCatalog(environ) ||
    !supportsServerHosting(environ) ||
    !supportsPublicAddresses(environ) ||
    !supportsOwnership(environ) ||
    !supportsPower(environ) ||
    !supportsSnapshots(environ)
  ) {
    throw new Error('the environ lacks a capability')
  }
  const imageId = await imageNamed('cirros')
  const instanceTypeId = await flavorNamed('m1.tiny')
  const params = (
    networkId: string,
    overrides: Partial<HostedServerParams> = {},
  ): HostedServerParams & { readonly networkId: string } => ({
    id: crypto.randomUUID(),
    name: 'web',
    networkId,
    imageId,
    instanceTypeId,
    securityGroups: [],
    allowedSourceAddresses: [],
    publicIp: false,
    tags: {},
    ...overrides,
  })
  return { environ, controllerUuid, params, hosting: environ.serverHosting }
}

const portsOn = (networkId: string) => suite.cloud.connection.network.ports.all({ networkId })

/** The ports of servers on the network, or made for some. */
const serverPorts = async (networkId: string) =>
  (await portsOn(networkId)).filter(({ deviceOwner }) => !deviceOwner.startsWith('network:'))

describe('images', () => {
  it('are told with what a flavor must have for them, and whether they can be used', async () => {
    const { environ } = await hosting()
    const { images } = suite.cloud.connection.image
    expect(await environ.imageCatalog.require(await imageNamed('cirros'))).toMatchObject({
      name: 'cirros',
      state: 'ready',
    })
    const { id } = await images.create({
      name: PREFIX,
      diskFormat: 'qcow2',
      containerFormat: 'bare',
      minDisk: 2,
      minRam: 256,
      properties: { architecture: 'aarch64', hypervisor_type: 'qemu', os_distro: 'debian' },
    })
    onTestFinished(async () => {
      await images.delete(id)
    })
    const told = await environ.imageCatalog.require(id)
    expect(told).toMatchObject({ id, state: 'pending', arch: 'arm64', minDisk: 2048, minMem: 256 })
    expect(told).toMatchObject({ virtType: 'kvm', tags: { os_distro: 'debian' } })
    await expect(environ.imageCatalog.require(crypto.randomUUID())).rejects.toBeInstanceOf(NotFoundError)
  })

  it('that are snapshots can be published, and are the model’s all the same', async () => {
    const { networkId } = await ownNetwork()
    const { environ, params, hosting: hosted } = await hosting()
    const { instanceId } = await hosted.create(params(networkId))
    const { id } = await environ.snapshots.create(instanceId, { name: PREFIX })
    await environ.imageCatalog.publish(id)
    const { visibility } = await suite.cloud.connection.image.images.get(id)
    expect(['public', 'community']).toContain(visibility)
    expect(await environ.snapshots.list()).toMatchObject([{ id, source: instanceId }])
    await environ.snapshots.delete(id)
    expect(await environ.snapshots.list()).toEqual([])
  })
})

describe('a hosted server', () => {
  it('runs on its own port, with the networking and the name that were asked for', async () => {
    const { networkId } = await ownNetwork()
    const group = await ownGroup('web')
    const { environ, params, hosting: hosted } = await hosting()
    const wanted = params(networkId, {
      securityGroups: [group],
      allowedSourceAddresses: ['10.99.0.0/16'],
      sshPublicKey: KEY,
      userData: Buffer.from('#cloud-config\n'),
      tags: { team: 'blue' },
    })
    const made = await hosted.create(wanted)
    expect(made).toMatchObject({
      id: wanted.id,
      name: 'web',
      networkId,
      imageId: wanted.imageId,
      status: { state: 'active' },
      securityGroups: [group],
      allowedSourceAddresses: ['10.99.0.0/16'],
      addresses: [{ value: expect.stringMatching(/^10\.77\.0\./), scope: 'local-cloud' }],
      tags: { team: 'blue', [TAG_MODEL]: environ.config().uuid, [TAG_SERVER]: wanted.id },
    })
    const { compute } = suite.cloud.connection
    const server = await compute.servers.get(made.instanceId, { microversion: '2.90' })
    expect(server).toMatchObject({ hostname: 'web', keyName: expect.stringContaining(wanted.id) })
    // The key pair was only for the making of it.
    expect((await compute.keypairs.all()).filter(({ name }) => name.includes(wanted.id))).toEqual([])
    expect(await serverPorts(networkId)).toMatchObject([
      { deviceId: made.instanceId, securityGroups: [group] },
    ])
  })

  it('is made once, however often and at whatever moment it is asked for', async () => {
    const { networkId } = await ownNetwork()
    const { params, hosting: hosted } = await hosting()
    const wanted = params(networkId)
    const [one, two] = await Promise.all([hosted.create(wanted), hosted.create(wanted)])
    const { instanceId } = await hosted.create({ ...wanted, imageId: crypto.randomUUID() })
    expect([one.instanceId, two.instanceId]).toEqual([instanceId, instanceId])
    expect(await serverPorts(networkId)).toHaveLength(1)
  })

  it('is found by id, by network and by tags', async () => {
    const [{ networkId: a }, { networkId: b }] = [await ownNetwork(), await ownNetwork()]
    const { params, hosting: hosted } = await hosting()
    const [first, second] = await Promise.all([
      hosted.create(params(a, { tags: { team: 'blue', room: '7' } })),
      hosted.create(params(b, { name: 'db', tags: { team: 'blue' } })),
    ])
    const found = async (filter: Parameters<typeof hosted.list>[0]) =>
      (await hosted.list(filter)).map(({ id }) => id).sort()
    expect(await found({})).toEqual([first.id, second.id].sort())
    expect(await found({ ids: [second.id, 'absent'] })).toEqual([second.id])
    expect(await found({ networkId: a })).toEqual([first.id])
    expect(await found({ tags: { team: 'blue', room: '7' } })).toEqual([first.id])
    expect(await found({ tags: { team: 'red' } })).toEqual([])
    const { hosting: other } = await hosting()
    expect(await other.list()).toEqual([])
  })

  it('that cannot be had leaves nothing', async () => {
    const { networkId } = await ownNetwork()
    const { params, hosting: hosted } = await hosting()
    const absent = crypto.randomUUID()
    const refused = async (
      overrides: Partial<HostedServerParams>,
      type: typeof NotFoundError | typeof NotValidError,
    ) => {
      await expect(hosted.create(params(networkId, overrides))).rejects.toBeInstanceOf(type)
      expect(await serverPorts(networkId)).toEqual([])
    }
    await refused({ networkId: absent }, NotFoundError)
    await refused({ imageId: absent }, NotFoundError)
    await refused({ instanceTypeId: absent }, NotFoundError)
    await refused({ securityGroups: [absent] }, NotFoundError)
    await refused({ allowedSourceAddresses: ['10.0.0.0/33'] }, NotValidError)
    await refused({ name: 'no host name' }, NotValidError)
    await refused({ publicIp: true }, NotValidError)
    // Nova says so when the port is there already.
    await refused({ sshPublicKey: 'no key' }, NotValidError)
    expect(await hosted.list()).toEqual([])
  })

  it('that is given up while it is built is gone by the time that its maker hears of it', async () => {
    const { networkId } = await ownNetwork()
    const abort = new AbortController()
    const reason = new Error('enough')
    const { clock: time = systemClock } = suite.cloud
    const clock: Clock = {
      ...time,
      // The first pause is the one before the server is looked at.
      sleep: (ms, options) => {
        abort.abort(reason)
        return time.sleep(ms, options)
      },
    }
    const { environs, remove } = await temporaryEnvirons(suite.cloud.plugin, { clock })
    onTestFinished(remove)
    const { params, hosting: hosted } = await hosting(environs)
    const wanted = params(networkId, { sshPublicKey: KEY })
    await expect(hosted.create(wanted, { signal: abort.signal })).rejects.toBe(reason)
    expect(await suite.cloud.leftovers()).toEqual([])
    const keypairs = await suite.cloud.connection.compute.keypairs.all()
    expect(keypairs.filter(({ name }) => name.includes(wanted.id))).toEqual([])
  })

  it('takes the place of what a killed attempt left, and the model’s end removes that, too', async () => {
    const { networkId } = await ownNetwork()
    const { environ, controllerUuid, params, hosting: hosted } = await hosting()
    const { compute, network } = suite.cloud.connection
    const markOf = (id: string) => `juju-${controllerUuid}-${environ.config().uuid}-server-${id}`
    const kill = async (id: string): Promise<void> => {
      await network.ports.create({ networkId, name: 'juju-left', description: markOf(id) })
      await compute.keypairs.create({ name: markOf(id), publicKey: KEY })
    }
    const wanted = params(networkId)
    await kill(wanted.id)
    const { instanceId } = await hosted.create({ ...wanted, sshPublicKey: KEY })
    expect(await serverPorts(networkId)).toMatchObject([{ deviceId: instanceId }])

    await kill(crypto.randomUUID())
    await environ.destroy()
    expect(await serverPorts(networkId)).toEqual([])
    const uuid = environ.config().uuid
    expect((await compute.keypairs.all()).filter(({ name }) => name.includes(uuid))).toEqual([])
  })

  it('gets exactly the networking that it is given later', async () => {
    const { networkId } = await ownNetwork()
    const [one, two] = [await ownGroup('one'), await ownGroup('two')]
    const { params, hosting: hosted } = await hosting()
    const { id } = await hosted.create(params(networkId, { securityGroups: [one] }))
    const wanted = { securityGroups: [two], allowedSourceAddresses: ['10.98.0.0/24', '10.99.0.1/32'] }
    await hosted.setNetworking(id, wanted)
    await hosted.setNetworking(id, wanted)
    expect(await hosted.list()).toMatchObject([wanted])
    const none = { securityGroups: [], allowedSourceAddresses: [] }
    await hosted.setNetworking(id, none)
    expect(await hosted.list()).toMatchObject([none])
    await expect(hosted.setNetworking('absent', none)).rejects.toBeInstanceOf(NotFoundError)
  })

  it('is built anew from another image, with its address, and runs though it was stopped', async () => {
    const { networkId } = await ownNetwork()
    const { environ, params, hosting: hosted } = await hosting()
    const before = await hosted.create(params(networkId, { instanceTypeId: await flavorNamed('m1.small') }))
    const images = await suite.cloud.connection.image.images.all({ status: 'active' })
    const other = images.find(({ id, minDisk }) => id !== before.imageId && minDisk <= 20)
    await environ.power.stop(before.instanceId)
    expect(await hosted.list()).toMatchObject([{ status: { state: 'stopped', power: 'off' } }])
    await hosted.rebuild(before.id, { imageId: other?.id ?? '', userData: Buffer.from('#!/bin/sh\n') })
    expect(await hosted.list()).toMatchObject([
      {
        instanceId: before.instanceId,
        imageId: other?.id,
        addresses: before.addresses,
        status: { state: 'active', power: 'on' },
      },
    ])
    const unknown = hosted.rebuild(before.id, { imageId: crypto.randomUUID() })
    await expect(unknown).rejects.toBeInstanceOf(NotFoundError)
  })

  it('goes with all that was made for it, and twice is as good as once', async () => {
    const { networkId } = await ownNetwork({ routed: true })
    const { environ, params, hosting: hosted } = await hosting()
    const wanted = params(networkId, { publicIp: true })
    const { addresses } = await hosted.create(wanted)
    expect(addresses.map(({ scope }) => scope)).toEqual(['public', 'local-cloud'])
    await hosted.delete(wanted.id)
    await hosted.delete(wanted.id)
    expect(await suite.cloud.leftovers()).toEqual([])

    const { instanceId } = await hosted.create(wanted)
    await environ.stopInstances([instanceId])
    expect(await suite.cloud.leftovers()).toEqual([])
  })
})

describe('a public address', () => {
  it('is given once, and taken away', async () => {
    const { networkId } = await ownNetwork({ routed: true })
    const { environ, params, hosting: hosted } = await hosting()
    const { id } = await hosted.create(params(networkId))
    const publicOnes = async () =>
      (await hosted.list({ ids: [id] }))[0]?.addresses.filter(({ scope }) => scope === 'public')
    const ensure = (wanted: boolean) => environ.publicAddresses.ensurePublicIp(id, wanted)
    await Promise.all([ensure(true), ensure(true)])
    const given = await publicOnes()
    expect(given).toHaveLength(1)
    await ensure(true)
    expect(await publicOnes()).toEqual(given)
    await ensure(false)
    await ensure(false)
    expect(await publicOnes()).toEqual([])
    expect((await suite.cloud.leftovers()).filter((each) => each.startsWith('floating IP'))).toEqual([])
    await expect(environ.publicAddresses.ensurePublicIp('absent', true)).rejects.toBeInstanceOf(NotFoundError)
  })

  it('that somebody else gave it is enough, and stays theirs', async () => {
    const { networkId } = await ownNetwork({ routed: true })
    const { environ, params, hosting: hosted } = await hosting()
    const { floatingIps, networks } = suite.cloud.connection.network
    const { id } = await hosted.create(params(networkId))
    const [[port], [external]] = await Promise.all([serverPorts(networkId), networks.all({ external: true })])
    const theirs = await floatingIps.create({ floatingNetworkId: external?.id ?? '', portId: port?.id })
    onTestFinished(async () => {
      await floatingIps.delete(theirs.id)
    })
    await environ.publicAddresses.ensurePublicIp(id, true)
    expect(await floatingIps.all({ portId: port?.id })).toMatchObject([{ id: theirs.id }])
    await environ.publicAddresses.ensurePublicIp(id, false)
    expect((await floatingIps.get(theirs.id)).portId).toBeUndefined()
  })
})

describe('a network', () => {
  it('belongs to a domain, a project and a region', async () => {
    const { networkId } = await ownNetwork()
    const group = await ownGroup('of-project')
    const { environ } = await hosting()
    const { project } = await suite.cloud.connection.identity.authenticate()
    expect(await environ.ownership.resolveScope(networkId)).toEqual({
      organization: project?.domain?.id,
      project: project?.id,
      region: suite.cloud.cloud.region,
    })
    expect(await environ.ownership.securityGroup(group)).toEqual({
      id: group,
      name: `${PREFIX}-of-project`,
      project: project?.id,
    })
    const [external] = await suite.cloud.connection.network.networks.all({ external: true })
    for (const id of [crypto.randomUUID(), external?.id ?? '']) {
      await expect(environ.ownership.resolveScope(id)).rejects.toBeInstanceOf(NotFoundError)
      await expect(environ.ownership.networkUsers(id)).rejects.toBeInstanceOf(NotFoundError)
    }
    await expect(environ.ownership.securityGroup(crypto.randomUUID())).rejects.toBeInstanceOf(NotFoundError)
  })

  it('goes when nobody uses it, and tells who does', async () => {
    const { networkId, routerId } = await ownNetwork({ routed: true })
    const { environ, params, hosting: hosted } = await hosting()
    const { ports, networks, routers } = suite.cloud.connection.network
    const { id: serverId, instanceId } = await hosted.create(params(networkId))
    const foreign = await ports.create({ networkId, name: `${PREFIX}-foreign` })
    const { ownership } = environ
    expect(await ownership.networkUsers(networkId)).toEqual(
      expect.arrayContaining([
        { kind: 'server', id: instanceId, name: 'web', serverId },
        { kind: 'port', id: foreign.id, name: `${PREFIX}-foreign` },
      ]),
    )
    const blocked = ownership.deleteNetwork(networkId)
    await expect(blocked).rejects.toBeInstanceOf(ConflictError)
    await expect(blocked).rejects.toThrow(foreign.id)
    await ports.delete(foreign.id)
    await expect(ownership.deleteNetwork(networkId)).rejects.toThrow(/in use by server "web"/)
    await hosted.delete(serverId)
    // The cloud's own goes with the network.
    await ports.create({ networkId, deviceOwner: 'network:dhcp' })
    expect(await ownership.networkUsers(networkId)).toEqual([])
    await ownership.deleteNetwork(networkId)
    await ownership.deleteNetwork(networkId)
    await expect(networks.get(networkId)).rejects.toBeInstanceOf(NotFoundError)
    expect((await routers.get(routerId ?? '')).name).toBe(PREFIX)
  })

  it('keeps its way out when somebody comes to it at the last moment', async () => {
    const { networkId, routerId } = await ownNetwork({ routed: true })
    const { environ } = await hosting()
    const { ports } = suite.cloud.connection.network
    // Neutron keeps the network for such a port, which a router of its kind would have taken with it.
    const late = await ports.create({ networkId, deviceOwner: 'network:router_centralized_snat' })
    await expect(environ.ownership.deleteNetwork(networkId)).rejects.toBeInstanceOf(ConflictError)
    const ends = (await portsOn(networkId)).filter(({ deviceId }) => deviceId === routerId)
    expect(ends).toHaveLength(1)
    await ports.delete(late.id)
  })
})
