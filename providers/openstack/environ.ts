import {
  type AvailabilityZone,
  type BootstrapContext,
  type BootstrapParams,
  type BootstrapResult,
  bootstrapInstance,
  type CallOptions,
  type ConstraintsValidator,
  constraintsValidator,
  type CreateParams,
  type Environ,
  type EnvironProvider,
  type Firewall,
  type FirewallMode,
  type HasRegion,
  type IngressRule,
  type Instance,
  type InstanceId,
  type InstanceTagger,
  type InstanceType,
  type InstanceTypesFetcher,
  type ModelConfig,
  type ModelFirewaller,
  NoInstancesError,
  NotFoundError,
  NotValidError,
  PartialInstancesError,
  type PrecheckInstanceParams,
  type StartInstanceParams,
  type StartInstanceResult,
  type StorageProvider,
  TAG_IS_CONTROLLER,
  type ZonedEnviron,
} from 'cloud-environs/provider'
import type { Server } from './api/index.ts'
import { SecurityGroupFirewall } from './firewaller.ts'
import { OpenStackInstance } from './instance.ts'
import { chooseInstanceSpec, flavorNames, offeredInstanceTypes } from './instance-spec.ts'
import { ownerOf } from './machine-groups.ts'
import { groupNames } from './names.ts'
import { modelNetworks } from './networks.ts'
import type { Scope } from './scope.ts'
import { SecurityGroups } from './security-groups.ts'
import { controllerServers, deleteServers, modelServers } from './servers-of-model.ts'
import { InstanceStarter } from './start-instance.ts'
import { availabilityZones, placementZone } from './zones.ts'

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
  implements Environ, InstanceTagger, ZonedEnviron, InstanceTypesFetcher, ModelFirewaller, HasRegion
{
  readonly modelFirewall: Firewall
  readonly #provider: EnvironProvider
  readonly #scope: Scope
  readonly #groups: SecurityGroups
  readonly #starter: InstanceStarter
  readonly #globalFirewall: Firewall
  readonly #endpoint: string
  #config: ModelConfig

  constructor({ provider, scope, config, controllerUuid = '', endpoint }: OpenStackEnvironParams) {
    this.#provider = provider
    this.#config = config
    this.#endpoint = endpoint
    this.#scope = { ...scope, config: () => this.#config }
    this.#groups = new SecurityGroups(this.#scope)
    this.#starter = new InstanceStarter(this.#scope, this.#groups)
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
    return this.#config
  }

  async setConfig(config: ModelConfig): Promise<void> {
    this.#config = await this.#provider.validate(config, this.#config)
  }

  region(): { readonly region: string; readonly endpoint: string } {
    return { region: this.#scope.region, endpoint: this.#endpoint }
  }

  /** Tries the credential, the region, and the services that are needed. */
  async prepareForBootstrap(context: BootstrapContext): Promise<void> {
    const { signal } = context
    const { identity } = this.#scope.connection
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
    await this.#scope.connection.identity.authenticate(options)
  }

  async constraintsValidator({ signal }: CallOptions = {}): Promise<ConstraintsValidator> {
    return constraintsValidator({
      conflicts: [[['instanceType'], ['mem', 'cores']]],
      unsupported: [
        'tags',
        'cpuPower',
        'container',
        'instanceRole',
        'rootDiskSource',
        'spaces',
        'allocatePublicIp',
        'virtType',
      ],
      vocabularies: { instanceType: await flavorNames(this.#scope, signal) },
    })
  }

  async precheckInstance(params: PrecheckInstanceParams, { signal }: CallOptions = {}): Promise<void> {
    const { base, constraints, placement } = params
    await Promise.all([
      placementZone(this.#scope, placement, signal),
      modelNetworks(this.#scope, signal),
      chooseInstanceSpec(this.#scope, { base, constraints }, signal),
    ])
  }

  async startInstance(params: StartInstanceParams, options?: CallOptions): Promise<StartInstanceResult> {
    const { server, hardware } = await this.#starter.start(params, options)
    return { instance: this.#instance(server), hardware }
  }

  async stopInstances(ids: readonly InstanceId[], { signal }: CallOptions = {}): Promise<void> {
    if (ids.length === 0) return
    const servers = (await modelServers(this.#scope, signal)).filter(({ id }) => ids.includes(id))
    await this.#remove(servers, signal)
  }

  async allInstances({ signal }: CallOptions = {}): Promise<readonly Instance[]> {
    return (await modelServers(this.#scope, signal)).map((server) => this.#instance(server))
  }

  async maintainInstance(): Promise<void> {}

  async instances(ids: readonly InstanceId[], { signal }: CallOptions = {}): Promise<readonly Instance[]> {
    if (ids.length === 0) return []
    const servers = new Map((await modelServers(this.#scope, signal)).map((server) => [server.id, server]))
    const found = ids.map((id) => servers.get(id)).map((server) => server && this.#instance(server))
    const present = found.filter((instance) => instance !== undefined)
    if (present.length === 0) throw new NoInstancesError()
    if (present.length < ids.length) throw new PartialInstancesError(found)
    return present
  }

  async controllerInstances(
    controllerUuid: string,
    { signal }: CallOptions = {},
  ): Promise<readonly InstanceId[]> {
    const servers = await controllerServers(this.#scope, controllerUuid, signal)
    const ids = servers.filter(({ metadata }) => metadata[TAG_IS_CONTROLLER] === 'true').map(({ id }) => id)
    if (ids.length === 0) throw new NoInstancesError()
    return ids
  }

  async tagInstance(
    id: InstanceId,
    tags: Readonly<Record<string, string>>,
    options?: CallOptions,
  ): Promise<void> {
    await this.#scope.connection.compute.servers.updateMetadata(id, tags, options)
  }

  async availabilityZones({ signal }: CallOptions = {}): Promise<readonly AvailabilityZone[]> {
    return await availabilityZones(this.#scope, signal)
  }

  async deriveAvailabilityZones(
    params: StartInstanceParams,
    { signal }: CallOptions = {},
  ): Promise<readonly string[]> {
    const zone = await placementZone(this.#scope, params.placement, signal)
    return zone === undefined ? [] : [zone]
  }

  async instanceTypes({ signal }: CallOptions = {}): Promise<readonly InstanceType[]> {
    return await offeredInstanceTypes(this.#scope, signal)
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

  async storageProviderTypes(): Promise<readonly string[]> {
    return []
  }

  async storageProvider(type: string): Promise<StorageProvider> {
    throw new NotFoundError(`storage provider "${type}" not found`, { hint: 'volumes are not supported yet' })
  }

  async destroy({ signal }: CallOptions = {}): Promise<void> {
    const servers = await modelServers(this.#scope, signal)
    await deleteServers(
      this.#scope,
      servers.map(({ id }) => id),
      signal,
    )
    // Whatever controller the model belongs to: its UUID is in the names of all its groups.
    await this.#groups.deleteWhere(
      (name) => name.startsWith('juju-') && name.includes(`-${this.#config.uuid}`),
      signal,
    )
  }

  async destroyController(controllerUuid: string, { signal }: CallOptions = {}): Promise<void> {
    await this.destroy({ signal })
    const servers = await controllerServers(this.#scope, controllerUuid, signal)
    await deleteServers(
      this.#scope,
      servers.map(({ id }) => id),
      signal,
    )
    await this.#groups.deleteWhere((name) => name.startsWith(groupNames.ofController(controllerUuid)), signal)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#scope.connection.close()
  }

  async #remove(servers: readonly Server[], signal?: AbortSignal): Promise<void> {
    await deleteServers(
      this.#scope,
      servers.map(({ id }) => id),
      signal,
    )
    const names = new Set(
      servers.flatMap(({ metadata }) => {
        const owner = ownerOf(metadata)
        return owner ? [groupNames.machine(owner.controllerUuid, owner.modelUuid, owner.machineId)] : []
      }),
    )
    if (this.#config.firewallMode !== 'instance' || names.size === 0) return
    try {
      await this.#groups.deleteWhere((name) => names.has(name), signal)
    } catch (error) {
      signal?.throwIfAborted()
      // The machines are gone, which is what was asked for; destroying the model tries the groups again.
      this.#scope.services.logger.warn('security groups of stopped machines remain', {
        groups: [...names],
        error,
      })
    }
  }

  #instance(server: Server): OpenStackInstance {
    const owner = ownerOf(server.metadata)
    const name = owner ? groupNames.machine(owner.controllerUuid, owner.modelUuid, owner.machineId) : ''
    return new OpenStackInstance(
      server,
      this.#scope.connection.compute.servers,
      this.#firewall(name, 'instance', 'instance'),
    )
  }

  #firewall(groupName: string, mode: FirewallMode, on: string): Firewall {
    return new SecurityGroupFirewall({
      groups: this.#groups,
      groupName,
      create: mode === 'global',
      check: (doing) => {
        const { firewallMode } = this.#config
        if (firewallMode === mode) return
        throw new NotValidError(`invalid firewall mode "${firewallMode}" for ${doing} ${on}`, {
          hint: `the model has firewall-mode=${firewallMode}, which is fixed when it is made`,
        })
      },
    })
  }
}
