import {
  type AvailabilityZone,
  bootstrapInstance,
  checkZone,
  type BootstrapContext,
  type BootstrapParams,
  type BootstrapResult,
  type CallOptions,
  type ConsoleEnviron,
  type Consoles,
  type Constraints,
  type ConstraintsValidator,
  constraintsValidator,
  type Environ,
  type EnvironProvider,
  type ExplainInstanceSpecParams,
  explainInstanceSpec,
  type Firewall,
  findInstanceSpec,
  type ImageCatalog,
  type ImageCatalogEnviron,
  type IngressRule,
  type Instance,
  type InstanceFirewaller,
  type InstanceId,
  type InstanceSpecExplainer,
  type InstanceSpecExplanation,
  type InstanceTagger,
  type InstanceType,
  type InstanceTypesFetcher,
  type ModelConfig,
  type ModelFirewaller,
  NoInstancesError,
  NotFoundError,
  NotValidError,
  type Ownership,
  type OwnershipEnviron,
  PartialInstancesError,
  type Power,
  type PowerEnviron,
  type PrecheckInstanceParams,
  type PublicAddresses,
  type PublicAddressesEnviron,
  QuotaExceededError,
  renderUserData,
  type ServerHosting,
  type ServerHostingEnviron,
  type SnapshotEnviron,
  type Snapshots,
  type StartInstanceParams,
  type StartInstanceResult,
  type StorageProvider,
  TAG_CONTROLLER,
  TAG_IS_CONTROLLER,
  TAG_MACHINE,
  TAG_MODEL,
  withAgent,
  withAgentFor,
  type ZonedEnviron,
  ZoneIndependentError,
  zoneOfPlacement,
} from 'cloud-environs/provider'
import type { MemoryCloud, MemoryMachine, MemoryVolume } from './cloud.ts'
import { GroupFirewall } from './firewall.ts'
import { MemoryImages } from './images.ts'
import { MemoryConsoles, MemoryPower, MemorySnapshots, noMachine } from './operations.ts'
import { MemoryOwnership } from './ownership.ts'
import { addressesOf, MemoryServers } from './servers.ts'
import { MemoryVolumes, STORAGE_TYPE } from './volumes.ts'

/** What an environ is opened with. */
export interface MemoryEnvironParams {
  readonly provider: EnvironProvider
  readonly cloud: MemoryCloud
  readonly config: ModelConfig
}

/** The constraints without those that would be looked for in instance types, which have none of them here. */
const supported = ({ tags: _tags, virtType: _virtType, ...others }: Constraints): Constraints => others

/** What the work gives. @throws ZoneIndependentError: what it fails with would fail in every zone */
function inAnyZone<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw new ZoneIndependentError(error)
  }
}

