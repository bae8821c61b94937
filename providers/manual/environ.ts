import {
  type BootstrapContext,
  bootstrapInstance,
  type BootstrapParams,
  type BootstrapResult,
  type CallOptions,
  type Clock,
  type ConstraintsValidator,
  constraintsValidator,
  type Environ,
  type EnvironProvider,
  type IngressRule,
  type Instance,
  type InstanceId,
  type ModelConfig,
  NoInstancesError,
  NotFoundError,
  NotValidError,
  PartialInstancesError,
  type PrecheckInstanceParams,
  type StartInstanceParams,
  type StartInstanceResult,
  type StorageProvider,
  TAG_CONTROLLER,
  TAG_IS_CONTROLLER,
  TAG_MODEL,
  ZoneIndependentError,
} from 'cloud-environs/provider'
import { hostsOf } from './config.ts'
import type { HostConnector } from './connection.ts'
import type { Enrolment } from './enrolment.ts'
import { distinct, type Host, parseHost } from './host.ts'
import { type Connect, inspect, instancesOn, type IsWanted, releaseHosts } from './hosts.ts'
import { idOf, isOn } from './instance.ts'
import { inspectHost } from './machine.ts'
import { InstanceStart, mismatch, noHost, occupied } from './start-instance.ts'

/** What an environ is opened with. */
export interface ManualEnvironParams {
  readonly provider: EnvironProvider
  readonly connector: HostConnector
  readonly clock: Clock
  readonly config: ModelConfig
  /** The host that a controller is put on. */
  readonly controllerHost: Host | undefined
  readonly controllerUuid: string | undefined
}

/** A model on hosts that exist already. It owns those whose record has its tag. */
export class ManualEnviron implements Environ {
  readonly #params: ManualEnvironParams
  readonly #connect: Connect
  #config: ModelConfig

  constructor(params: ManualEnvironParams) {
    this.#params = params
    this.#config = params.config
    this.#connect = async (host, options) => await params.connector.connect(host, this.#config, options)
  }

  provider(): EnvironProvider {
    return this.#params.provider
  }

  config(): ModelConfig {
    return this.#config
  }

  async setConfig(config: ModelConfig): Promise<void> {
    this.#config = await this.provider().validate(config, this.#config)
  }

  /** Looks whether the host can be a controller: it lets us in, and be root, and is nobody's yet. */
  async prepareForBootstrap({ signal }: BootstrapContext): Promise<void> {
    const { controllerUuid } = this.#params
    await using connected = await this.#connect(this.#controllerHost(), { signal })
    const machine = await inspectHost(connected, { signal })
    const { enrolment } = machine
    const isOurs =
      enrolment !== undefined &&
      enrolment !== 'unreadable' &&
      enrolment.tags[TAG_CONTROLLER] === controllerUuid
    const refusal = isOurs ? undefined : occupied(machine)
    if (refusal) throw refusal
    await connected.runAsRoot({ what: 'becoming root', text: ':' }, { signal })
  }

  async bootstrap(context: BootstrapContext, params: BootstrapParams): Promise<BootstrapResult> {
    return await bootstrapInstance(this, context, params)
  }

  async create(): Promise<void> {}

  async constraintsValidator(): Promise<ConstraintsValidator> {
    return constraintsValidator({
      unsupported: [
        'allocatePublicIp',
        'container',
        'cpuPower',
        'imageId',
        'instanceRole',
        'instanceType',
        'rootDiskSource',
        'spaces',
        'tags',
        'virtType',
        'zones',
      ],
    })
  }

