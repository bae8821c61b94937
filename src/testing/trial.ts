/** What a case of the conformance kit works with. */

import { newModelConfig, parseBase } from '../config/index.ts'
import type {
  CallOptions,
  Environ,
  FirewallMode,
  InstanceConfig,
  InstanceId,
  Logger,
  ModelConfig,
  OpenParams,
  StartInstanceParams,
  StartInstanceResult,
} from '../environ/index.ts'
import { resourceTags } from '../environ/tags.ts'
import { createEnvirons, type Environs, type EnvironsOptions } from '../runtime/environs.ts'
import type { ProviderUnderTest } from './conformance-case.ts'
import { supported } from './not-here.ts'
import { MemoryControllerStore } from './memory-controller-store.ts'

const silent: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
}

/** What differs from an ordinary machine. */
export type MachineOverrides = Partial<Omit<StartInstanceParams, 'instanceConfig'>> & {
  readonly instanceConfig?: Partial<InstanceConfig>
}

/** How a model is to be. */
export interface ModelOptions {
  /** Default `instance`. */
  readonly firewallMode?: FirewallMode
  readonly controllerUuid?: string
  readonly config?: Readonly<Record<string, unknown>>
}

/** A model of its own, opened. */
export class TrialModel {
  readonly environ: Environ
  readonly controllerUuid: string
  #machines = 0

  constructor(environ: Environ, controllerUuid: string) {
    this.environ = environ
    this.controllerUuid = controllerUuid
  }

  get uuid(): string {
    return this.environ.config().uuid
  }

  /** The tags of what is the model's, or one machine's. */
  tags(machineId?: string): Readonly<Record<string, string>> {
    const { uuid: modelUuid, controllerUuid } = this
    return resourceTags({
      modelUuid,
      controllerUuid,
      machineId,
      userTags: this.environ.config().resourceTags,
    })
  }

  /** What the next machine is started with. */
  params({ instanceConfig, ...others }: MachineOverrides = {}): StartInstanceParams {
    const machineId = String(this.#machines++)
    const { controllerUuid } = this
    return {
      controllerUuid,
      constraints: {},
      ...others,
      instanceConfig: {
        machineId,
        machineNonce: `nonce-${machineId}`,
        controllerUuid,
        modelUuid: this.uuid,
        isController: false,
        base: parseBase(this.environ.config().defaultBase),
        authorizedKeys: '',
        tags: this.tags(machineId),
        ...instanceConfig,
      },
    }
  }

  async start(overrides?: MachineOverrides, options?: CallOptions): Promise<StartInstanceResult> {
    return await this.environ.startInstance(this.params(overrides), options)
  }

  /** Ids of all instances, sorted. */
  async ids(): Promise<readonly InstanceId[]> {
    return (await this.environ.allInstances()).map(({ id }) => id).sort()
  }
}

/** One run of a case. Disposing it destroys all that was made through it. */
export class Trial implements AsyncDisposable {
  readonly subject: ProviderUnderTest
  readonly #settleTimeout: number
  readonly #environs: Promise<Environs>
  readonly #opened: Environ[] = []

  /** @param settleTimeout milliseconds that the cloud has to remove what was asked to be */
  constructor(subject: ProviderUnderTest, settleTimeout: number) {
    this.subject = subject
    this.#settleTimeout = settleTimeout
    this.#environs = this.runtime()
  }

  /** The runtime of the trial. Its controllers are destroyed in the end. */
  environs(): Promise<Environs> {
    return this.#environs
  }

  /** Another runtime for the provider, whose controllers are the caller's to destroy. */
  async runtime(options: EnvironsOptions = {}): Promise<Environs> {
    const { plugin, clock, host } = this.subject
    return await createEnvirons({
      plugins: [plugin],
      logger: silent,
      controllers: new MemoryControllerStore(),
      ...(clock ? { clock } : {}),
      ...(host ? { host } : {}),
      ...options,
    })
  }

  /** The configuration of a new model, prepared by the provider. */
  async config({ firewallMode = 'instance', config: own = {} }: ModelOptions = {}): Promise<ModelConfig> {
    const { cloud, modelConfig } = this.subject
    const provider = (await this.#environs).providers.provider(cloud.type)
    const attributes = {
      ...modelConfig,
      ...own,
      name: 'conformance',
      type: cloud.type,
      uuid: crypto.randomUUID(),
      'firewall-mode': firewallMode,
    }
    const config = await newModelConfig(attributes)
    return await supported(provider.prepareConfig({ cloud, config }), `firewall mode "${firewallMode}"`)
  }

  /** Opens an environ, which is destroyed in the end. */
  async open(params: Omit<OpenParams, 'cloud'>): Promise<Environ> {
    const environ = await (await this.#environs).open({ cloud: this.subject.cloud, ...params })
    this.#opened.push(environ)
    return environ
  }

  async model(options: ModelOptions = {}): Promise<TrialModel> {
    const { controllerUuid = crypto.randomUUID() } = options
    const environ = await this.open({ config: await this.config(options), controllerUuid })
    return new TrialModel(environ, controllerUuid)
  }

  /** Names of all that is in the cloud; none where the subject does not tell. */
  async inventory(): Promise<readonly string[]> {
    return (await this.subject.inventory?.()) ?? []
  }

  /** What is in the cloud and was not before: clouds remove things a moment after they said so. */
  async leftovers(before: readonly string[]): Promise<readonly string[]> {
    const known = new Set(before)
    for (const end = Date.now() + this.#settleTimeout; ; await new Promise((wake) => setTimeout(wake, 5))) {
      const left = (await this.inventory()).filter((name) => !known.has(name))
      if (left.length === 0 || Date.now() > end) return left
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const environs = await this.#environs
    const credential = this.subject.cloud.credential ?? { authType: 'empty', attributes: {} }
    const failures: unknown[] = []
    const attempt = (work: () => Promise<unknown>): Promise<unknown> =>
      work().catch((error: unknown) => failures.push(error))
    for (const { name } of await environs.controllers.all())
      await attempt(() => environs.destroyController(name, { credential }))
    for (const environ of this.#opened) {
      await attempt(() => environ.destroy())
      await attempt(() => environ[Symbol.asyncDispose]())
    }
    if (failures.length > 0) throw failures[0]
  }
}