/** A model's place in the cloud. It owns what carries its model's tag, and nothing else. */
export class MemoryEnviron
  implements
    Environ,
    InstanceTagger,
    ZonedEnviron,
    InstanceTypesFetcher,
    InstanceSpecExplainer,
    ModelFirewaller,
    PowerEnviron,
    ConsoleEnviron,
    SnapshotEnviron,
    ImageCatalogEnviron,
    ServerHostingEnviron,
    PublicAddressesEnviron,
    OwnershipEnviron
{
  readonly modelFirewall: Firewall
  readonly power: Power
  readonly consoles: Consoles
  readonly snapshots: Snapshots
  readonly imageCatalog: ImageCatalog
  readonly serverHosting: ServerHosting
  readonly publicAddresses: PublicAddresses
  readonly ownership: Ownership
  readonly #provider: EnvironProvider
  readonly #cloud: MemoryCloud
  #config: ModelConfig

  constructor({ provider, cloud, config }: MemoryEnvironParams) {
    this.#provider = provider
    this.#cloud = cloud
    this.#config = config
    this.modelFirewall = new GroupFirewall(cloud, this.#modelGroup(), () => undefined)
    const own = (id: InstanceId): MemoryMachine => {
      const machine = this.#own().find((each) => each.id === id)
      if (!machine) throw noMachine(id)
      return machine
    }
    const servers = new MemoryServers(cloud, config.uuid)
    this.power = new MemoryPower(cloud, own)
    this.consoles = new MemoryConsoles(own)
    this.snapshots = new MemorySnapshots(cloud, config.uuid, own)
    this.imageCatalog = new MemoryImages(cloud)
    this.serverHosting = servers
    this.publicAddresses = servers
    this.ownership = new MemoryOwnership(cloud, config.uuid)
  }

  provider(): EnvironProvider {
    return this.#provider
  }

  config(): ModelConfig {
    return this.#config
  }

  async setConfig(config: ModelConfig): Promise<void> {
    this.#config = await this.#provider.validate(config, this.#config)
  }

  async prepareForBootstrap(): Promise<void> {}

  async bootstrap(context: BootstrapContext, params: BootstrapParams): Promise<BootstrapResult> {
    return await bootstrapInstance(this, context, params)
  }

  async create(): Promise<void> {}

  async constraintsValidator(): Promise<ConstraintsValidator> {
    return constraintsValidator({
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
      vocabularies: { instanceType: this.#cloud.instanceTypes.map(({ name }) => name) },
    })
  }

  async precheckInstance(params: PrecheckInstanceParams): Promise<void> {
    const { base, constraints, placement, imageMetadata = this.#cloud.images } = params
    this.#placementZone(placement)
    findInstanceSpec(imageMetadata, { base, constraints: supported(constraints) }, this.#cloud.instanceTypes)
  }

  async startInstance(params: StartInstanceParams, options?: CallOptions): Promise<StartInstanceResult> {
    const { instanceConfig, constraints, availabilityZone = 'zone1' } = params
    options?.signal?.throwIfAborted()
    if (!instanceConfig.machineNonce)
      throw new ZoneIndependentError(new NotValidError('missing machine nonce'))
    checkZone(availabilityZone, this.#cloud.zones)
    if (this.#cloud.machines().length >= this.#cloud.quota) {
      throw new ZoneIndependentError(
        new QuotaExceededError('quota of machines exceeded', { operation: 'startInstance' }),
      )
    }
    const { instanceType, image } = inAnyZone(() =>
      findInstanceSpec(
        withAgentFor(params.imageMetadata ?? this.#cloud.images, params.tools),
        { base: instanceConfig.base, constraints: supported(constraints) },
        this.#cloud.instanceTypes,
      ),
    )
    const userData = await renderUserData(withAgent(instanceConfig, params.tools, instanceType.arch))
    params.statusCallback?.('allocating', `creating a machine of type ${instanceType.name}`)
    options?.signal?.throwIfAborted()
    const machine = this.#cloud.create({
      name: `juju-${this.#config.uuid.slice(-6)}-${this.#config.name}-${instanceConfig.machineId}`,
      zone: availabilityZone,
      instanceType,
      image,
      userData,
      tags: instanceConfig.tags,
    })
    const { arch, cpuCores, mem, rootDisk, name } = instanceType
    return {
      instance: this.#instance(machine),
      hardware: { arch, cpuCores, mem, rootDisk, instanceType: name, availabilityZone },
    }
  }

  async stopInstances(ids: readonly InstanceId[]): Promise<void> {
    for (const machine of this.#own().filter(({ id }) => ids.includes(id))) {
      this.#cloud.setOpenings(this.#machineGroup(machine), [])
      this.#cloud.delete(machine.id)
    }
  }

  async allInstances(): Promise<readonly Instance[]> {
    return this.#own().map((machine) => this.#instance(machine))
  }

  async maintainInstance(): Promise<void> {}

  async instances(ids: readonly InstanceId[]): Promise<readonly Instance[]> {
    if (ids.length === 0) return []
    const own = new Map(this.#own().map((machine) => [machine.id, this.#instance(machine)]))
    const found = ids.map((id) => own.get(id))
    const present = found.filter((instance) => instance !== undefined)
    if (present.length === 0) throw new NoInstancesError()
    if (present.length < ids.length) throw new PartialInstancesError(found)
    return present
  }

  async controllerInstances(controllerUuid: string): Promise<readonly InstanceId[]> {
    const ids = this.#cloud
      .machines()
      .filter(({ tags }) => tags[TAG_CONTROLLER] === controllerUuid && tags[TAG_IS_CONTROLLER] === 'true')
      .map(({ id }) => id)
    if (ids.length === 0) throw new NoInstancesError()
    return ids
  }

  async tagInstance(id: InstanceId, tags: Readonly<Record<string, string>>): Promise<void> {
    if (!this.#own().some((machine) => machine.id === id)) {
      throw new NotFoundError(`instance ${id} not found`, { resource: `instance ${id}` })
    }
    this.#cloud.tag(id, tags)
  }

  async availabilityZones(): Promise<readonly AvailabilityZone[]> {
    return this.#cloud.zones
  }

  async deriveAvailabilityZones({ placement }: StartInstanceParams): Promise<readonly string[]> {
    const zone = this.#placementZone(placement)
    return zone === undefined ? [] : [zone]
  }

  async instanceTypes(): Promise<readonly InstanceType[]> {
    return this.#cloud.instanceTypes
  }

  async explainInstanceSpec({
    base,
    constraints,
    imageMetadata = this.#cloud.images,
  }: ExplainInstanceSpecParams): Promise<InstanceSpecExplanation> {
    const wanted = { base, constraints: supported(constraints) }
    return explainInstanceSpec(imageMetadata, wanted, this.#cloud.instanceTypes)
  }

  async openPorts(rules: readonly IngressRule[]): Promise<void> {
    await this.#globalFirewall().openPorts(rules)
  }

  async closePorts(rules: readonly IngressRule[]): Promise<void> {
    await this.#globalFirewall().closePorts(rules)
  }

  async ports(): Promise<readonly Required<IngressRule>[]> {
    return await this.#globalFirewall().ports()
  }

  async storageProviderTypes(): Promise<readonly string[]> {
    return [STORAGE_TYPE]
  }

  async storageProvider(type: string): Promise<StorageProvider> {
    if (type !== STORAGE_TYPE) {
      throw new NotFoundError(`storage provider "${type}" not found`, {
        hint: `there is one: ${STORAGE_TYPE}`,
      })
    }
    const volumes = new MemoryVolumes(this.#cloud, this.#config.uuid)
    return { scope: 'environ', dynamic: true, releasable: true, volumeSource: () => volumes }
  }

  async destroy(): Promise<void> {
    await this.#remove({ [TAG_MODEL]: this.#config.uuid })
    for (const group of [this.#modelGroup(), this.#globalGroup()]) this.#cloud.setOpenings(group, [])
  }

  async destroyController(controllerUuid: string): Promise<void> {
    await this.destroy()
    await this.#remove({ [TAG_CONTROLLER]: controllerUuid })
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #own(): readonly MemoryMachine[] {
    return this.#cloud.machines().filter(({ tags }) => tags[TAG_MODEL] === this.#config.uuid)
  }

  /** Removes the machines and volumes that carry the tag. */
  async #remove(tag: Readonly<Record<string, string>>): Promise<void> {
    const tagged = ({ tags }: MemoryMachine | MemoryVolume): boolean =>
      Object.entries(tag).every(([key, value]) => tags[key] === value)
    for (const machine of this.#cloud.machines().filter(tagged)) {
      this.#cloud.setOpenings(this.#machineGroup(machine), [])
      this.#cloud.delete(machine.id)
    }
    for (const { id } of this.#cloud.volumes().filter(tagged)) this.#cloud.deleteVolume(id)
  }

  #instance(machine: MemoryMachine): Instance & InstanceFirewaller {
    const addresses = addressesOf(machine)
    return {
      id: machine.id,
      displayName: machine.name,
      status: machine.stopped
        ? { state: 'stopped', message: 'SHUTOFF' }
        : { state: 'running', message: 'ACTIVE' },
      availabilityZone: machine.zone,
      tags: machine.tags,
      addresses: async () => addresses,
      firewall: this.#firewall(this.#machineGroup(machine), 'instance', 'instance'),
    }
  }

  #firewall(group: string, mode: ModelConfig['firewallMode'], on: string): Firewall {
    return new GroupFirewall(this.#cloud, group, (doing) => {
      const { firewallMode } = this.#config
      if (firewallMode !== mode)
        throw new NotValidError(`invalid firewall mode "${firewallMode}" for ${doing} ${on}`)
    })
  }

  #globalFirewall(): Firewall {
    return this.#firewall(this.#globalGroup(), 'global', 'model')
  }

  #machineGroup({ tags }: MemoryMachine): string {
    return `juju-${tags[TAG_CONTROLLER]}-${tags[TAG_MODEL]}-${tags[TAG_MACHINE]}`
  }

  #modelGroup(): string {
    return `juju-${this.#config.uuid}`
  }

  #globalGroup(): string {
    return `juju-${this.#config.uuid}-global`
  }

  #placementZone(placement: string | undefined): string | undefined {
    const zone = zoneOfPlacement(placement)
    if (zone !== undefined) checkZone(zone, this.#cloud.zones)
    return zone
  }
}
