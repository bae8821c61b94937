/** A model's place in the cloud. It owns what carries its model's label, and nothing else. */

import {
  type AgentBinary,
  batch,
  bootstrapInstance,
  type CallOptions,
  checkZone,
  ConflictError,
  constraintsValidator,
  deadline,
  encodeUserData,
  type Environ,
  type EnvironProvider,
  EnvironsError,
  type ExplainInstanceSpecParams,
  type Firewall,
  type FirewallMode,
  findInstanceSpec,
  type ImageLister,
  type Instance,
  type InstanceFirewaller,
  type InstanceSpec,
  type InstanceState,
  type InstanceTagger,
  type InstanceTypesFetcher,
  type ModelFirewaller,
  NoInstancesError,
  NotFoundError,
  NotValidError,
  type OpenParams,
  PartialInstancesError,
  type ProviderServices,
  renderUserData,
  type StartInstanceParams,
  TAG_CONTROLLER,
  TAG_IS_CONTROLLER,
  TAG_MODEL,
  UnavailableError,
  withAgent,
  withAgentFor,
  type ZonedEnviron,
  ZoneIndependentError,
  zoneOfPlacement,
} from 'cloud-environs/provider'
import { type Labels, restApi, type RestMachine } from './provider-api.ts'
import { restFirewall } from './provider-firewall.ts'

/** Milliseconds between two looks at a machine, and that starting or removing some may take. */
const POLL = 1_000
const TIMEOUT = 600_000
/** Characters of base64. */
const USER_DATA_LIMIT = 65_536
/** The label of a start, by which what it made is found. */
const LABEL_START = 'start-id'

const ARCHES: Labels = { x86_64: 'amd64', aarch64: 'arm64' }
const STATES: Readonly<Record<string, InstanceState>> = { building: 'allocating', running: 'running' }

type RestEnviron = Environ &
  InstanceTagger &
  ZonedEnviron &
  InstanceTypesFetcher &
  ImageLister &
  ModelFirewaller

/** Another zone helps only when this one is full. */
function zoneIndependent(error: unknown): never {
  throw error instanceof ConflictError ? error : new ZoneIndependentError(error)
}

