import {
  type AgentDataSourceEnviron,
  type AvailabilityZone,
  type BootstrapContext,
  type BootstrapParams,
  type BootstrapResult,
  bootstrapInstance,
  type CallOptions,
  type ConsoleEnviron,
  type Consoles,
  type ConstraintsValidator,
  constraintsValidator,
  type CreateParams,
  type DataSource,
  type EnvironProvider,
  type ExplainInstanceSpecParams,
  type Firewall,
  type FirewallMode,
  type HasRegion,
  type ImageCatalog,
  type ImageCatalogEnviron,
  type ImageDataSourceEnviron,
  type ImageLister,
  type ImageMetadata,
  type IngressRule,
  type Instance,
  type InstanceId,
  type InstanceSpecExplainer,
  type InstanceSpecExplanation,
  type InstanceTagger,
  type InstanceType,
  type InstanceTypesFetcher,
  type MachineResource,
  type MachineResourceKeeper,
  type ModelConfig,
  type ModelFirewaller,
  type NetworkingEnviron,
  NoInstancesError,
  NotValidError,
  type Ownership,
  type OwnershipEnviron,
  PartialInstancesError,
  type Power,
  type PowerEnviron,
  type PrecheckInstanceParams,
  type PublicAddresses,
  type PublicAddressesEnviron,
  type ResourceAdopter,
  type ServerHosting,
  type ServerHostingEnviron,
  type SnapshotEnviron,
  type Snapshots,
  type StartInstanceParams,
  type StartInstanceResult,
  type StorageProvider,
  TAG_IS_CONTROLLER,
  TAG_MACHINE,
  TAG_MODEL,
  type ZonedEnviron,
} from 'cloud-environs/provider'
import type { FloatingIp, Server } from './api/index.ts'
import { adoptModel } from './adopt.ts'
import { catalogDataSource } from './catalog-source.ts'
import { SecurityGroupFirewall } from './firewaller.ts'
import { ServerConsoles } from './consoles.ts'
import { destroyBelongings, ofController, ofModel } from './destroy.ts'
import { HostedPublicAddresses } from './hosted-addresses.ts'
import { GlanceImageCatalog } from './image-catalog.ts'
import { leadsTo, OpenStackInstance } from './instance.ts'
import { cloudImages, explainChoice, flavorNames, offeredInstanceTypes } from './instance-spec.ts'
import { VIRT_TYPES } from './flavors.ts'
import { markOf, ownerOf } from './machine-groups.ts'
import { machineResources, removeMachineResources } from './machine-leftovers.ts'
import { planMachine } from './machine-plan.ts'
import { removeMarked } from './machine-resources.ts'
import { groupNames } from './names.ts'
import { OpenStackNetworking } from './networking.ts'
import { ProjectOwnership } from './ownership.ts'
import { ServerPower } from './power.ts'
import { projectFloatingIps } from './public-addresses.ts'
import { bootsFromVolume, ROOT_DISK_SOURCES } from './root-disk.ts'
import { Removal } from './removal.ts'
import type { Scope } from './scope.ts'
import { SecurityGroups } from './security-groups.ts'
import { NovaServerHosting } from './server-hosting.ts'
import {
  controllerServers,
  deleteServers,
  modelServer,
  modelServers,
  type OwnedServer,
  serversToRemove,
} from './servers-of-model.ts'
import { ServerSnapshots } from './snapshots.ts'
import { InstanceStarter } from './start-instance.ts'
import { storageOfType, storageTypes } from './storage.ts'
import { machineZone } from './volume-zones.ts'
import { availabilityZones } from './zones.ts'

/** What an environ is made of. */
export interface OpenStackEnvironParams {
  readonly provider: EnvironProvider
  readonly scope: Omit<Scope, 'config'>
  readonly config: ModelConfig
  readonly controllerUuid: string | undefined
  readonly endpoint: string
}

