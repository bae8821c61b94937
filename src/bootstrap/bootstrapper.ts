import { hostPort, waitForAddresses } from '../environ/api-info.ts'
import type { BootstrapContext, BootstrapDialOpts, ProgressEvent } from '../environ/bootstrap.ts'
import { deadline } from '../environ/deadline.ts'
import type { Environ } from '../environ/environ.ts'
import { EnvironsError } from '../environ/errors.ts'
import type { HardwareCharacteristics } from '../environ/instance.ts'
import type { Address } from '../environ/network.ts'
import type { CallOptions } from '../environ/options.ts'
import type { Clock, Logger } from '../environ/services.ts'
import type { ControllerDetails } from './controller-store.ts'
import { destroy } from './destroy.ts'
import {
  type BootstrapControllerParams,
  type PreparedBootstrap,
  prepare,
  type PrepareServices,
} from './prepare.ts'
import { Progress } from './progress.ts'

/** How long removing what a failed bootstrap made may take: 5 minutes. */
const CLEANUP_TIMEOUT = 300_000

/** Juju's: 20 minutes in all. */
const DEFAULT_DIAL_OPTS: BootstrapDialOpts = { timeout: 1_200_000, retryDelay: 5_000, addressesDelay: 10_000 }

/** How a bootstrap is watched and ended. */
export interface BootstrapOptions extends CallOptions {
  readonly onProgress?: (event: ProgressEvent) => void
  /** Leave what was made when it fails. */
  readonly keepBroken?: boolean
  readonly dialOpts?: Partial<BootstrapDialOpts>
}

/** A controller that a bootstrap made. */
export interface BootstrappedController {
  readonly details: ControllerDetails
  readonly instanceId: string
  readonly hardware: HardwareCharacteristics
  readonly addresses: readonly Address[]
}

/** What a {@link Bootstrapper} works with. */
export interface BootstrapperServices extends PrepareServices {
  readonly clock: Clock
  readonly logger: Logger
}

/** Bootstraps controllers: prepare, start, wait for an address, finalise. */
export class Bootstrapper {
  readonly #services: BootstrapperServices

  constructor(services: BootstrapperServices) {
    this.#services = services
  }

  /**
   * Makes a controller on a fresh cloud. A failure, or an aborted signal, removes all that was made, unless
   * `keepBroken`. The store knows the controller from before the first thing is made, so that `destroy` can remove it
   * even when this process was killed.
   * @throws AlreadyExistsError when the name is taken, NotValidError for bad input (nothing was made then),
   *   TimeoutError after `dialOpts.timeout`, and what `startInstance` throws
   */
  async bootstrap(
    params: BootstrapControllerParams,
    options: BootstrapOptions = {},
  ): Promise<BootstrappedController> {
    const { clock, store } = this.#services
    const name = params.controllerName
    const progress = new Progress(options.onProgress)
    const dialOpts = { ...DEFAULT_DIAL_OPTS, ...options.dialOpts }
    using limit = deadline(
      clock,
      dialOpts.timeout,
      `bootstrap took longer than ${dialOpts.timeout / 1000} s`,
      options.signal,
    )
    const context = progress.context(limit.signal)

    progress.phase('prepare', `Preparing controller "${name}" on ${params.cloud.name}`)
    const prepared = await prepare(params, context, this.#services)
    await using environ = prepared.environ
    await store.add(prepared.details)
    try {
      return await this.#make(params, prepared, context, dialOpts, progress)
    } catch (error) {
      if (options.keepBroken) {
        progress.info(`What was made is kept. Destroy controller "${name}" to remove it.`)
        throw error
      }
      progress.phase('cleanup', 'Bootstrap failed; removing what it made')
      throw await this.#cleanUp(name, environ, error)
    }
  }

  async #make(
    params: BootstrapControllerParams,
    prepared: PreparedBootstrap,
    context: BootstrapContext,
    dialOpts: BootstrapDialOpts,
    progress: Progress,
  ): Promise<BootstrappedController> {
    const { clock, store } = this.#services
    const { environ, controllerConfig, instanceConfig, details } = prepared
    const { signal } = context

    progress.phase('start', 'Starting the controller instance')
    const { instance, hardware, finalize } = await environ.bootstrap(context, {
      cloudName: params.cloud.name,
      ...(params.cloud.region === undefined ? {} : { cloudRegion: params.cloud.region }),
      controllerConfig,
      modelConstraints: params.modelConstraints ?? {},
      bootstrapConstraints: params.bootstrapConstraints ?? {},
      bootstrapBase: prepared.base,
      instanceConfig,
      ...(params.placement === undefined ? {} : { placement: params.placement }),
    })
    await store.update(details.name, (known) => ({ ...known, instanceIds: [instance.id] }))

    progress.phase('address', 'Waiting for an address')
    const addresses = await waitForAddresses(environ, [instance.id], clock, { signal })
    progress.info(`Addresses: ${addresses.map(({ value }) => value).join(', ')}`)

    progress.phase('finalize', 'Finalising the controller')
    await finalize(context, instanceConfig, dialOpts)

    const ready = await store.update(details.name, (known) => ({
      ...known,
      status: 'ready',
      apiEndpoints: addresses.map((address) => hostPort(address, controllerConfig['api-port'])),
    }))
    progress.phase('done', `Controller "${details.name}" is started`)
    return { details: ready, instanceId: instance.id, hardware, addresses }
  }

  /** Removes what was made; gives the error to throw: the first one, which also says what could not be removed. */
  async #cleanUp(name: string, environ: Environ, error: unknown): Promise<unknown> {
    const { clock, logger, store } = this.#services
    // Not the caller's signal: that may be what ended the bootstrap.
    using limit = deadline(
      clock,
      CLEANUP_TIMEOUT,
      'removing what the bootstrap made took longer than 5 minutes',
    )
    try {
      await destroy(name, environ, store, { signal: limit.signal })
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