export function restEnviron(
  provider: EnvironProvider,
  services: ProviderServices,
  { cloud, config: opened, controllerUuid }: OpenParams,
): RestEnviron {
  const { clock, random } = services
  const api = restApi(cloud, services)
  let config = opened
  const model = { [TAG_MODEL]: config.uuid }
  const owner = controllerUuid === undefined ? model : { ...model, [TAG_CONTROLLER]: controllerUuid }

  /** Ports are opened by one caller in each mode; another one would close them for him. */
  const only = (mode: FirewallMode, on: string) => (doing: string) => {
    const { firewallMode } = config
    if (firewallMode !== mode)
      throw new NotValidError(`invalid firewall mode "${firewallMode}" for ${doing} ${on}`)
  }

  const modelFirewall = (name: string, check: (doing: string) => void): Firewall => {
    const applies_to = { label: `${TAG_MODEL}=${config.uuid}` }
    return restFirewall(api, `${name}-${config.uuid}`, { applies_to, labels: owner }, check)
  }

  const instanceOf = ({ id, name, state, zone, labels }: RestMachine): Instance & InstanceFirewaller => {
    const rules = { applies_to: { machine: id }, labels: owner }
    return {
      id,
      displayName: name,
      status: { state: STATES[state] ?? 'unknown', message: state },
      availabilityZone: zone,
      tags: labels,
      async addresses(options) {
        const { address } = await api.machine(id, options)
        return address === null ? [] : [{ value: address, type: 'ipv4', scope: 'public' }]
      },
      firewall: restFirewall(api, id, rules, only('instance', 'instance')),
    }
  }

  async function checkedZone(zone: string | undefined, options?: CallOptions): Promise<string | undefined> {
    if (zone !== undefined) checkZone(zone, await environ.availabilityZones(options))
    return zone
  }

  async function findSpec(
    { base, constraints, imageMetadata }: ExplainInstanceSpecParams,
    options?: CallOptions,
    agents?: readonly AgentBinary[],
  ): Promise<InstanceSpec> {
    // Sizes have neither tags nor a kind of virtualisation here: none would do.
    const { tags: _tags, virtType: _virtType, ...supported } = constraints
    const images = withAgentFor(imageMetadata ?? (await environ.images(options)), agents)
    return findInstanceSpec(images, { base, constraints: supported }, await environ.instanceTypes(options))
  }

  /** The request that makes the machine, and what the machine will be. */
  async function plan(params: StartInstanceParams, options?: CallOptions) {
    const { instanceConfig, tools } = params
    if (!instanceConfig.machineNonce) throw new NotValidError('missing machine nonce')
    const wanted = { ...params, base: instanceConfig.base }
    const { instanceType: type, image } = await findSpec(wanted, options, tools)
    const userData = await renderUserData(withAgent(instanceConfig, tools, type.arch))
    const body = {
      name: `juju-${config.uuid.slice(-6)}-${config.name}-${instanceConfig.machineId}`,
      size: type.name,
      image: image.id,
      user_data: encodeUserData(userData, USER_DATA_LIMIT),
    }
    const { arch, cpuCores, mem, rootDisk, name: instanceType } = type
    return { body, hardware: { arch, cpuCores, mem, rootDisk, instanceType } }
  }

  /** Makes one machine. Where it is not known whether that happened, it is looked for. */
  async function make(body: object, tags: Labels, start: Labels): Promise<RestMachine> {
    try {
      return await api.createMachine({ ...body, labels: { ...tags, ...start } })
    } catch (error) {
      const [made] = error instanceof UnavailableError ? await api.list('machines', start) : []
      return made ?? zoneIndependent(error)
    }
  }

  async function running(id: string, { signal }: CallOptions = {}): Promise<RestMachine> {
    using limit = deadline(clock, TIMEOUT, `machine ${id} did not run within 10 minutes`, signal)
    for (;;) {
      const machine = await api.machine(id, limit)
      if (machine.state === 'running') return machine
      if (machine.state !== 'building') throw new EnvironsError(`machine ${id} is ${machine.state}`)
      await clock.sleep(POLL, limit)
    }
  }

  /** Removes machines, and waits until they are gone. Tries all of them before it tells of one that stays. */
  async function remove(
    labels: Labels,
    { signal }: CallOptions = {},
    which: (machine: RestMachine) => boolean = () => true,
  ): Promise<void> {
    using limit = deadline(clock, TIMEOUT, 'machines were not removed within 10 minutes', signal)
    const machines = (await api.list('machines', labels, limit)).filter(which)
    const results = await batch(
      machines,
      async ({ id }) => {
        while (await api.delete('machines', id, limit)) await clock.sleep(POLL, limit)
      },
      limit,
    )
    for (const result of results) if (!result.ok) throw result.error
  }

  async function removeAll(labels: Labels, options?: CallOptions): Promise<void> {
    await remove(labels, options)
    for (const { id } of await api.list('rules', labels, options)) await api.delete('rules', id, options)
  }

  const globalFirewall = modelFirewall('global', only('global', 'model'))

  const environ: RestEnviron = {
    provider: () => provider,
    config: () => config,
    setConfig: async (changed) => {
      config = await provider.validate(changed, config)
    },
    prepareForBootstrap: async ({ shouldVerifyCredentials, signal }) => {
      if (shouldVerifyCredentials) await environ.availabilityZones({ signal })
    },
    bootstrap: (context, params) => bootstrapInstance(environ, context, params),
    create: async () => undefined,
    maintainInstance: async () => undefined,

    constraintsValidator: async (options) =>
      constraintsValidator({
        conflicts: [[['instanceType'], ['mem', 'cores']]],
        unsupported: [
          'tags',
          'virtType',
          'cpuPower',
          'container',
          'instanceRole',
          'rootDiskSource',
          'allocatePublicIp',
          'spaces',
        ],
        vocabularies: { instanceType: (await environ.instanceTypes(options)).map(({ name }) => name) },
      }),

    availabilityZones: (options) => api.list('zones', {}, options),
    async deriveAvailabilityZones({ placement }, options) {
      const zone = await checkedZone(zoneOfPlacement(placement), options)
      return zone === undefined ? [] : [zone]
    },
    async instanceTypes(options) {
      const sizes = await api.list('sizes', {}, options)
      return sizes.map(({ name, cpus: cpuCores, memory_mb: mem, disk_gb, price: cost }) => {
        return { id: name, name, arch: 'amd64', cpuCores, mem, rootDisk: disk_gb * 1024, cost }
      })
    },
    async images(options) {
      const images = await api.list('images', {}, options)
      return images.map((image) => ({ ...image, arch: ARCHES[image.arch] ?? image.arch }))
    },
    async precheckInstance(params, options) {
      await checkedZone(zoneOfPlacement(params.placement), options)
      await findSpec(params, options)
    },

    async startInstance(params, options) {
      const wanted = params.availabilityZone ?? zoneOfPlacement(params.placement)
      const zone = await checkedZone(wanted, options)
      const { body, hardware } = await plan(params, options).catch((error: unknown) => {
        options?.signal?.throwIfAborted()
        return zoneIndependent(error)
      })
      params.statusCallback?.('allocating', `creating a machine of size ${body.size}`)
      options?.signal?.throwIfAborted()
      const start = { [LABEL_START]: random.uuid() }
      try {
        const { id } = await make({ ...body, zone }, params.instanceConfig.tags, start)
        params.statusCallback?.('allocating', `machine ${id} is building`)
        const machine = await running(id, options)
        return { instance: instanceOf(machine), hardware: { ...hardware, availabilityZone: machine.zone } }
      } catch (error) {
        // Without the caller's signal: that may be what ended the start.
        await remove(start).catch((left: unknown) => {
          const cause = new AggregateError([error, left])
          throw new EnvironsError('a machine that did not start may be left', { cause })
        })
        throw error
      }
    },
    async stopInstances(ids, options) {
      await remove(model, options, ({ id }) => ids.includes(id))
    },
    allInstances: async (options) => (await api.list('machines', model, options)).map(instanceOf),

    async instances(ids, options) {
      if (ids.length === 0) return []
      const own = new Map((await environ.allInstances(options)).map((instance) => [instance.id, instance]))
      const found = ids.map((id) => own.get(id))
      const present = found.filter((instance) => instance !== undefined)
      if (present.length === 0) throw new NoInstancesError()
      if (present.length < ids.length) throw new PartialInstancesError(found)
      return present
    },
    async controllerInstances(uuid, options) {
      const labels = { [TAG_CONTROLLER]: uuid, [TAG_IS_CONTROLLER]: 'true' }
      const controllers = await api.list('machines', labels, options)
      if (controllers.length === 0) throw new NoInstancesError()
      return controllers.map(({ id }) => id)
    },
    async tagInstance(id, tags, options) {
      await environ.instances([id], options)
      await api.label(id, tags, options)
    },

    modelFirewall: modelFirewall('model', () => undefined),
    openPorts: (rules, options) => globalFirewall.openPorts(rules, options),
    closePorts: (rules, options) => globalFirewall.closePorts(rules, options),
    ports: (options) => globalFirewall.ports(options),

    storageProviderTypes: async () => [],
    async storageProvider(type) {
      throw new NotFoundError(`storage provider "${type}" not found`, { hint: 'this cloud has no volumes' })
    },

    destroy: (options) => removeAll(model, options),
    async destroyController(uuid, options) {
      await removeAll(model, options)
      await removeAll({ [TAG_CONTROLLER]: uuid }, options)
    },
    [Symbol.asyncDispose]: () => api.close(),
  }
  return environ
}
