import { hostPort, waitForAddresses } from '../environ/api-info.ts'
import type {
  BootstrapContext,
  BootstrapDialOpts,
  BootstrapResult,
  ProgressEvent,
} from '../environ/bootstrap.ts'
import { deadline } from '../environ/deadline.ts'
import type { Environ } from '../environ/environ.ts'
import { EnvironsError } from '../environ/errors.ts'
import type { HardwareCharacteristics, Instance } from '../environ/instance.ts'
import type { Address } from '../environ/network.ts'
import type { CallOptions } from '../environ/options.ts'
import type { Dialer, Logger } from '../environ/services.ts'
import type { AccountStore, ControllerAccount } from './account-store.ts'
import { agentState } from './agent-state.ts'
import { withChosenAgent } from './agents.ts'
import type { ControllerDetails } from './controller-store.ts'
import { destroy } from './destroy.ts'
import {
  type BootstrapControllerParams,
  type PreparedBootstrap,
  prepare,
  type PrepareServices,
} from './prepare.ts'
import { Progress } from './progress.ts'
import { type BootstrapPlan, planOf } from './plan.ts'
import { prepareAgain, type ResumeParams } from './resume.ts'
import { waitForApi } from './wait-for-api.ts'

/** How long removing what a failed bootstrap made may take: 5 minutes. */
const CLEANUP_TIMEOUT = 300_000

/** Juju's: 20 minutes in all. */
const DEFAULT_DIAL_OPTS: BootstrapDialOpts = { timeout: 1_200_000, retryDelay: 5_000, addressesDelay: 10_000 }

/** Part of the time that is left which the machine has to answer. */
const WAIT_PART = 0.95

/** How a bootstrap is watched and ended. */
export interface BootstrapOptions extends CallOptions {
  readonly onProgress?: (event: ProgressEvent) => void
  /** Leave what was made when it fails. */
  readonly keepBroken?: boolean
  readonly dialOpts?: Partial<BootstrapDialOpts>
}

/** How a plan of a bootstrap is watched and ended. */
export type PlanOptions = Omit<BootstrapOptions, 'keepBroken'>

/** A controller that a bootstrap made. */
export interface BootstrappedController {
  readonly details: ControllerDetails
  readonly instanceId: string
  readonly hardware: HardwareCharacteristics
  readonly addresses: readonly Address[]
}

/** What a {@link Bootstrapper} works with. */
export interface BootstrapperServices extends PrepareServices {
  readonly accounts: AccountStore
  readonly logger: Logger
  readonly dialer: Dialer
}

/** Of a machine that keeps the host keys that it has. */
const ownHostKeys = ({ sshHostKeys }: Instance) => (sshHostKeys ? { sshHostKeys } : {})

/** What is under way. */
interface Run {
  readonly name: string
  readonly progress: Progress
  readonly dialOpts: BootstrapDialOpts
  /** When it began: milliseconds since the epoch. */
  readonly began: number
  readonly keepBroken: boolean
  readonly context: BootstrapContext
}

/** Bootstraps controllers: prepare, start, wait for an address, finalise. */
export class Bootstrapper {
  readonly #services: BootstrapperServices

  constructor(services: BootstrapperServices) {
    this.#services = services
  }

