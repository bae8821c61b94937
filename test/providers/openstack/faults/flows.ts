/** What users do with an OpenStack, each on a cloud of its own: what meets the faults. */

import {
  type BatchResult,
  createEnvirons,
  type Environ,
  type Environs,
  listsImages,
  newModelConfig,
  Secret,
  supportsConsoles,
  supportsInstanceFirewall,
  supportsInstanceTypes,
  supportsModelFirewall,
  supportsNetworking,
  supportsOwnership,
  supportsPower,
  supportsPublicAddresses,
  supportsServerHosting,
  supportsSnapshots,
} from 'cloud-environs'
import { parseBase, resourceTags } from 'cloud-environs/provider'
import { openstack } from 'cloud-environs/providers/openstack'
import { type EmbeddedOpenStack, startEmbeddedOpenStack } from 'cloud-environs/providers/openstack/embedded'
import { type FaultFlow, type FaultStep, MemoryControllerStore } from 'cloud-environs/testing'

export const PASSWORD = 'c4n4ry-of-demo'

/** Name of the only controller that there is. */
const NAME = 'faulty'
const controllerUuid = crypto.randomUUID()
const uuid = crypto.randomUUID()
const modelConfig = { name: 'controller', type: 'openstack', uuid, network: 'private' }

const users = [{ name: 'demo', password: PASSWORD, projects: ['demo'] }]
const credential = {
  authType: 'userpass',
  attributes: { username: 'demo', password: new Secret(PASSWORD), 'tenant-name': 'demo' },
}

/** Clouds that are empty again: starting one takes longer than many a step. */
const free: EmbeddedOpenStack[] = []

/** Ends them; for when the last flow is over. */
export async function closeClouds(): Promise<void> {
  await Promise.all(free.splice(0).map((cloud) => cloud.close()))
}

/** What the steps of a flow work with. */
interface Place {
  readonly environs: Environs
  /** Of a model that is empty, and destroyed in the end. */
  readonly environ: Environ
  readonly cloud: Parameters<Environs['open']>[0]['cloud']
  readonly see: (output: unknown) => void
}

const flow = (
  name: string,
  prepare: (place: Place) => Promise<readonly FaultStep[]>,
  cleanup: (environ: Environ) => Promise<unknown> = (environ) => environ.destroy(),
): FaultFlow => ({
  name,
  async world({ dispatcher, clock, logger, see }) {
    const openStack = free.pop() ?? (await startEmbeddedOpenStack({ users, buildMillis: 1, deleteMillis: 1 }))
    const controllers = new MemoryControllerStore()
    const environs = await createEnvirons({
      plugins: [openstack()],
      dispatcher,
      logger,
      clock,
      controllers,
    })
    const endpoint = openStack.authUrl
    const cloud = { type: 'openstack', name: 'embedded', region: 'RegionOne', endpoint, credential }
    const environ = await environs.open({ cloud, config: await newModelConfig(modelConfig), controllerUuid })
    const projects = () => Object.values(openStack.inventory())
    const inventory = () =>
      projects().flatMap((project) => Object.entries(project).flatMap(([kind, all]) => all.map(() => kind)))
    return {
      steps: await prepare({ environs, environ, cloud, see }),
      cleanup: async () => {
        const known = await controllers.all()
        for (const { name } of known) await environs.destroyController(name, { credential })
        if (known.length === 0) await cleanup(environ)
      },
      inventory,
      machines: () => projects().flatMap(({ servers }) => servers.map((server) => server.name)),
      [Symbol.asyncDispose]: async () => {
        await environ[Symbol.asyncDispose]()
        if (inventory().length === 0) free.push(openStack)
        else await openStack.close()
      },
    }
  },
})

/** Snapshots outlive the model that they are of. */
async function removeSnapshots(environ: Environ): Promise<void> {
  if (!supportsSnapshots(environ)) return
  for (const { id } of await environ.snapshots.list()) await environ.snapshots.delete(id)
  await environ.destroy()
}

const bootstrap = ({ environs, cloud, see }: Place) =>
  environs.bootstrap(
    { agent: 'none', controllerName: NAME, cloud, modelConfig: { network: 'private' } },
    { onProgress: see },
  )

/** The controller is known, as if it had been bootstrapped. */
const remember = ({ environs, cloud }: Place) =>
  environs.controllers.add({
    name: NAME,
    uuid: controllerUuid,
    status: 'ready',
    cloud,
    controllerConfig: { 'controller-uuid': controllerUuid, 'controller-name': NAME, 'api-port': 17_070 },
    modelConfig,
    instanceIds: [],
    apiEndpoints: [],
    nextMachine: 1,
  })

/** Starts the model's only machine; gives its instance. */
async function start(environ: Environ) {
  const config = environ.config()
  const { instance } = await environ.startInstance({
    controllerUuid,
    constraints: {},
    instanceConfig: {
      machineId: '0',
      machineNonce: 'nonce',
      controllerUuid,
      modelUuid: uuid,
      isController: false,
      base: parseBase(config.defaultBase),
      authorizedKeys: '',
      tags: resourceTags({ modelUuid: uuid, controllerUuid, machineId: '0' }),
    },
  })
  if (!supportsInstanceFirewall(instance)) throw new Error('the instance has no firewall')
  return instance
}

function valueOf<T>(results: readonly BatchResult<T>[]): T {
  const [result] = results
  if (result?.ok) return result.value
  throw result?.error ?? new Error('no result')
}

