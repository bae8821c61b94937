import type { Constraints } from '../constraints/value.ts'
import type { AgentBinary } from './agents.ts'
import type { ControllerConfig } from './config.ts'
import type { ImageMetadata } from './images.ts'
import type { HardwareCharacteristics, Instance } from './instance.ts'
import type { Base, InstanceConfig } from './instance-config.ts'
import type { Clock, Dialer } from './services.ts'

/** Something that happened during a long operation; a terminal draws it, a program may log it. */
export type ProgressEvent =
  | { readonly kind: 'phase'; readonly phase: BootstrapPhase; readonly message: string }
  | { readonly kind: 'info'; readonly message: string }
  | { readonly kind: 'verbose'; readonly message: string }

/** The parts of a bootstrap, in their order. */
export type BootstrapPhase = 'prepare' | 'start' | 'address' | 'finalize' | 'done' | 'cleanup'

/**
 * What `prepareForBootstrap` and `bootstrap` may do to their surroundings (Juju: `BootstrapContext`, whose streams and
 * interrupt channel are a progress callback and an `AbortSignal` here).
 */
export interface BootstrapContext {
  /** Tells the user about a step. */
  info(message: string): void
  /** Tells a user who wants to know more. */
  verbose(message: string): void
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal
  readonly clock: Clock
  /** Reaches the new machine. */
  readonly dialer: Dialer
  /** Whether the credential should be tried before anything is made. */
  readonly shouldVerifyCredentials: boolean
}

/** How the new controller is contacted (Juju: `BootstrapDialOpts`). Milliseconds. */
export interface BootstrapDialOpts {
  /** In all. Default 1,200,000 (20 minutes). */
  readonly timeout: number
  /** Between attempts at one address. Default 5,000. */
  readonly retryDelay: number
  /** Between two looks for new addresses. Default 10,000. */
  readonly addressesDelay: number
}

/** What `bootstrap` is told (Juju: `BootstrapParams`). */
export interface BootstrapParams {
  /** For messages. */
  readonly cloudName: string
  readonly cloudRegion?: string
  readonly controllerConfig: ControllerConfig
  /** Kept as the model's own. */
  readonly modelConstraints: Constraints
  /** Merged over the model's to choose this one instance, and not kept. */
  readonly bootstrapConstraints: Constraints
  /** Operating system of the controller. Default: the model's `default-base`. */
  readonly bootstrapBase?: Base
  readonly placement?: string
  readonly availableTools?: readonly AgentBinary[]
  /** The machine's configuration, its nonce and tags included. */
  readonly instanceConfig: InstanceConfig
  readonly imageMetadata?: readonly ImageMetadata[]
  /** Network bridge of containers, where the provider's default will not do. */
  readonly containerBridgeName?: string
}

/** What `bootstrap` made (Juju: `BootstrapResult`). */
export interface BootstrapResult {
  readonly arch: string
  readonly base: Base
  readonly instance: Instance
  readonly hardware: HardwareCharacteristics
  /** Turns the instance into a controller; the caller must run it. */
  readonly finalize: BootstrapFinalizer
}

/** Completes a bootstrap on the started instance (Juju: `BootstrapFinalizer`). */
export type BootstrapFinalizer = (
  context: BootstrapContext,
  instanceConfig: InstanceConfig,
  dialOpts: BootstrapDialOpts,
) => Promise<void>

/** What `create` is told (Juju: `CreateParams`). */
export interface CreateParams {
  readonly controllerUuid: string
}

/** Where a controller's API is and whom to trust there (Juju: `api.Info`); neither tag nor password. */
export interface APIInfo {
  /** `host:port`, IPv6 hosts in brackets. */
  readonly addresses: readonly string[]
  /** PEM. */
  readonly caCert: string
  readonly modelUuid: string
  readonly controllerUuid: string
}