  /** Asks the hosts: an error says that none of them will do. One that does not answer might. */
  async precheckInstance(
    { base, constraints, placement }: PrecheckInstanceParams,
    options: CallOptions = {},
  ): Promise<void> {
    const placed = this.#placed(placement)
    const hosts = placement === undefined ? this.#hosts() : placed
    const looks = await Promise.allSettled(hosts.map((host) => inspect(this.#connect, host, options)))
    options.signal?.throwIfAborted()
    const refusals = looks.flatMap((look) =>
      look.status === 'fulfilled' ? (mismatch(look.value, base, constraints) ?? []) : [],
    )
    if (refusals.length > 0 && refusals.length === hosts.length) throw noHost(refusals)
  }

  async startInstance(params: StartInstanceParams, options: CallOptions = {}): Promise<StartInstanceResult> {
    const { instanceConfig, placement } = params
    options.signal?.throwIfAborted()
    if (!instanceConfig.machineNonce)
      throw new ZoneIndependentError(new NotValidError('missing machine nonce'))
    const placed = this.#placed(placement)
    const start = new InstanceStart({ connect: this.#connect, clock: this.#params.clock }, params, options)
    return await start.onFirstOf(instanceConfig.isController ? [this.#controllerHost()] : placed)
  }

  async stopInstances(ids: readonly InstanceId[], options: CallOptions = {}): Promise<void> {
    const isWanted: IsWanted = (enrolment, host) =>
      this.#isOwn(enrolment) && ids.includes(idOf(host, enrolment))
    await releaseHosts(this.#hostsOf(ids), this.#connect, isWanted, options)
  }

  async allInstances(options: CallOptions = {}): Promise<readonly Instance[]> {
    return await instancesOn(this.#hosts(), this.#connect, this.#isOwn, options)
  }

  async maintainInstance(): Promise<void> {}

  async instances(ids: readonly InstanceId[], options: CallOptions = {}): Promise<readonly Instance[]> {
    if (ids.length === 0) return []
    const instances = await instancesOn(this.#hostsOf(ids), this.#connect, this.#isOwn, options)
    const own = new Map(instances.map((instance) => [instance.id, instance]))
    const found = ids.map((id) => own.get(id))
    const present = found.filter((instance) => instance !== undefined)
    if (present.length === 0) throw new NoInstancesError()
    if (present.length < ids.length) throw new PartialInstancesError(found)
    return present
  }

  async controllerInstances(
    controllerUuid: string,
    options: CallOptions = {},
  ): Promise<readonly InstanceId[]> {
    const { controllerHost } = this.#params
    const hosts = controllerHost ? [controllerHost] : []
    const isController: IsWanted = ({ tags }) =>
      tags[TAG_CONTROLLER] === controllerUuid && tags[TAG_IS_CONTROLLER] === 'true'
    const instances = await instancesOn(hosts, this.#connect, isController, options)
    if (instances.length === 0) throw new NoInstancesError()
    return instances.map(({ id }) => id)
  }

  async openPorts(_rules: readonly IngressRule[]): Promise<void> {
    throw this.#noFirewall('opening ports on')
  }

  async closePorts(_rules: readonly IngressRule[]): Promise<void> {
    throw this.#noFirewall('closing ports on')
  }

  async ports(): Promise<readonly Required<IngressRule>[]> {
    throw this.#noFirewall('retrieving ingress rules from')
  }

  async storageProviderTypes(): Promise<readonly string[]> {
    return []
  }

  async storageProvider(type: string): Promise<StorageProvider> {
    throw new NotFoundError(`storage provider "${type}" not found`, {
      hint: 'hosts have the disks that they have',
    })
  }

  async destroy(options: CallOptions = {}): Promise<void> {
    await releaseHosts(this.#hosts(), this.#connect, this.#isOwn, options)
  }

  /** Of the models of the controller, on the hosts that this model knows. */
  async destroyController(controllerUuid: string, options: CallOptions = {}): Promise<void> {
    const isWanted: IsWanted = (enrolment) =>
      enrolment.tags[TAG_CONTROLLER] === controllerUuid || this.#isOwn(enrolment)
    await releaseHosts(this.#hosts(), this.#connect, isWanted, options)
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  readonly #isOwn = ({ tags }: Enrolment): boolean => tags[TAG_MODEL] === this.#config.uuid

  /** Every host that the model can have. */
  #hosts(): readonly Host[] {
    const { controllerHost } = this.#params
    return distinct([...(controllerHost ? [controllerHost] : []), ...hostsOf(this.#config)])
  }

  /** The hosts that these ids name: one that does not answer is nobody else's trouble. */
  #hostsOf(ids: readonly InstanceId[]): readonly Host[] {
    return this.#hosts().filter((host) => ids.some((id) => isOn(id, host)))
  }

  /** @throws NotValidError when the cloud names none */
  #controllerHost(): Host {
    const { controllerHost } = this.#params
    if (controllerHost) return controllerHost
    throw new NotValidError('the cloud does not say which host is to be the controller', {
      hint: 'give it the endpoint HOST or USER@HOST',
    })
  }

  /** The hosts that a placement leaves. @throws NotValidError for a directive other than `host=HOST` */
  #placed(placement: string | undefined): readonly Host[] {
    const hosts = hostsOf(this.#config)
    if (placement === undefined) return hosts
    const [, name] = /^host=(.+)$/.exec(placement) ?? []
    if (name === undefined) {
      throw new NotValidError(`unknown placement directive: ${placement}`, { hint: 'write host=HOST' })
    }
    const { address } = parseHost(name)
    const chosen = hosts.filter((host) => host.address === address)
    if (chosen.length > 0) return chosen
    throw new NotValidError(`host "${name}" is not one of the model's`, {
      hint: `its hosts are: ${hosts.map((host) => host.address).join(', ') || 'none'}`,
    })
  }

  /** Configurations with a firewall of the whole model are refused. */
  #noFirewall(doing: string): NotValidError {
    return new NotValidError(`invalid firewall mode "${this.#config.firewallMode}" for ${doing} model`, {
      hint: 'hosts keep their own firewalls: open ports there',
    })
  }
}