  /**
   * Makes a controller on a fresh cloud. A failure, or an aborted signal, removes all that was made, unless
   * `keepBroken`. The stores know the controller from before the first thing is made, so that `destroy` can remove it,
   * and {@link resume} finish it, even when this process was killed.
   * @throws AlreadyExistsError when the name is taken, NotValidError for bad input (nothing was made then),
   *   TimeoutError after `dialOpts.timeout`, UntrustedError when another machine answers, and what `startInstance` throws
   */
  async bootstrap(
    params: BootstrapControllerParams,
    options: BootstrapOptions = {},
  ): Promise<BootstrappedController> {
    const { store, accounts } = this.#services
    const { controllerName: name, cloud } = params
    return await this.#run(name, options, async (run) => {
      run.progress.phase('prepare', `Preparing controller "${name}" on ${cloud.name}`)
      const prepared = await prepare(params, run.context, this.#services)
      await using environ = prepared.environ
      await store.add(prepared.details)
      return await this.#orCleanUp(run, environ, async () => {
        if (prepared.account) await accounts.put(name, prepared.account)
        return await this.#make(await this.#start(params, prepared, run), prepared, run)
      })
    })
  }

  /**
   * What {@link bootstrap} would do with these parameters, and why. Makes nothing and remembers nothing.
   * @throws what `bootstrap` throws before it makes anything
   */
  async plan(params: BootstrapControllerParams, options: PlanOptions = {}): Promise<BootstrapPlan> {
    const { controllerName: name, cloud } = params
    return await this.#run(name, options, async ({ progress, context }) => {
      progress.phase('prepare', `Planning controller "${name}" on ${cloud.name}`)
      const prepared = await prepare(params, context, this.#services)
      await using environ = prepared.environ
      return await planOf(params, { ...prepared, environ }, context)
    })
  }

  /**
   * Finishes a bootstrap that was interrupted, on the instance that was started if there is one.
   * @throws NotFoundError when the controller is not known, ConflictError when there is nothing to finish; and what
   *   {@link bootstrap} throws, after which all is removed as well
   */
  async resume(params: ResumeParams, options: BootstrapOptions = {}): Promise<BootstrappedController> {
    const { controllerName: name } = params
    return await this.#run(name, options, async (run) => {
      run.progress.phase('prepare', `Going on with controller "${name}"`)
      const { started, again, prepared } = await prepareAgain(params, run.context, this.#services)
      await using environ = prepared.environ
      return await this.#orCleanUp(run, environ, async () => {
        const instance = started ?? (await this.#start(again, prepared, run))
        return await this.#make(instance, prepared, run)
      })
    })
  }

  async #run<T>(
    name: string,
    { onProgress, keepBroken = false, dialOpts: given, signal: outer }: BootstrapOptions,
    act: (run: Run) => Promise<T>,
  ): Promise<T> {
    const { clock, dialer } = this.#services
    const progress = new Progress(onProgress)
    const dialOpts = { ...DEFAULT_DIAL_OPTS, ...given }
    const late = `bootstrap took longer than ${dialOpts.timeout / 1000} s`
    using limit = deadline(clock, dialOpts.timeout, late, outer)
    const context = progress.context({ signal: limit.signal, clock, dialer })
    return await act({ name, progress, dialOpts, began: clock.now(), keepBroken, context })
  }

  async #orCleanUp<T>(
    { name, progress, keepBroken }: Run,
    environ: Environ,
    act: () => Promise<T>,
  ): Promise<T> {
    try {
      return await act()
    } catch (error) {
      if (keepBroken) {
        progress.info(`What was made is kept. Destroy controller "${name}" to remove it.`)
        throw error
      }
      progress.phase('cleanup', 'Bootstrap failed; removing what it made')
      throw await this.#cleanUp(name, environ, error)
    }
  }

  async #start(
    params: BootstrapControllerParams,
    prepared: PreparedBootstrap,
    { progress, context }: Run,
  ): Promise<BootstrapResult> {
    const { environ, controllerConfig, details, availableTools, imageMetadata } = prepared
    progress.phase('start', 'Starting the controller instance')
    const result = await environ.bootstrap(context, {
      cloudName: params.cloud.name,
      ...(params.cloud.region === undefined ? {} : { cloudRegion: params.cloud.region }),
      controllerConfig,
      modelConstraints: params.modelConstraints ?? {},
      bootstrapConstraints: params.bootstrapConstraints ?? {},
      bootstrapBase: prepared.base,
      instanceConfig: prepared.instanceConfig,
      ...(availableTools ? { availableTools } : {}),
      ...(imageMetadata ? { imageMetadata } : {}),
      ...(params.placement === undefined ? {} : { placement: params.placement }),
    })
    const started = { instanceIds: [result.instance.id], ...ownHostKeys(result.instance) }
    await this.#services.store.update(details.name, (known) => ({ ...known, ...started }))
    return result
  }

  /** Makes a controller of a started instance. */
  async #make(
    { arch, instance, hardware, finalize }: BootstrapResult,
    prepared: PreparedBootstrap,
    { progress, context, dialOpts, began }: Run,
  ): Promise<BootstrappedController> {
    const { clock, store } = this.#services
    const { environ, controllerConfig, details, availableTools, account } = prepared
    const { signal } = context
    const agent = await withChosenAgent(environ, prepared.instanceConfig, { availableTools, arch }, context)

    progress.phase('address', 'Waiting for an address')
    const addresses = await waitForAddresses(environ, [instance.id], clock, { signal })
    progress.info(`Addresses: ${addresses.map(({ value }) => value).join(', ')}`)

    progress.phase('finalize', 'Finalising the controller')
    // A little earlier than all ends: who waits for the machine can say why it did not come.
    const timeout = (began + dialOpts.timeout - clock.now()) * WAIT_PART
    await finalize(context, agent.config, { ...dialOpts, timeout })
    const apiEndpoints = addresses.map((address) => hostPort(address, controllerConfig['api-port']))
    if (account) await this.#logIn(account, { ...details, ...ownHostKeys(instance), apiEndpoints }, context)

    const ready = await store.update(details.name, (known) => ({
      ...known,
      status: 'ready',
      modelConfig: { ...known.modelConfig, ...agent.attributes },
      apiEndpoints,
    }))
    if (account) await this.#forgetPending(details.name, account)
    progress.phase('done', `Controller "${details.name}" is started`)
    return { details: ready, instanceId: instance.id, hardware, addresses }
  }

  /** Sees that the controller answers and lets its administrator in. */
  async #logIn(
    { password }: ControllerAccount,
    details: ControllerDetails,
    context: BootstrapContext,
  ): Promise<void> {
    const { uuid, controllerConfig, modelConfig, apiEndpoints: addresses } = details
    const caCert = String(controllerConfig['ca-cert'])
    const info = { addresses, caCert, controllerUuid: uuid, modelUuid: modelConfig.uuid }
    const state = () => agentState(details, this.#services.accounts, context)
    const address = await waitForApi(info, password, context, state)
    context.info(`The controller answers at ${address}`)
  }

  /** What only the bootstrap needed goes when it is over: before that, somebody may have to go on with it. */
  async #forgetPending(
    name: string,
    { user, password, sshPrivateKey, caPrivateKey }: ControllerAccount,
  ): Promise<void> {
    await this.#services.accounts.put(name, { user, password, sshPrivateKey, caPrivateKey })
  }

  /** Removes what was made; gives the error to throw: the first one, which also says what could not be removed. */
  async #cleanUp(name: string, environ: Environ, error: unknown): Promise<unknown> {
    const { clock, logger, store, accounts } = this.#services
    // Not the caller's signal: that may be what ended the bootstrap.
    using limit = deadline(
      clock,
      CLEANUP_TIMEOUT,
      'removing what the bootstrap made took longer than 5 minutes',
    )
    try {
      await destroy(name, environ, store, { signal: limit.signal })
      await accounts.remove(name)
      return error
    } catch (cleanupError) {
      logger.error('cleaning up after a failed bootstrap failed', { controller: name, error: cleanupError })
      const reason = error instanceof Error ? error.message : String(error)
      return new EnvironsError(`${reason}; and what was made could not all be removed`, {
        cause: new AggregateError([error, cleanupError]),
        operation: 'bootstrap',
        resource: `controller "${name}"`,
        hint: `destroy controller "${name}" to try again to remove it`,
      })
    }
  }
}