/** A model's place in an OpenStack project. */
export class OpenStackEnviron
  extends OpenStackNetworking
  implements
    NetworkingEnviron,
    InstanceTagger,
    ZonedEnviron,
    InstanceTypesFetcher,
    InstanceSpecExplainer,
    ModelFirewaller,
    HasRegion,
    PowerEnviron,
    ConsoleEnviron,
    SnapshotEnviron,
    ResourceAdopter,
    MachineResourceKeeper,
    AgentDataSourceEnviron,
    ImageDataSourceEnviron,
    ImageLister,
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
  readonly #groups: SecurityGroups
  readonly #starter: InstanceStarter
  readonly #globalFirewall: Firewall
  readonly #endpoint: string
  readonly #controllerUuid: string
  readonly #model: { config: ModelConfig }

  constructor({ provider, scope, config, controllerUuid = '', endpoint }: OpenStackEnvironParams) {
    const model = { config }
    super({ ...scope, config: () => model.config })
    this.#model = model
    this.#provider = provider
    this.#endpoint = endpoint
    this.#controllerUuid = controllerUuid
    this.#groups = new SecurityGroups(this.scope)
    this.#starter = new InstanceStarter(this.scope, this.#groups)
    this.power = new ServerPower(this.scope)
    this.consoles = new ServerConsoles(this.scope)
    this.snapshots = new ServerSnapshots(this.scope)
    this.imageCatalog = new GlanceImageCatalog(this.scope)
    this.serverHosting = new NovaServerHosting(this.scope, this.#groups, controllerUuid)
    this.publicAddresses = new HostedPublicAddresses(this.scope)
    this.ownership = new ProjectOwnership(this.scope)
    this.modelFirewall = new SecurityGroupFirewall({
      groups: this.#groups,
      groupName: groupNames.model(controllerUuid, config.uuid),
      create: true,
      check: () => undefined,
    })
    this.#globalFirewall = this.#firewall(groupNames.global(controllerUuid, config.uuid), 'global', 'model')
  }

  provider(): EnvironProvider {
    return this.#provider
  }

  config(): ModelConfig {
    return this.#model.config
  }

  async setConfig(config: ModelConfig): Promise<void> {
    this.#model.config = await this.#provider.validate(config, this.#model.config)
  }

  region(): { readonly region: string; readonly endpoint: string } {
    return { region: this.scope.region, endpoint: this.#endpoint }
  }

  /** Tries the credential, the region, and the services that are needed. */
  async prepareForBootstrap(context: BootstrapContext): Promise<void> {
    const { signal } = context
    const { identity } = this.scope.connection
    const { user, project } = await identity.authenticate({ signal })
    context.verbose(`authenticated as ${user.name} in project ${project?.name ?? '(none)'}`)
    if (!project) {
      throw new NotValidError('the credential is for no project', {
        hint: 'add project_name and its domain, or project_id, to the cloud',
      })
    }
    await Promise.all(
      ['compute', 'network', 'image'].map((service) => identity.endpoint(service, { signal })),
    )
  }

  async bootstrap(context: BootstrapContext, params: BootstrapParams): Promise<BootstrapResult> {
    return await bootstrapInstance(this, context, params)
  }

  async create(_params: CreateParams, options?: CallOptions): Promise<void> {
    await this.scope.connection.identity.authenticate(options)
  }

  async constraintsValidator({ signal }: CallOptions = {}): Promise<ConstraintsValidator> {
    return constraintsValidator({
      conflicts: [[['instanceType'], ['mem', 'cores']]],
      unsupported: ['tags', 'cpuPower', 'container', 'instanceRole', 'spaces'],
      vocabularies: {
        instanceType: await flavorNames(this.scope, signal),
        rootDiskSource: ROOT_DISK_SOURCES,
        virtType: VIRT_TYPES,
      },
    })
  }

  async precheckInstance(params: PrecheckInstanceParams, { signal }: CallOptions = {}): Promise<void> {
    const { constraints, imageMetadata: images } = params
    if (constraints.rootDisk && constraints.instanceType && !bootsFromVolume(constraints)) {
      throw new NotValidError('a root disk cannot be asked for together with an instance type', {
        resource: 'constraint root-disk',
        hint: 'leave one of them out, or add root-disk-source=volume',
      })
    }
    await planMachine(this.scope, { ...params, images }, signal)
  }

  async startInstance(params: StartInstanceParams, options?: CallOptions): Promise<StartInstanceResult> {
    const { server, floatingIps, hardware, networkInfo } = await this.#starter.start(params, options)
    return {
      instance: this.#instance(server, floatingIps),
      hardware,
      ...(networkInfo.length > 0 ? { networkInfo } : {}),
    }
  }

  async stopInstances(ids: readonly InstanceId[], { signal }: CallOptions = {}): Promise<void> {
    if (ids.length === 0) return
    const servers = await serversToRemove(this.scope, TAG_MODEL, this.#model.config.uuid, signal)
    await this.#remove(
      servers.filter(({ id }) => ids.includes(id)),
      signal,
    )
  }

  async allInstances({ signal }: CallOptions = {}): Promise<readonly Instance[]> {
    return await this.#instances(await modelServers(this.scope, signal), signal)
  }

  async maintainInstance(): Promise<void> {}

  async instances(ids: readonly InstanceId[], { signal }: CallOptions = {}): Promise<readonly Instance[]> {
    if (ids.length === 0) return []
    const servers = (await modelServers(this.scope, signal)).filter(({ id }) => ids.includes(id))
    const instances = await this.#instances(servers, signal)
    const byId = new Map(instances.map((instance) => [instance.id, instance]))
    const found = ids.map((id) => byId.get(id))
    const present = found.filter((instance) => instance !== undefined)
    if (present.length === 0) throw new NoInstancesError()
    if (present.length < ids.length) throw new PartialInstancesError(found)
    return present
  }

  async controllerInstances(
    controllerUuid: string,
    { signal }: CallOptions = {},
  ): Promise<readonly InstanceId[]> {
    const servers = await controllerServers(this.scope, controllerUuid, signal)
    const ids = servers.filter(({ metadata }) => metadata[TAG_IS_CONTROLLER] === 'true').map(({ id }) => id)
    if (ids.length === 0) throw new NoInstancesError()
    return ids
  }

  async tagInstance(
    id: InstanceId,
    tags: Readonly<Record<string, string>>,
    options?: CallOptions,
  ): Promise<void> {
    await modelServer(this.scope, id, options?.signal)
    await this.scope.connection.compute.servers.updateMetadata(id, tags, options)
  }

  async adoptResources(controllerUuid: string, { signal }: CallOptions = {}): Promise<void> {
    await adoptModel(this.scope, this.#groups, controllerUuid, signal)
  }

  async agentDataSource(options?: CallOptions): Promise<DataSource> {
    return await catalogDataSource(this.scope, 'juju-tools', options)
  }

  async imageDataSource(options?: CallOptions): Promise<DataSource> {
    return await catalogDataSource(this.scope, 'product-streams', options)
  }

  async images({ signal }: CallOptions = {}): Promise<readonly ImageMetadata[]> {
    return await cloudImages(this.scope, signal)
  }

  async machineResources({ signal }: CallOptions = {}): Promise<readonly MachineResource[]> {
    return await machineResources(this.scope, this.#groups, this.#controllerUuid, signal)
  }

  async removeMachineResources(ids: readonly string[], { signal }: CallOptions = {}): Promise<void> {
    const servers = await serversToRemove(this.scope, TAG_MODEL, this.#model.config.uuid, signal)
    const alive = new Set(servers.map(({ metadata }) => metadata[TAG_MACHINE]))
    const gone = ids.filter((id) => !alive.has(id))
    const removal = new Removal()
    await removeMachineResources(this.scope, this.#groups, this.#controllerUuid, gone, removal, signal)
    removal.throwRefused('removeMachineResources')
  }

  async availabilityZones({ signal }: CallOptions = {}): Promise<readonly AvailabilityZone[]> {
    return await availabilityZones(this.scope, signal)
  }

  async deriveAvailabilityZones(
    params: StartInstanceParams,
    { signal }: CallOptions = {},
  ): Promise<readonly string[]> {
    const { availabilityZone: _, ...demands } = params
    const zone = await machineZone(this.scope, demands, signal)
    return zone === undefined ? [] : [zone]
  }

  async instanceTypes({ signal }: CallOptions = {}): Promise<readonly InstanceType[]> {
    return await offeredInstanceTypes(this.scope, signal)
  }

  async explainInstanceSpec(
    { base, constraints, imageMetadata: images }: ExplainInstanceSpecParams,
    { signal }: CallOptions = {},
  ): Promise<InstanceSpecExplanation> {
    return await explainChoice(this.scope, { base, constraints, images }, signal)
  }

  async openPorts(rules: readonly IngressRule[], options?: CallOptions): Promise<void> {
    await this.#globalFirewall.openPorts(rules, options)
  }

  async closePorts(rules: readonly IngressRule[], options?: CallOptions): Promise<void> {
    await this.#globalFirewall.closePorts(rules, options)
  }

  async ports(options?: CallOptions): Promise<readonly Required<IngressRule>[]> {
    return await this.#globalFirewall.ports(options)
  }

  async storageProviderTypes({ signal }: CallOptions = {}): Promise<readonly string[]> {
    return await storageTypes(this.scope, signal)
  }

  async storageProvider(type: string, { signal }: CallOptions = {}): Promise<StorageProvider> {
    return await storageOfType(this.scope, type, signal)
  }

  async destroy({ signal }: CallOptions = {}): Promise<void> {
    await destroyBelongings(this.scope, this.#groups, ofModel(this.#model.config.uuid), signal)
  }

  async destroyController(controllerUuid: string, { signal }: CallOptions = {}): Promise<void> {
    await this.destroy({ signal })
    await destroyBelongings(this.scope, this.#groups, ofController(controllerUuid), signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.scope.connection.close()
  }

  async #remove(servers: readonly OwnedServer[], signal?: AbortSignal): Promise<void> {
    const machines = new Removal()
    const stuck = await deleteServers(this.scope, servers, machines, signal)
    const marks = new Set(
      servers.flatMap((server) => {
        const owner = stuck.includes(server) ? undefined : ownerOf(server.metadata)
        return owner ? [markOf(owner)] : []
      }),
    )
    if (marks.size > 0) await this.#removeMarked(marks, signal)
    machines.throwRefused('stopInstances')
  }

  /** The machines are gone, which is what was asked for; destroying the model tries again what remains. */
  async #removeMarked(marks: ReadonlySet<string>, signal?: AbortSignal): Promise<void> {
    try {
      const removal = new Removal()
      await removeMarked(this.scope, this.#groups, (mark) => marks.has(mark), removal, signal)
      removal.throwRefused('stopInstances')
    } catch (error) {
      signal?.throwIfAborted()
      this.scope.services.logger.warn('something of stopped machines remains', {
        machines: [...marks],
        error,
      })
    }
  }

  /** One request more, however many they are: which floating IPs lead to them. */
  async #instances(servers: readonly Server[], signal?: AbortSignal): Promise<readonly Instance[]> {
    if (servers.length === 0) return []
    const floatingIps = await projectFloatingIps(this.scope, signal)
    return servers.map((server) =>
      this.#instance(
        server,
        floatingIps.filter((floatingIp) => leadsTo(server, floatingIp)),
      ),
    )
  }

  #instance(server: Server, floatingIps: readonly FloatingIp[]): OpenStackInstance {
    const owner = ownerOf(server.metadata)
    const name = owner ? markOf(owner) : ''
    return new OpenStackInstance(
      server,
      this.scope.connection.compute.servers,
      this.#firewall(name, 'instance', 'instance'),
      floatingIps,
    )
  }

  #firewall(groupName: string, mode: FirewallMode, on: string): Firewall {
    return new SecurityGroupFirewall({
      groups: this.#groups,
      groupName,
      create: mode === 'global',
      check: (doing) => {
        const { firewallMode } = this.#model.config
        if (firewallMode === mode) return
        throw new NotValidError(`invalid firewall mode "${firewallMode}" for ${doing} ${on}`, {
          hint: `the model has firewall-mode=${firewallMode}, which is fixed when it is made`,
        })
      },
    })
  }
}