/** A controller from its first request to its last. */
export const controllerFlows: readonly FaultFlow[] = [
  flow(
    'bootstrap',
    async (place) => [{ name: 'bootstrap', run: () => bootstrap(place) }],
    // What is not remembered was removed.
    async () => undefined,
  ),
  flow('destroy', async (place) => {
    await Promise.all([remember(place), start(place.environ)])
    return [{ name: 'destroy', run: () => place.environs.destroyController(NAME, { credential }) }]
  }),
]

/** What is done with machines. */
export const machineFlows: readonly FaultFlow[] = [
  flow('start with everything, stop', async (place) => {
    await remember(place)
    const { environs, environ } = place
    let id = ''
    return [
      {
        name: 'start',
        run: async () => {
          const constraints = { allocatePublicIp: true, rootDiskSource: 'volume' }
          id = (await environs.startMachine(NAME, environ, { constraints })).instance.id
        },
      },
      { name: 'stop', run: () => environs.stopInstances(NAME, environ, [id]) },
    ]
  }),
  flow('open and close ports', async ({ environ }) => {
    const { firewall } = await start(environ)
    if (!supportsModelFirewall(environ)) throw new Error('the model has no firewall')
    const { modelFirewall } = environ
    const rules = [{ protocol: 'tcp', fromPort: 80, toPort: 90, sourceCidrs: ['10.0.0.0/8'] } as const]
    return [
      { name: 'open', run: () => firewall.openPorts(rules) },
      { name: 'list', run: () => firewall.ports() },
      { name: 'close', run: () => firewall.closePorts(rules) },
      { name: 'open for the model', run: () => modelFirewall.openPorts(rules) },
      { name: 'close for the model', run: () => modelFirewall.closePorts(rules) },
    ]
  }),
  flow('volumes', async ({ environ }) => {
    const { id: instanceId } = await start(environ)
    const source = (await environ.storageProvider('cinder')).volumeSource()
    const tags = resourceTags({ modelUuid: uuid, controllerUuid })
    const params = { tag: 'volume-0', size: 1024, provider: 'cinder', resourceTags: tags }
    const attachment = { volumeTag: 'volume-0', machineId: '0', instanceId }
    let volumeId = ''
    return [
      {
        name: 'create',
        run: async () => {
          volumeId = valueOf(await source.createVolumes([params])).volumeId
        },
      },
      { name: 'attach', run: async () => valueOf(await source.attachVolumes([{ ...attachment, volumeId }])) },
      { name: 'detach', run: async () => valueOf(await source.detachVolumes([{ ...attachment, volumeId }])) },
      { name: 'destroy', run: async () => valueOf(await source.destroyVolumes([volumeId])) },
    ]
  }),
  flow(
    'power, console, snapshots',
    async ({ environ }) => {
      const { id } = await start(environ)
      if (!supportsPower(environ) || !supportsConsoles(environ) || !supportsSnapshots(environ)) {
        throw new Error('the environ lacks a capability')
      }
      const { power, consoles, snapshots } = environ
      let snapshot = ''
      return [
        { name: 'stop', run: () => power.stop(id) },
        { name: 'start', run: () => power.start(id) },
        { name: 'reboot', run: () => power.reboot(id, { hard: true }) },
        { name: 'console', run: () => consoles.output(id) },
        {
          name: 'snapshot',
          run: async () => {
            snapshot = (await snapshots.create(id, { name: 'backup' })).id
          },
        },
        { name: 'delete the snapshot', run: () => snapshots.delete(snapshot) },
      ]
    },
    removeSnapshots,
  ),
]

/** Servers of the server service. */
export const serverFlows: readonly FaultFlow[] = [
  flow('host a server, change it, delete it', async ({ environ }) => {
    if (!supportsServerHosting(environ) || !supportsPublicAddresses(environ) || !supportsOwnership(environ)) {
      throw new Error('the environ lacks a capability')
    }
    if (!supportsNetworking(environ) || !supportsInstanceTypes(environ) || !listsImages(environ)) {
      throw new Error('the environ lacks a capability')
    }
    const [[subnet], types, [image]] = await Promise.all([
      environ.subnets(),
      environ.instanceTypes(),
      environ.images(),
    ])
    const { serverHosting, publicAddresses, ownership } = environ
    const networkId = subnet?.providerNetworkId ?? ''
    const imageId = image?.id ?? ''
    const id = crypto.randomUUID()
    const params = {
      id,
      name: 'web',
      networkId,
      imageId,
      instanceTypeId: types.find(({ name }) => name === 'm1.small')?.id ?? '',
      sshPublicKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f nobody',
      securityGroups: [],
      allowedSourceAddresses: [],
      publicIp: false,
      tags: {},
    }
    const networking = { securityGroups: [], allowedSourceAddresses: ['10.0.0.0/8'] }
    return [
      { name: 'create', run: () => serverHosting.create(params) },
      { name: 'change', run: () => serverHosting.setNetworking(id, networking) },
      { name: 'give a public address', run: () => publicAddresses.ensurePublicIp(id, true) },
      { name: 'see who uses the network', run: () => ownership.networkUsers(networkId) },
      { name: 'build anew', run: () => serverHosting.rebuild(id, { imageId }) },
      { name: 'delete', run: () => serverHosting.delete(id) },
    ]
  }),
]
